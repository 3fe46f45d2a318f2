package wsgi

import (
	"io"
	"sync"

	"github.com/snifter-dev/snifter/devserver/wire"
)

// sender puts the frames of many goroutines into few writes. Whoever finds nobody writing writes what is there, and goes
// on for as long as others have added to it meanwhile; or leaves that to the writer's goroutine, where the application
// is in the midst of its body and should not wait for the socket.
//
// What is queued is bounded by the windows of the requests under way.
type sender struct {
	w    io.Writer
	wake chan struct{} // for the writer's goroutine

	mu      sync.Mutex
	buf     []byte
	spare   []byte
	taken   uint64 // how many buffers were taken for writing
	writing bool
	rest    sync.Cond // nobody writes
	err     error
}

// maxSpare is how large a buffer is kept for the next frames.
const maxSpare = 1 << 20

func (s *sender) init(w io.Writer) {
	s.w, s.wake = w, make(chan struct{}, 1)
	s.rest.L = &s.mu
}

// mark tells where a frame begins that may yet be changed while it is not under way.
type mark struct {
	taken uint64
	at    int
	valid bool
}

// frame appends a frame, whose payload fill appends. s.mu is held.
func (s *sender) frame(f wire.Frame, fill func(b []byte) []byte) mark {
	m := mark{taken: s.taken, at: len(s.buf), valid: true}
	f.Time = now()
	s.buf = wire.AppendHeader(s.buf, f, 0)
	if fill != nil {
		s.buf = fill(s.buf)
		setSize(s.buf[m.at:], len(s.buf)-m.at-wire.HeaderSize)
	}
	return m
}

// flag adds flags to a frame, where it is not yet under way. s.mu is held.
func (s *sender) flag(m mark, flags wire.Flags) bool {
	if !m.valid || m.taken != s.taken {
		return false
	}
	s.buf[m.at+5] |= byte(flags)
	return true
}

// flush writes what is there, unless somebody else is at it. s.mu is held, and released.
func (s *sender) flush() {
	if s.writing {
		s.mu.Unlock()
		return
	}
	s.writing = true
	for len(s.buf) > 0 && s.err == nil {
		buf := s.buf
		s.buf, s.spare = s.spare[:0], nil
		s.taken++
		s.mu.Unlock()
		_, err := s.w.Write(buf)
		s.mu.Lock()
		if err != nil {
			s.err = err
		}
		if cap(buf) <= maxSpare {
			s.spare = buf
		}
	}
	if s.err != nil {
		s.buf = s.buf[:0]
		s.taken++
	}
	s.writing = false
	s.rest.Broadcast()
	s.mu.Unlock()
}

// drain returns when everything is written, or can't be.
func (s *sender) drain() {
	s.mu.Lock()
	for s.writing {
		s.rest.Wait()
	}
	s.flush()
}

func (s *sender) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// flushSoon has the writer's goroutine write. s.mu is held, and released.
func (s *sender) flushSoon() {
	busy := s.writing
	s.mu.Unlock()
	if busy {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run is the writer's goroutine.
func (s *sender) run(stop <-chan struct{}) {
	for {
		select {
		case <-s.wake:
			s.mu.Lock()
			s.flush()
		case <-stop:
			return
		}
	}
}
