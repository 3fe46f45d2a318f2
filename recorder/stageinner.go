package recorder

import (
	"github.com/snifter-dev/snifter/devserver/event"
)

func (o *onion) enter(l *layer, e *event.Event, p *event.Entered) {
	if l.Index == 1 {
		l.at = e.At
		return
	}
	if l.entered {
		o.goOn(l)
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

// goOn has a framework's layer that has left run once more: what a view has returned is rendered. What others have made of
// its response meanwhile is not its own.
func (o *onion) goOn(l *layer) {
	around := o.around(l)
	if !l.framework() || around.given == nil {
		return
	}
	l.before, l.given, l.shared = around.given, around.given, true
	o.running = l.Index
}

func (o *onion) leave(l *layer, e *event.Event, p *event.Left) {
	l.Result, l.left, l.file, l.failed, l.exited = p.Result, e.At, p.File, false, true
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
	o.makes(l, p)
	o.passOn(l)
}

func (o *onion) makes(l *layer, p *event.Response) {
	by := l.Index
	if l.shared && !l.framework() && !o.isUnmade(l.given) {
		// It is the response itself that is called, after the framework has done with it what no layer tells of.
		by = l.Within
	}
	given := l.given
	if l.Index == 1 {
		given = o.leftOut(o.sized(given, p.Status))
	}
	if l.editing && l.told != nil {
		given = l.told
	}
	l.out = derive(given, p, by, l.editing)
	l.editing, o.newest = false, l.out
	l.Status, l.Headers = p.Status, headers(p.Headers)
}

// isUnmade says that an answer is no more than what a view has returned for the framework to make a response of: a body with
// its status, and it may be headers. Nobody had that response in hand before it was called.
func (o *onion) isUnmade(a *answer) bool {
	return o.layers[a.stage].framework() && o.layers[a.stage].Result == "tuple"
}

// passOn hands what a stage gave to the stage around it.
func (o *onion) passOn(l *layer) {
	o.gets(l)
	o.walk.answer(l.out)
}

func (o *onion) gets(l *layer) {
	if l.Index == 1 {
		o.last = l.out
	} else {
		around := o.around(l)
		around.given, around.shared = l.out, false
	}
}

// passed is an exception that left a stage.
type passed struct {
	number  uint32
	stage   int // where it rose
	kind    string
	message string
	frames  []Frame
}

func (o *onion) passes(l *layer, e *event.Event, p *event.Passed) {
	rose, known := o.numbers[p.Number]
	if !known {
		rose = len(o.raised)
		if o.numbers == nil {
			o.numbers = map[uint32]int{}
		}
		o.numbers[p.Number] = rose
		o.raised = append(o.raised, passed{number: p.Number, stage: l.Index, kind: p.Type, message: p.Message, frames: frames(p.Frames)})
	}
	if l.Index == 1 {
		return // the server tells of what leaves it
	}
	first := &o.raised[rose]
	l.Rose = first.stage == l.Index
	l.Exception = &Exception{Where: p.Where.String(), Stage: first.stage, Type: p.Type, Message: p.Message, Frames: first.frames}
	if p.Where == event.InCall {
		if p.Response != nil {
			o.answers(l, p.Given, p.Response)
		}
		l.left, l.failed, l.exited = e.At, true, true
		if !o.runsWithin(l) {
			o.running = l.Within
		}
		if l.Within == 1 {
			o.childLeft = max(o.childLeft, e.At)
		}
	}
	o.walk.raised(l, e.At, l.Exception)
}

// runsWithin says whether a stage within another runs: what it has called of that has failed.
func (o *onion) runsWithin(l *layer) bool {
	for at := o.running; at > l.Index; at = o.layers[at].Within {
		if o.layers[at].Within == l.Index {
			return true
		}
	}
	return false
}

func (o *onion) pause(l *layer, e *event.Event, p *event.Pause) {
	pause := Pause{
		AtMS: ms(e.At), Boundary: boundaryName(p.Boundary), TookMS: ms(p.Took), Breakpoint: p.Breakpoint, Then: p.Then,
		Edited: some(l.pending),
	}
	l.pending = nil
	l.Pauses = append(l.Pauses, pause)
	o.walk.pause(l, p.Boundary, &pause, p.Size)
}
