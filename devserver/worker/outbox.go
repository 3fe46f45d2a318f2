package worker

import (
	"net"
	"runtime"
	"sync"
	"syscall"
)

// outbox gathers frames from many goroutines and writes them together. Whoever comes while nobody writes writes what
// is there, without waiting for the socket: what it does not take at once is left to a goroutine. Appending never
// waits for a write. What gathers is bounded by the requests under way and their windows.
type outbox struct {
	conn net.Conn
	raw  syscall.RawConn // nil where a write can't be tried without waiting
	gone sync.WaitGroup  // the goroutine that writes on

	mu      sync.Mutex
	buf     []byte // appended to under the lock
	spare   []byte
	writing bool
	closed  bool

	// Of a try, so that it needs no closure of its own.
	trying []byte
	wrote  int
	failed error
	try    func(fd uintptr) bool
}

func newOutbox(conn net.Conn) *outbox {
	o := &outbox{conn: conn}
	if c, ok := conn.(syscall.Conn); ok && canTry {
		o.raw, _ = c.SyscallConn()
	}
	o.try = func(fd uintptr) bool {
		o.wrote, o.failed = tryWrite(fd, o.trying)
		return true
	}
	return o
}

func (o *outbox) lock() { o.mu.Lock() }

// unlockAndFlush sends what is there, unless somebody is at it already.
func (o *outbox) unlockAndFlush() {
	if o.closed {
		o.buf = o.buf[:0]
	}
	if o.writing || len(o.buf) == 0 {
		o.mu.Unlock()
		return
	}
	o.writing = true
	o.mu.Unlock()
	// Others that are about to send come in the same write: under load that saves many a system call and wake-up, and
	// when there is nobody it costs next to nothing.
	runtime.Gosched()
	o.mu.Lock()
	for len(o.buf) > 0 && !o.closed {
		p := o.take()
		o.mu.Unlock()
		n, err := o.attempt(p)
		if err == nil && n < len(p) {
			o.gone.Add(1)
			go o.writeOn(p, n)
			return
		}
		o.mu.Lock()
		o.give(p, err)
	}
	o.writing = false
	o.mu.Unlock()
}

func (o *outbox) take() []byte {
	p := o.buf
	o.buf, o.spare = o.spare[:0], nil
	return p
}

func (o *outbox) give(p []byte, err error) {
	if cap(p) <= 1<<20 {
		o.spare = p[:0]
	}
	if err != nil {
		o.closed = true
	}
}

// attempt writes what the socket takes without waiting.
func (o *outbox) attempt(p []byte) (int, error) {
	if o.raw == nil {
		return 0, nil
	}
	o.trying, o.wrote, o.failed = p, 0, nil
	if err := o.raw.Write(o.try); err != nil {
		return 0, err
	}
	return o.wrote, o.failed
}

// writeOn writes the rest, and what gathers meanwhile, waiting for the socket.
func (o *outbox) writeOn(p []byte, from int) {
	defer o.gone.Done()
	for {
		_, err := o.conn.Write(p[from:])
		o.mu.Lock()
		o.give(p, err)
		if len(o.buf) == 0 || o.closed {
			o.writing = false
			o.mu.Unlock()
			return
		}
		p, from = o.take(), 0
		o.mu.Unlock()
	}
}

// close ends the outbox after its connection was closed.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.gone.Wait()
}
