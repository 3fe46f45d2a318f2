package wsgi

import (
	"io"
	"iter"

	"github.com/snifter-dev/snifter/devserver/event"
)

// tracedInput is the wsgi.input that the server gives where stages are told of: it tells which of them has read how much.
// A Read that asks for more than there is left is Go's way of reading, and nothing to tell of.
type tracedInput struct {
	in *input
	t  *trace
}

func newTracedInput(r io.Reader, t *trace) Input { return &tracedInput{in: &input{src: r}, t: t} }

// before is the boundary: the read is about to happen.
func (in *tracedInput) before() {
	if !in.t.watched() {
		return
	}
	in.t.mu.Lock()
	p := in.t.running
	in.t.mu.Unlock()
	if p != nil {
		p.boundary(event.Input, nil)
	}
}

// after tells of a read. Consecutive ones of a stage are told together.
func (in *tracedInput) after(n int) {
	t := in.t
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.running
	if p == nil || t.over {
		return
	}
	if last := len(t.events) - 1; last >= 0 && t.events[last].Stage == p.index {
		if read, ok := t.events[last].Payload.(*event.Read); ok {
			read.Reads++
			read.Size += int64(n)
			return
		}
	}
	t.add(event.Input, p, &event.Read{Reads: 1, Size: int64(n)}, 32)
}

func (in *tracedInput) Read(p []byte) (int, error) {
	in.before()
	n, err := in.in.Read(p)
	in.after(n)
	return n, err
}

func (in *tracedInput) ReadLine(limit int) ([]byte, error) {
	in.before()
	line, err := in.in.ReadLine(limit)
	in.after(len(line))
	return line, err
}

func (in *tracedInput) ReadLines(hint int) ([][]byte, error) {
	in.before()
	lines, err := in.in.ReadLines(hint)
	n := 0
	for _, line := range lines {
		n += len(line)
	}
	in.after(n)
	return lines, err
}

func (in *tracedInput) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			in.before()
			line, err := in.in.line(0)
			in.after(len(line))
			if err == io.EOF || !yield(line, err) || err != nil {
				return
			}
		}
	}
}
