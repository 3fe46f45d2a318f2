package wire

import "github.com/snifter-dev/snifter/devserver/event"

// StageReader reads the payloads of StageEvents, of which each is much like the one before. The zero value is ready.
type StageReader struct {
	rooms stageRooms
	scan  scan
}

// stageRooms is where the payloads of a frame's events lie: those of a type together, since what a frame holds is kept, and
// let go, together.
type stageRooms struct {
	entered room[event.Entered]
	changes room[event.EnvironChange]
	more    room[MoreHeaders]
	headers room[event.Header]
	blocks  room[event.Block]
	left    room[event.Left]
	gross   room[GrossTimes]
}

// begin begins a frame of so many events.
func (r *stageRooms) begin(events int) {
	r.entered.begin(events)
	r.changes.begin(events)
	r.more.begin(events)
	r.headers.begin(events)
	r.blocks.begin(events)
	r.left.begin(events)
	r.gross.begin(events)
}

// room gives out values, of memory for as many at once as frames had lately. The zero value is ready.
type room[T any] struct {
	free   []T
	taken  int // of this frame
	lately int
	most   int // at once: as many as the frame has events
}

// mostAtOnce bounds what memory is taken for before it is known to be needed.
const mostAtOnce = 64

func (r *room[T]) begin(events int) {
	r.lately = min(max(r.taken, r.lately-r.lately/4-1), mostAtOnce)
	r.free, r.taken, r.most = nil, 0, events
}

func (r *room[T]) take() *T { return &r.slice(1)[0] }

// slice gives n values in a row.
func (r *room[T]) slice(n int) []T {
	if len(r.free) < n {
		r.free = make([]T, max(n, min(r.lately-r.taken, r.most)))
	}
	given := r.free[:n:n]
	r.free = r.free[n:]
	r.taken += n
	return given
}
