package worker

import (
	"encoding/binary"
	"math"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/wire"
)

// BodyWindow is how many bytes of a request's body may be under way to the application; see package wire.
const BodyWindow = wire.BodyWindow

// creditStep is how much credit is gathered before a frame tells the worker of it.
const creditStep = 32 << 10

// Worker is a child process that holds one build of the application.
//
// Its methods may be called from any goroutine, also by a Receiver.
//
// Times. A worker stamps frames with its own monotonic clock. The running minimum of a frame's arrival here less its
// stamp is taken for the difference of the two clocks: it is too large by the fastest frame's way through the socket,
// some ten microseconds, and never too small. A request keeps to the difference that was known when it began to answer.
type Worker struct {
	ready    Ready
	threads  int
	process  process
	modules  func(files []string)
	compiled func(file string, source []byte)
	output   Output // may be nil
	out      *outbox
	nudge    *nudger
	clock    clock
	stages   stages

	mu       sync.Mutex
	open     map[uint32]*open
	last     uint32
	stopping bool
	ended    bool
	parked   int // of those open
	patience *time.Timer

	done chan struct{}
	exit string // set before done is closed
}

// open is a request under way.
type open struct {
	id       uint32
	receiver Receiver
	clock    requestClock
	started  uint64 // of the Started frame that came last
	blocks   toldBlocks
	heads    toldHeads
	credit   int  // gathered for the worker, guarded by Worker.mu
	parked   bool // it stands at a boundary, guarded by Worker.mu

	// The list of requests that have had no frame yet, guarded by Worker.mu; see nudger.
	sent       time.Duration
	unanswered bool
	prev, next *open
}

// Ready is what the worker said of itself when it had loaded the application.
func (w *Worker) Ready() Ready { return w.ready }

// Open is the number of requests under way.
func (w *Worker) Open() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.open)
}

// Parked is the number of requests that stand at a boundary.
func (w *Worker) Parked() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.parked
}

// Send gives the worker a request and returns its number. ok is false where the worker takes none any more: it was
// stopped, or died. The receiver may be called before Send returns.
func (w *Worker) Send(r *Request) (number uint32, ok bool) {
	w.mu.Lock()
	if w.ended || w.stopping {
		w.mu.Unlock()
		return 0, false
	}
	w.last++
	for w.last == 0 || w.open[w.last] != nil {
		w.last++
	}
	if r.Numbered != nil && !r.Numbered(w.last) {
		w.mu.Unlock()
		return 0, true
	}
	o := &open{id: w.last, receiver: r.Receiver}
	w.open[o.id] = o
	w.nudge.sentRequest(o)
	// Whoever finds the request open from now on sends its frames behind it.
	w.out.lock()
	w.mu.Unlock()
	flags := wire.Flags(0)
	if r.End {
		flags = wire.FlagEnd
	}
	if r.Surgery != nil {
		w.out.buf = wire.AppendFrame(w.out.buf, wire.Frame{Kind: wire.Surgery, Request: o.id, Payload: wire.AppendSurgery(nil, r.Surgery)})
	}
	b := wire.AppendHeader(w.out.buf, wire.Frame{Kind: wire.Request, Flags: flags, Request: o.id},
		4+len(r.Environ)+len(r.Body))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(r.Environ)))
	w.out.buf = append(append(b, r.Environ...), r.Body...)
	w.out.unlockAndFlush()
	return o.id, true
}

// Body gives the worker the next bytes of a request's body; end says that they are the last. p is copied. The caller
// keeps to BodyWindow.
func (w *Worker) Body(number uint32, p []byte, end bool) {
	flags := wire.Flags(0)
	if end {
		flags = wire.FlagEnd
	}
	w.frame(wire.Frame{Kind: wire.Body, Flags: flags, Request: number, Payload: p})
}

// BodyError tells the worker that the body will not come whole.
func (w *Worker) BodyError(number uint32, reason string) {
	w.frame(wire.Frame{Kind: wire.BodyError, Request: number, Payload: []byte(reason)})
}

// Credit tells the worker that n more bytes of the response's blocks have left. Small credits are gathered.
func (w *Worker) Credit(number uint32, n int) {
	w.mu.Lock()
	o := w.open[number]
	if o == nil {
		w.mu.Unlock()
		return
	}
	o.credit += n
	n = 0
	if o.credit >= creditStep {
		n = int(min(int64(o.credit), math.MaxUint32)) // an int may be of 32 bits
		o.credit -= n
	}
	w.mu.Unlock()
	if n > 0 {
		w.frame(wire.Frame{Kind: wire.Credit, Request: number, Payload: binary.LittleEndian.AppendUint32(nil, uint32(n))})
	}
}

// Gone tells the worker that the client of a request went. The receiver is still told of the end.
func (w *Worker) Gone(number uint32) {
	if w.frame(wire.Frame{Kind: wire.Gone, Request: number}) {
		w.nudge.insist()
	}
}

// GiveUp forgets a request: its receiver is told nothing more. The worker is told that the client went.
func (w *Worker) GiveUp(number uint32) {
	// The receiver is let go of first: the worker may be quick to end what nobody waits for.
	w.mu.Lock()
	if o := w.open[number]; o != nil {
		o.receiver = discard{}
	}
	w.mu.Unlock()
	w.Gone(number)
}

// frame sends a frame of an open request, and says whether it is one.
func (w *Worker) frame(f wire.Frame) bool {
	w.mu.Lock()
	o := w.open[f.Request]
	is := o != nil && !w.ended
	if is {
		if f.Kind == wire.Resume || f.Kind == wire.Gone {
			w.park(o, false)
		}
		w.nudge.sent()
	}
	w.mu.Unlock()
	if is {
		w.out.lock()
		w.out.buf = wire.AppendFrame(w.out.buf, f)
		w.out.unlockAndFlush()
	}
	return is
}

// Stop has the worker finish the requests it has and exit. Send refuses from now on.
func (w *Worker) Stop() {
	w.mu.Lock()
	was := w.stopping || w.ended
	w.stopping = true
	if !was {
		w.nudge.sent()
		w.drained()
	}
	w.mu.Unlock()
	if was {
		return
	}
	w.out.lock()
	w.out.buf = wire.AppendFrame(w.out.buf, wire.Frame{Kind: wire.Stop})
	w.out.unlockAndFlush()
	w.nudge.insist()
}

// stopPatience is how long a stopped worker may take to exit once it has no request.
const stopPatience = 3 * time.Second

// drained sees to the end of a stopped worker that has no request left. w.mu is held.
func (w *Worker) drained() {
	if w.stopping && len(w.open) == 0 && w.patience == nil {
		w.patience = time.AfterFunc(stopPatience, w.process.kill)
	}
}

// Kill ends the worker's process and every child in its process group at once.
func (w *Worker) Kill() { w.process.kill() }

// PID is the worker's process id.
func (w *Worker) PID() int { return w.process.pid() }

// Done is closed when the worker's process has ended, after the receivers of all open requests were told.
func (w *Worker) Done() <-chan struct{} { return w.done }

// Exit says in words how the process ended, once Done is closed: "exited with status 3", "killed by signal 9".
func (w *Worker) Exit() string {
	<-w.done
	return w.exit
}
