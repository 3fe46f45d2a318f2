package recorder

import (
	"slices"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// walker notes the moments of an exchange while it is folded. A nil one notes nothing.
type walker struct {
	walk     Walk
	pending  EnvironChanges
	answers  map[*answer]int
	current  *answer // the newest
	told     *answer // that of the newest moment
	before   *answer // that of the moment before
	short    *answer // what the server sends with the first block, nil where that is what it was given
	keys     []blockKey
	last     time.Duration // of the newest moment
	rootLeft bool          // the call of stage 1 has returned
	flat     bool          // stages are not told apart: what stage 1 does is the server's
	stops    []*stop       // that wait for their moments
	held     *stop         // whose changes of an environ wait, too; nil for none
}

// noBlock is the key of a moment without a block, emptyBlock that of one which is among the blocks of no stage.
var noBlock, emptyBlock = blockKey{-1, 0}, blockKey{-2, 0}

func newWalker() *walker {
	return &walker{
		walk:    Walk{Moments: []Moment{}, Environs: []EnvironVersion{}, Answers: []Answer{}, Blocks: []Body{}},
		answers: map[*answer]int{},
	}
}

// moment adds one, with all that has changed since the last. It returns nil where nothing is noted.
func (w *walker) moment(l *layer, boundary event.Kind, at time.Duration) *Moment {
	if w == nil || w.flat && l.Index == 1 && (boundary == event.Enter || boundary == event.Exit) {
		return nil
	}
	s := w.reach(l, boundary, at)
	if l.Index > 1 { // what is changed at a stop of stage 1 is so for those that go on within it
		for _, waits := range w.stops {
			w.release(waits)
		}
	}
	return w.note(l, boundary, at, s)
}

// note adds a moment, and the stop that was there, if any.
func (w *walker) note(l *layer, boundary event.Kind, at time.Duration, s *stop) *Moment {
	m := Moment{Stage: l.Index, Boundary: boundaryName(boundary), Depth: l.depth, AtMS: ms(at), Object: l.environ.number}
	if w.flat {
		m.Stage, m.Depth = 0, 0
	}
	if s != nil {
		w.release(s)
		m.Pause = s.pause
	}
	m.Changes.Environ, w.pending = w.pending, EnvironChanges{}
	if w.short != nil && l.Index == 1 && (boundary == event.Chunk || boundary == event.Write) {
		w.answer(w.short)
		w.short = nil
	}
	if w.current != nil {
		m.Answer = w.answers[w.current]
	}
	w.before = w.told
	if w.current != w.told {
		m.Changes.Status, m.Changes.Headers = differ(w.told, w.current)
		w.told = w.current
	}
	w.last = max(w.last, at)
	w.walk.Moments = append(w.walk.Moments, m)
	w.keys = append(w.keys, noBlock)
	return &w.walk.Moments[len(w.walk.Moments)-1]
}

// differ is how an answer differs from the one that was the newest before.
func differ(old, now *answer) (*[2]string, HeaderDelta) {
	if now == nil {
		return nil, HeaderDelta{}
	}
	before := answer{}
	if old != nil {
		before = *old
	}
	var status *[2]string
	if before.status != now.status {
		status = &[2]string{before.status, now.status}
	}
	return status, CompareHeaders(headers(before.fields), headers(now.fields))
}

func (w *walker) input(l *layer, at time.Duration, p *event.Read) {
	if m := w.moment(l, event.Input, at); m != nil {
		m.Size, m.Instead = p.Size, p.Instead
	}
}

func (w *walker) block(l *layer, boundary event.Kind, at time.Duration, key blockKey, size int) {
	if m := w.moment(l, boundary, at); m != nil {
		m.Size = int64(size)
		w.keys[len(w.keys)-1] = key
		l.moment = len(w.keys) - 1
	}
}

// resize notes that the newest block of a stage was edited by hand.
func (w *walker) resize(l *layer, size int) {
	if w != nil && l.moment > 0 {
		w.walk.Moments[l.moment].Size = int64(size)
	}
}

func (w *walker) exit(l *layer, at time.Duration, result string) {
	if m := w.moment(l, event.Exit, at); m != nil {
		m.Result = result
	}
}

func (w *walker) raised(l *layer, at time.Duration, x *Exception) {
	if m := w.moment(l, event.Exception, at); m != nil {
		m.Exception = x
	}
}

// pauseReach is how many moments back the one is looked for at which the request was stopped.
const pauseReach = 256

// amend has what was changed by hand since the newest moment be part of that, if it is the stage's at that boundary, where the
// request was stopped. It says whether it is.
func (w *walker) amend(l *layer, boundary event.Kind) bool {
	if w == nil || len(w.walk.Moments) == 0 {
		return false
	}
	newest := len(w.walk.Moments) - 1
	for newest > 0 && boundary == event.Exit && w.walk.Moments[newest].Boundary == "chunk" && w.walk.Moments[newest].Stage == l.Index {
		newest-- // what a framework's layer returned is told of as it is left
	}
	m := &w.walk.Moments[newest]
	passed := boundary == event.Close && m.Boundary == "close" && m.Stage == l.sameAs // that stage's close is this one's
	if !passed && w.newest(l, boundary) != m {
		return false
	}
	for i := len(w.walk.Environs) - 1; i >= 0 && w.walk.Environs[i].At > newest; i-- {
		w.walk.Environs[i].At = newest
	}
	m.Changes.Environ.add(w.pending)
	w.pending = EnvironChanges{}
	if w.current != w.told {
		m.Answer, w.told = w.answers[w.current], w.current
		m.Changes.Status, m.Changes.Headers = differ(w.before, w.current)
	}
	return true
}

// newest is the moment at which a stage was last at a boundary, if that is within reach.
func (w *walker) newest(l *layer, boundary event.Kind) *Moment {
	name := boundaryName(boundary)
	for i := len(w.walk.Moments) - 1; i >= max(0, len(w.walk.Moments)-pauseReach); i-- {
		if m := &w.walk.Moments[i]; m.Stage == l.Index && m.Boundary == name {
			return m
		}
	}
	return nil
}

func (w *walker) answer(a *answer) {
	if w == nil {
		return
	}
	stage := a.stage
	if w.flat {
		stage = 0
	}
	w.walk.Answers = append(w.walk.Answers, Answer{Stage: stage, Status: a.status, Headers: headers(a.fields)})
	w.answers[a] = len(w.walk.Answers)
	w.current = a
}

// shorten has a head be with the Content-Length that stage 1 was given, up to the first block that the server gets: it is sent
// without, as another, since a block was edited by hand.
func (w *walker) shorten(head, sent, given *answer) {
	if w == nil || given == nil || slices.ContainsFunc(head.fields, isLength) {
		return
	}
	number, at := w.answers[head], slices.IndexFunc(given.fields, isLength)
	if number == 0 || at < 0 { // it is that which is sent: this was done before
		return
	}
	whole := &answer{stage: head.stage, status: head.status}
	whole.fields = slices.Insert(slices.Clone(head.fields), min(at, len(head.fields)), given.fields[at])
	w.answers[whole] = number
	w.walk.Answers[number-1].Headers = headers(whole.fields)
	first := slices.IndexFunc(w.walk.Moments, func(m Moment) bool { return m.Answer == number })
	if first > 0 {
		var before []Header
		if n := w.walk.Moments[first-1].Answer; n > 0 {
			before = w.walk.Answers[n-1].Headers
		}
		w.walk.Moments[first].Changes.Headers = CompareHeaders(before, headers(whole.fields))
	}
	for _, is := range []**answer{&w.current, &w.told} {
		if *is == head {
			*is = whole
		}
	}
	w.short = sent
}

func (w *walker) copied(object, from int) {
	if w != nil {
		w.walk.Environs = append(w.walk.Environs, EnvironVersion{At: len(w.walk.Moments), Object: object, From: from})
	}
}

func (w *walker) changed(object int, c EnvironChanges) {
	if w != nil && w.learned(object, c) {
		w.pending.add(c)
	}
}

// learned has a dict be another from here on, which is the doing of no stage here. It says whether that is so at once.
func (w *walker) learned(object int, c EnvironChanges) bool {
	if w == nil || len(c.Added)+len(c.Changed)+len(c.Removed) == 0 {
		return false
	}
	version := EnvironVersion{At: len(w.walk.Moments), Object: object, From: object, Changes: c}
	if w.held != nil {
		w.held.environs = append(w.held.environs, version)
		return false
	}
	w.walk.Environs = append(w.walk.Environs, version)
	return true
}

// handOver has what the server was told of exceptions be at its own boundary: they have left a body that stage 1 had passed on
// as it was, and not that stage. It may have been stopped there all the same.
func (w *walker) handOver(server *layer) {
	for i := range w.walk.Moments {
		if m := &w.walk.Moments[i]; m.Stage == 1 && m.Exception != nil && m.Pause == nil {
			m.Stage, m.Depth, m.Object = server.Index, server.depth, server.environ.number
		}
	}
}

// finish puts the blocks into the walk, each once.
func (w *walker) finish(o *onion, x *Exchange) *Walk {
	w.settle()
	if o != nil && len(x.Stages) > 1 && x.Stages[1].Exception == nil {
		w.handOver(o.layers[0])
	}
	w.walk.ID, w.walk.Environ = x.ID, x.Environ
	numbers := map[blockKey]int{}
	for i := range w.walk.Moments {
		m := &w.walk.Moments[i]
		if o != nil && m.Stage == 1 && m.Boundary == "enter" {
			m.AtMS = ms(o.layers[1].at)
		}
		if o != nil && m.Stage == 1 && m.Boundary == "exit" && m.Result == "" {
			m.Result = o.layers[1].Result
		}
		if w.keys[i] == noBlock {
			continue
		}
		key, b := w.keys[i], &block{bytes: []byte{}}
		if key != emptyBlock {
			key, b = o.source(key)
		}
		if b == nil {
			continue
		}
		if numbers[key] == 0 {
			w.walk.Blocks = append(w.walk.Blocks, Body{Size: int64(b.size), Bytes: b.bytes, Cut: len(b.bytes) < b.size})
			numbers[key] = len(w.walk.Blocks)
		}
		m.Block = numbers[key]
	}
	return &w.walk
}
