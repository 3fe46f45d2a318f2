package recorder

import (
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// maxStages bounds how many passes through stages an exchange is shown with.
const maxStages = 5000

// onion folds what is told of the stages of an exchange: who did what to the environ on the way in, and to the response on
// the way out. Stage 1 has no boundary of its own: what the server tells of its own boundary is that stage's (see
// event.Entered).
type onion struct {
	layers   []*layer // by index: the server, what it calls, and so on
	environs environs
	walk     *walker // nil unless moments are asked for

	serverMade bool    // the response is the server's own
	last       *answer // what stage 1 gave last, nil for none
	newest     *answer // what any stage gave last, which the server may never get
	raised     []passed
	numbers    map[uint32]int // places in raised
	childLeft  time.Duration  // when the last call of a stage within stage 1 returned
	firstBlock time.Duration  // and when the first block came to the server, -1 before
	shift      shift
	atWork     time.Duration  // until when stage 1 was at work, by what has come of it
	begun      bool           // stage 1 was called, as is known
	closed     bool           // and closed
	leftTold   bool           // when its call returned was told
	untold     Untold         // what the worker has left out
	edited     bool           // a block was edited by hand as stage 1 gave it
	gave       []event.Header // by stage 1, before the server left out a Content-Length; older captures have it without
	unsized    *layer         // where a block was edited by hand to another length than was announced, nil for none
	running    int            // the stage that was entered last, and has not returned
	taken      int64          // how much of the request's body stages have read
	known      bool           // stages are told apart, and not only looked at for their moments
	statuses   map[int]int    // who has set the status in which a breach was found, by the place of that
}

func newOnion(environ Environ, app *event.StageInfo, w *walker) *onion {
	o := &onion{walk: w, firstBlock: -1, environs: newEnvirons(environ), known: app != nil}
	server := &layer{Stage: newStage(0, "server", "server"), entered: true, environ: o.environs.first}
	o.layers = append(o.layers, server)
	root := o.layer(1)
	root.environ, root.entered = o.environs.first, true
	root.name(app)
	return o
}

// layer is the stage of an index; nil for one that is beyond what is shown.
func (o *onion) layer(index int) *layer {
	if index > maxStages {
		return nil
	}
	for len(o.layers) <= index {
		n := len(o.layers)
		l := &layer{Stage: newStage(n, "", "wsgi"), depth: 1, environ: o.environs.first}
		if n > 1 { // until it is told where it was called
			l.Within, l.depth = 1, 2
		}
		o.layers = append(o.layers, l)
	}
	return o.layers[index]
}

// stageEvent takes an event of an inner stage.
func (o *onion) stageEvent(e *event.Event) {
	l := o.layer(int(e.Stage))
	if l == nil {
		return
	}
	o.called()
	switch p := e.Payload.(type) {
	case *event.Entered:
		o.enter(l, e, p)
	case *event.EnvironChange:
		switch of := int(p.Of); {
		case p.Inner:
			l.inner = append(l.inner, *p)
		case of == l.Index:
			o.environs.learn(l.environ, p, o.walk)
		case of > 0 && of < len(o.layers):
			o.environs.apply(l, o.layers[of].environ, p, o.walk, false)
		default:
			o.environs.apply(l, l.environ, p, o.walk, false)
		}
	case *event.Read:
		l.Input.Reads += p.Reads
		l.Input.Bytes += p.Size
		l.Input.Over += p.Over
		if p.Instead {
			l.Input.Instead += p.Size
			l.Input.Left, l.instead = p.Left, true
		} else {
			o.taken += p.Size
			l.reached, l.instead = o.taken, false
		}
		o.walk.input(l, e.At, p)
	case *event.Response:
		if e.Stage == 1 {
			o.starts(l, p, e.At)
		} else {
			o.gives(l, p)
			o.walk.moment(l, event.StartResponse, e.At)
		}
	case *event.Block:
		o.block(l, e, p)
	case *event.Left:
		o.leave(l, e, p)
	case *event.Passed:
		o.passes(l, e, p)
	case *event.Times:
		l.total, l.self, l.spent = p.Total, p.Self, true
		if of := int(p.Of); l.Index == 1 && of > 1 && of < len(o.layers) && !o.edited {
			l.sameAs, l.SameAs = of, of
			if l.Result == "" { // of a list it is not told when that was returned
				l.Result = o.layers[of].Result
			}
		}
	case *event.Surplus:
		o.untold = Untold(*p)
	case *event.Pause:
		o.pause(l, e, p)
	case *event.Edit:
		o.edit(l, p)
	case nil:
		switch {
		case e.Kind != event.Close:
		case l.Index == 1:
			o.close(e.At)
		default:
			l.Closed = true
			o.walk.moment(l, event.Close, e.At)
		}
	}
	o.crossed(l, e)
}

// begunBehind notes that a replay was entered where so much of the request's body had been read.
func (o *onion) begunBehind(size int64) {
	o.taken += size
	if o.walk != nil {
		o.walk.walk.Behind += size
	}
}

// called notes that stage 1 was called.
func (o *onion) called() {
	if !o.begun {
		o.begun, o.shift.at = true, 1
		o.walk.moment(o.layers[1], event.Enter, 0)
	}
}

// boundaryName is the name of a kind of event as a boundary; "" for a kind that is none.
func boundaryName(k event.Kind) string {
	switch k {
	case event.Enter:
		return "enter"
	case event.Input:
		return "input"
	case event.StartResponse:
		return "start_response"
	case event.Write:
		return "write"
	case event.Chunk:
		return "chunk"
	case event.Close:
		return "close"
	case event.Exit:
		return "exit"
	case event.Exception:
		return "exception"
	}
	return ""
}
