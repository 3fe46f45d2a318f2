package wsgi

import (
	"bytes"
	"io"
	"iter"
)

// Input is wsgi.input (PEP 3333, "Input and Error Streams"). It is read by one goroutine at a time. Everything ends
// with io.EOF at the end of the body, also where its length is not known before; a body that breaks off fails with
// [ErrBroken] instead, never as a silent end.
type Input interface {
	io.Reader
	// ReadLine reads one line with its line end. A limit above 0 bounds its size. At the end of the body it returns
	// io.EOF and no bytes.
	ReadLine(limit int) ([]byte, error)
	// ReadLines reads lines to the end of the body, or until they are together hint bytes long, where hint is above 0.
	ReadLines(hint int) ([][]byte, error)
	// Lines ranges over the lines that are left. A line is valid until the next one.
	Lines() iter.Seq2[[]byte, error]
}

// NewInput makes an input of any reader, for a middleware that replaces wsgi.input.
func NewInput(r io.Reader) Input { return &input{src: r} }

const inputBlock = 4 << 10

// input reads lines from a reader. It reads ahead only where a line is asked for.
type input struct {
	src io.Reader
	// ahead is what was read from src and not yet handed out.
	ahead []byte
	buf   []byte
	err   error
}

func (in *input) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(in.ahead) > 0 {
		n := copy(p, in.ahead)
		in.ahead = in.ahead[n:]
		return n, nil
	}
	if in.err != nil {
		return 0, in.err
	}
	n, err := in.src.Read(p)
	in.err = err
	if n > 0 {
		return n, nil
	}
	return 0, err
}

func (in *input) ReadLine(limit int) ([]byte, error) {
	line, err := in.line(limit)
	return bytes.Clone(line), err
}

// line returns a line that is valid until the next call.
func (in *input) line(limit int) ([]byte, error) {
	from := 0 // what is before it was searched
	for {
		if i := bytes.IndexByte(in.ahead[from:], '\n'); i >= 0 {
			return in.take(bounded(from+i+1, limit)), nil
		}
		from = len(in.ahead)
		if limit > 0 && from >= limit {
			return in.take(limit), nil
		}
		if in.err != nil {
			if from > 0 && in.err == io.EOF {
				return in.take(from), nil
			}
			return nil, in.err
		}
		in.fill()
	}
}

func bounded(n, limit int) int {
	if limit > 0 {
		return min(n, limit)
	}
	return n
}

func (in *input) take(n int) []byte {
	line := in.ahead[:n:n]
	in.ahead = in.ahead[n:]
	return line
}

func (in *input) fill() {
	if cap(in.buf)-len(in.ahead) < inputBlock/2 {
		in.buf = make([]byte, max(inputBlock, 2*len(in.ahead)+inputBlock/2))
	}
	n := copy(in.buf[:cap(in.buf)], in.ahead)
	m, err := in.src.Read(in.buf[n:cap(in.buf)])
	in.ahead = in.buf[: n+m : cap(in.buf)]
	in.err = err
}

func (in *input) ReadLines(hint int) ([][]byte, error) {
	var lines [][]byte
	for size := 0; hint <= 0 || size < hint; {
		line, err := in.ReadLine(0)
		if err == io.EOF {
			break
		}
		if err != nil {
			return lines, err
		}
		lines = append(lines, line)
		size += len(line)
	}
	return lines, nil
}

func (in *input) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			line, err := in.line(0)
			if err == io.EOF || !yield(line, err) || err != nil {
				return
			}
		}
	}
}
