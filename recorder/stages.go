package recorder

import (
	"slices"
	"strings"
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
	raised     []passed
	numbers    map[uint32]int // places in raised
	childLeft  time.Duration  // when the last call of a stage within stage 1 returned
	firstBlock time.Duration  // and when the first block came to the server, -1 before
	begun      bool           // stage 1 was called, as is known
	closed     bool           // and closed
	leftTold   bool           // when its call returned was told
	untold     Untold         // what the worker has left out
	edited     bool           // a block was edited by hand as stage 1 gave it
	running    int            // the stage that was entered last, and has not returned
	taken      int64          // how much of the request's body stages have read
	known      bool           // stages are told apart, and not only looked at for their moments
}

// layer is one stage while it is folded.
type layer struct {
	Stage
	depth   int
	entered bool
	total   time.Duration
	self    time.Duration
	spent   bool
	at      time.Duration // when it was entered
	left    time.Duration // when its call returned or raised
	reached int64         // how much of the request's body was behind it and others after its last read

	environ *environObject
	inner   []event.EnvironChange // for the copy that it is about to pass on

	before *answer // the newest response that the stage around it had as it was entered
	given  *answer // and from within
	out    *answer // and what it gave itself
	shared bool    // given is that of the stage around it, from before it was entered

	blocks  []block
	got     int  // so many of them, the first, are what a framework's layer got
	sameAs  int  // the stage whose body it passed on as it was, 0 for none
	file    bool // it returned what the server alone iterates
	failed  bool // its call raised
	pending []string
	editing bool
	moment  int           // that of its newest block
	edits   map[int]block // blocks of the stage whose body it passed on that were edited in its hands, by their place
}

// passed is an exception that left a stage.
type passed struct {
	number  uint32
	stage   int // where it rose
	kind    string
	message string
	frames  []Frame
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

func (l *layer) name(info *event.StageInfo) {
	if info != nil {
		l.Name, l.Kind, l.Role, l.File, l.Line = info.Name, info.Kind, info.Role, info.File, info.Line
	}
}

// framework says that it is a framework's layer, which has no start_response and no iterable.
func (l *layer) framework() bool { return l.Kind != "wsgi" && l.Kind != "server" }

// isResponse says that a stage is a response that is called as an application, which webob.dec.wsgify and werkzeug's
// Response.from_app make of what an application gave, and whoever has made it is at work on it. No more than its name
// tells.
func (l *layer) isResponse() bool { return l.Kind == "wsgi" && strings.HasSuffix(l.Name, "Response") }

// maker is who made what a framework's layer was given and no other layer gave: the layer around it, such as a view that runs
// hooks of its own, or the application, which also acts within the layers that others are chained to.
func (o *onion) maker(l *layer) int {
	around := o.around(l)
	if !around.framework() || slices.Contains(chained, around.Role) {
		return o.application(l).Index
	}
	return around.Index
}

var chained = []string{"middleware", "plugin", "tween"}

// application is the WSGI stage that a framework's layer belongs to.
func (o *onion) application(l *layer) *layer {
	for l = o.around(l); l.framework() && l.Index > 1; {
		l = o.around(l)
	}
	return l
}

// around is the stage that a stage was called in.
func (o *onion) around(l *layer) *layer { return o.layers[l.Within] }

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
		if p.Inner {
			l.inner = append(l.inner, *p)
		} else {
			o.environs.apply(l, l.environ, p, o.walk, false)
		}
	case *event.Read:
		l.Input.Reads += p.Reads
		l.Input.Bytes += p.Size
		l.Input.Over += p.Over
		o.taken += p.Size
		l.reached = o.taken
		o.walk.input(l, e.At, p.Size)
	case *event.Response:
		if e.Stage > 1 {
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
		}
	case *event.Surplus:
		o.untold = Untold(*p)
	case *event.Pause:
		o.pause(l, e, p)
	case *event.Edit:
		o.edit(l, p)
	case nil:
		if e.Kind == event.Close {
			l.Closed = true
			o.walk.moment(l, event.Close, e.At)
		}
	}
}

// called notes that stage 1 was called.
func (o *onion) called() {
	if !o.begun {
		o.begun = true
		o.walk.moment(o.layers[1], event.Enter, 0)
	}
}

func (o *onion) enter(l *layer, e *event.Event, p *event.Entered) {
	if l.Index == 1 {
		l.at = e.At
		return
	}
	if l.entered {
		return
	}
	l.entered, l.at = true, e.At
	l.left = e.At
	l.name(p.Stage)
	if p.Stage == nil {
		l.Kind = "wsgi"
	}
	if w := int(p.Within); w > 0 && w < l.Index {
		l.Within = w
	}
	around := o.around(l)
	l.depth = around.depth + 1
	l.environ = around.environ
	if p.Copied {
		l.environ = o.environs.copy(around.environ, o.walk)
		for i := range around.inner {
			o.environs.apply(around, l.environ, &around.inner[i], o.walk, false)
		}
	}
	around.inner = nil
	// A framework hands a response from layer to layer, and in the end calls it: it is an application itself then.
	l.before = around.given
	if g := around.given; g != nil && (l.framework() || g.stage > 0 && o.layers[g.stage].framework() || l.isResponse()) {
		l.given, l.shared = g, true
	}
	o.running = l.Index
	o.walk.moment(l, event.Enter, e.At)
}

func (o *onion) leave(l *layer, e *event.Event, p *event.Left) {
	l.Result, l.left, l.file, l.failed = p.Result, e.At, p.File, false
	o.running = l.Within
	if p.Same && int(p.Of) > l.Index && int(p.Of) < len(o.layers) {
		l.sameAs = int(p.Of)
		l.SameAs = l.sameAs
	}
	if l.Within == 1 {
		o.childLeft = max(o.childLeft, e.At)
	}
	switch {
	case l.Index == 1:
		o.leftTold = true
		o.leftRoot(e.At)
	case p.Response != nil:
		o.answers(l, p.Given, p.Response)
	case l.framework() && l.given != nil && !l.shared:
		o.around(l).given, o.around(l).shared = l.given, false
	}
	if l.Index > 1 {
		o.walk.exit(l, e.At, p.Result)
	}
}

// answers takes the response that a framework's layer left with, and the one that it was given, nil for none.
func (o *onion) answers(l *layer, given, p *event.Response) {
	if given != nil {
		got := derive(l.before, given, o.maker(l), false)
		if l.given == nil || l.shared {
			l.given = got
		} else {
			l.given = l.given.since(l.before, got, l.Index, maxRemade)
		}
	}
	o.gives(l, p)
}

// gives takes a response that a stage gave: to the stage around it, or to the server.
func (o *onion) gives(l *layer, p *event.Response) {
	by := l.Index
	if l.shared && !l.framework() {
		// It is the response itself that is called, after the framework has done with it what no layer tells of.
		by = l.Within
	}
	l.out = derive(l.given, p, by, l.editing)
	l.editing = false
	l.Status, l.Headers = p.Status, headers(p.Headers)
	o.passOn(l)
}

// passOn hands what a stage gave to the stage around it.
func (o *onion) passOn(l *layer) {
	if l.Index == 1 {
		o.last = l.out
	} else {
		around := o.around(l)
		around.given, around.shared = l.out, false
	}
	o.walk.answer(l.out)
}

func (o *onion) passes(l *layer, e *event.Event, p *event.Passed) {
	if l.Index < 2 {
		return
	}
	rose, known := o.numbers[p.Number]
	if !known {
		rose = len(o.raised)
		if o.numbers == nil {
			o.numbers = map[uint32]int{}
		}
		o.numbers[p.Number] = rose
		o.raised = append(o.raised, passed{number: p.Number, stage: l.Index, kind: p.Type, message: p.Message, frames: frames(p.Frames)})
	}
	first := &o.raised[rose]
	l.Rose = first.stage == l.Index
	l.Exception = &Exception{Where: p.Where.String(), Stage: first.stage, Type: p.Type, Message: p.Message, Frames: first.frames}
	if p.Where == event.InCall {
		if p.Response != nil {
			o.answers(l, p.Given, p.Response)
		}
		l.left, l.failed = e.At, true
		o.running = l.Within
		if l.Within == 1 {
			o.childLeft = max(o.childLeft, e.At)
		}
	}
	o.walk.raised(l, e.At, l.Exception)
}

func (o *onion) pause(l *layer, e *event.Event, p *event.Pause) {
	pause := Pause{
		AtMS: ms(e.At), Boundary: boundaryName(p.Boundary), TookMS: ms(p.Took), Breakpoint: p.Breakpoint, Then: p.Then,
		Edited: some(l.pending),
	}
	l.pending = nil
	l.Pauses = append(l.Pauses, pause)
	o.walk.pause(l, p.Boundary, &pause)
}

// response takes what the server was given, or made itself.
func (o *onion) response(e *event.Event, p *event.Response) {
	if p.Server {
		o.serverMade = true
		o.last = derive(nil, p, 0, false)
		o.walk.answer(o.last)
		o.walk.moment(o.layers[0], event.StartResponse, e.At)
		return
	}
	o.serverMade = false
	o.called()
	root := o.layers[1]
	if p.Entered > 0 && root.at == 0 {
		root.at = p.Entered
	}
	if !o.leftTold {
		root.left = e.At
	}
	o.gives(root, p)
	o.walk.moment(root, event.StartResponse, e.At)
}

// data takes a block that came to the server, or one that it made itself.
func (o *onion) data(e *event.Event, p *event.Data) {
	server := o.layers[0]
	via := "yield"
	if e.Kind == event.Write {
		via = "write"
	}
	server.blocks = append(server.blocks, block{at: e.At, size: p.Size, via: via, bytes: p.Bytes, merged: p.Merged})
	if o.firstBlock < 0 {
		o.firstBlock = e.At
	}
	from := server
	if !o.serverMade {
		o.called()
		from = o.layers[1]
		if e.Kind == event.Chunk {
			o.leftRoot(e.At)
		}
	}
	o.walk.block(from, e.Kind, e.At, blockKey{0, len(server.blocks) - 1}, p.Size)
}

// broke takes an exception that left stage 1.
func (o *onion) broke(at time.Duration, x *Exception) {
	o.called()
	if x.Where != event.InCall.String() {
		o.leftRoot(at)
	} else if o.walk != nil {
		o.walk.rootLeft = true
	}
	if x.Where == event.InCall.String() {
		o.layers[1].left = max(o.layers[1].left, at)
	}
	o.walk.raised(o.layers[1], at, x)
}

func (o *onion) close(at time.Duration) {
	if o.begun && !o.serverMade && !o.closed {
		o.closed = true
		o.leftRoot(at)
		o.walk.moment(o.layers[1], event.Close, at)
	}
}

// end takes the end of the exchange. A close that was not told by itself was right before.
func (o *onion) end(at time.Duration, closed bool) {
	if closed {
		o.close(at)
	}
	o.leftRoot(at)
	o.walk.exit(o.layers[0], at, "")
}

// leftRoot puts the moment at which the call of stage 1 returned before the first thing that is known to come after.
func (o *onion) leftRoot(at time.Duration) {
	if o.walk != nil && o.begun && !o.walk.rootLeft {
		o.walk.rootLeft = true
		o.walk.exit(o.layers[1], min(at, max(o.rootExit(), o.walk.last)), "")
	}
}

// rootExit is when the call of stage 1 returned, as far as that can be told: as a rule nothing tells of it.
func (o *onion) rootExit() time.Duration {
	root := o.layers[1]
	if o.leftTold {
		return root.left
	}
	left := max(root.at, root.left, o.childLeft)
	if o.firstBlock >= 0 {
		left = min(left, max(o.firstBlock, root.at))
	}
	return left
}

// frames are the entries of a traceback as an exchange has them.
func frames(from []event.Frame) []Frame {
	out := make([]Frame, 0, len(from))
	for _, f := range from {
		out = append(out, Frame(f))
	}
	return out
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
