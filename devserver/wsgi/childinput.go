package wsgi

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/snifter-dev/snifter/devserver/wire"
)

// childBody is the body of a request from the wire: the bytes that have come, and the word that they were consumed,
// which lets the server send more.
type childBody struct {
	c  *child
	id uint32

	mu    sync.Mutex
	more  sync.Cond
	queue [][]byte
	err   error // after the queue
	asked bool  // for "100 Continue"
	read  int   // consumed, and the server not told
}

// ackAfter is how many consumed bytes are told together, while more are there.
const ackAfter = wire.BodyWindow / 4

func (b *childBody) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b.mu.Lock()
	b.askOnce()
	for len(b.queue) == 0 && b.err == nil {
		b.more.Wait()
	}
	if errors.Is(b.err, ErrGone) || len(b.queue) == 0 {
		defer b.mu.Unlock()
		return 0, b.err
	}
	n := 0
	for n < len(p) && len(b.queue) > 0 {
		m := copy(p[n:], b.queue[0])
		n += m
		if b.queue[0] = b.queue[0][m:]; len(b.queue[0]) == 0 {
			b.queue[0] = nil
			b.queue = b.queue[1:]
		}
	}
	b.read += n
	tell := 0
	if b.read >= ackAfter || len(b.queue) == 0 {
		tell, b.read = b.read, 0
	}
	if b.err == io.EOF && len(b.queue) == 0 && !b.asked {
		tell = 0 // it came whole with the request, so there is no window to open
	}
	b.mu.Unlock()
	if tell > 0 {
		b.c.sendRead(b.id, tell, 0)
	}
	return n, nil
}

// askOnce asks for "100 Continue" at the first read of a body that has not come whole (RFC 9110, 10.1.1). b.mu is held.
func (b *childBody) askOnce() {
	if b.asked || b.err != nil {
		return
	}
	b.asked = true
	b.c.sendRead(b.id, 0, wire.FlagContinue)
}

// arrived takes bytes, which it keeps.
func (b *childBody) arrived(p []byte, end bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return
	}
	if len(p) > 0 {
		b.queue = append(b.queue, p)
	}
	if end {
		b.err = io.EOF
	}
	b.more.Broadcast()
}

func (b *childBody) broken(why string) {
	b.fail(fmt.Errorf("%w: %s", ErrBroken, why))
}

// fail ends the body with an error, unless it has come whole. The client's going overrules that.
func (b *childBody) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil || err == ErrGone {
		b.err = err
	}
	b.more.Broadcast()
}
