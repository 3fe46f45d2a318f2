package recorder

import (
	"context"
	"sync"
)

// Ids are handed out of blocks that are reserved in the capture, so that two processes with one capture never give
// the same id twice, and handing one out never waits for the disk.
const (
	idBlockSize    = 1 << 16
	buildBlockSize = 64
)

// numbers hands out the ids of one reserved block, and of the next one.
type numbers struct {
	size uint64
	want func() // asks for the next block to be reserved; must not wait

	mu         sync.Mutex
	next, end  uint64
	spare, top uint64 // the next block, from spare to below top
	asked      bool
}

// take gives out the next id. Where no block could be reserved in time it goes on past its own: that happens while
// the capture cannot be written, when nothing is stored under the id.
func (n *numbers) take() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == n.end {
		if n.spare < n.top {
			n.next, n.end = n.spare, n.top
			n.spare, n.top = 0, 0
		} else {
			n.end++
		}
	}
	id := n.next
	n.next++
	if n.spare == n.top && n.end-n.next < n.size/2 && !n.asked {
		n.asked = true
		n.want()
	}
	return id
}

// reserve takes the next block in the capture, in a transaction of the caller's. column is next_id or next_build.
func (n *numbers) reserve(ctx context.Context, c execer, column string) (start uint64, err error) {
	n.mu.Lock()
	at := n.next
	n.mu.Unlock()
	var top int64
	err = c.QueryRowContext(ctx, "UPDATE meta SET "+column+" = max("+column+", ?) + ? RETURNING "+column,
		int64(at), int64(n.size)).Scan(&top)
	return uint64(top) - n.size, err
}

// reserved tells of a block that reserve took, once its transaction is through.
func (n *numbers) reserved(start uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = false
	switch {
	case start == n.end:
		n.end += n.size
	case n.next == n.end && n.next <= start:
		n.next, n.end = start, start+n.size
	default:
		n.spare, n.top = max(start, n.next), start+n.size
	}
}

// failed lets the next id ask again.
func (n *numbers) failed() {
	n.mu.Lock()
	n.asked = false
	n.mu.Unlock()
}

// rest is what is left: the next id, and where the last reserved block ends.
func (n *numbers) rest() (next, top uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.next, max(n.end, n.top)
}
