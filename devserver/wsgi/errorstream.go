package wsgi

import (
	"bytes"
	"io"
	"sync"
)

// Errors is wsgi.errors: a stream of text for people (PEP 3333, "Input and Error Streams"). It may be written to by many
// goroutines; lines stay whole. What is written appears with the next line end or Flush.
type Errors interface {
	io.Writer
	io.StringWriter
	Flush() error
}

// NewErrors makes an error stream that hands whole lines to w, one call for all that are there.
func NewErrors(w io.Writer) Errors { return &errorStream{w: w} }

// maxLine is how much of a line is kept back at most.
const maxLine = 64 << 10

type errorStream struct {
	mu  sync.Mutex
	w   io.Writer
	buf []byte
}

func (e *errorStream) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.buf = append(e.buf, p...)
	return len(p), e.lines()
}

func (e *errorStream) WriteString(s string) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.buf = append(e.buf, s...)
	return len(s), e.lines()
}

func (e *errorStream) lines() error {
	n := bytes.LastIndexByte(e.buf, '\n') + 1
	if len(e.buf)-n > maxLine {
		n = len(e.buf)
	}
	return e.write(n)
}

func (e *errorStream) write(n int) error {
	if n == 0 {
		return nil
	}
	_, err := e.w.Write(e.buf[:n])
	e.buf = append(e.buf[:0], e.buf[n:]...)
	return err
}

func (e *errorStream) Flush() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.write(len(e.buf))
}
