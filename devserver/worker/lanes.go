package worker

import (
	"runtime"
	"time"

	"github.com/snifter-dev/snifter/devserver/wire"
)

// delivery is a frame on its way to the receiver of its request.
type delivery struct {
	o       *open
	r       Receiver
	f       wire.Frame
	at      time.Time
	follows bool
}

// lane delivers the frames of some of the requests, in their order.
type lane struct {
	w    *Worker
	todo []delivery
	err  error // a worker that breaks the protocol

	// before is the payload of a StageEvents that the Head which comes next gives to its receiver; nil for none.
	before []byte
	// For reuse.
	reader  wire.StageReader
	decoded []wire.StageEvent
	events  []StageEvent
}

// run delivers what there is to do. After an error the requests that ended are told of it, as run of Worker tells those
// that are open still.
func (l *lane) run() {
	for i := range l.todo {
		d := &l.todo[i]
		if d.f.Kind == wire.StageEvents && d.follows && i+1 < len(l.todo) && isWhole(l.todo[i+1].f) {
			l.before = d.f.Payload
			continue
		}
		if l.err == nil {
			l.err = l.tell(d)
		}
		if l.err != nil && ends(d.f) {
			d.r.Died("broke the protocol of its answers")
		}
	}
	l.before = nil
	clear(l.todo)
	l.todo = l.todo[:0]
}

// isWhole says whether a frame is a whole response.
func isWhole(f wire.Frame) bool { return f.Kind == wire.Head && ends(f) }

// lanes are two lanes that share what was read at once. Under load one read brings answers to many requests, and passing
// each on to its client takes a system call: one goroutine that did them all would hold everything up.
type lanes struct {
	both   [2]lane
	split  bool // they may run at once: there are processors for it, beside the worker's own and the clients'
	begin  chan struct{}
	joined chan struct{}
}

// worthwhile is how many frames each lane has at least where waking a second goroutine is worth it.
const worthwhile = 3

func newLanes(w *Worker) *lanes {
	l := &lanes{split: runtime.GOMAXPROCS(0) > 2}
	l.both[0].w, l.both[1].w = w, w
	return l
}

func (l *lanes) add(d delivery) {
	lane := &l.both[d.f.Request&1]
	lane.todo = append(lane.todo, d)
}

// deliver delivers all that was added, and returns when that is done: the frames are valid until then.
func (l *lanes) deliver() error {
	one, two := &l.both[0], &l.both[1]
	if l.split && min(len(one.todo), len(two.todo)) >= worthwhile {
		if l.begin == nil {
			l.start()
		}
		l.begin <- struct{}{}
		one.run()
		<-l.joined
	} else {
		one.run()
		two.run()
	}
	if one.err != nil {
		return one.err
	}
	return two.err
}

func (l *lanes) start() {
	l.begin, l.joined = make(chan struct{}), make(chan struct{})
	go func() {
		for range l.begin {
			l.both[1].run()
			l.joined <- struct{}{}
		}
		close(l.joined)
	}()
}

// close ends the second goroutine.
func (l *lanes) close() {
	if l.begin != nil {
		close(l.begin)
		<-l.joined
	}
}
