package control

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
)

// parking is what is known of the requests that are parked: beside what the server says of each, how it stood when it
// stopped before.
type parking struct {
	stops    Stops
	recorder *recorder.Recorder

	mu    sync.Mutex
	turn  int
	known map[uint64]*trail
}

// trail is where one request has stopped.
type trail struct {
	turn         int // when it was last seen
	first        bool
	nth          int // the stop
	before, last standing
	// method and target, and what the server called the application with, are asked of the recorder once.
	asked          bool
	method, target string
	origin         *uint64
	// rose is the stage that the exception at hand rose in; 0 while that was not asked.
	rose int
}

// standing is what can change of a request.
type standing struct {
	environ recorder.Environ
	status  string
	headers []recorder.Header
}

// maxTrails bounds the requests that are remembered while they run between two stops.
const maxTrails = 1000

// maxBlock is how much is shown of the block at hand.
const maxBlock = 1 << 20

// observe notes how the requests stand, and returns what the server says of them. It waits for nothing.
func (p *parking) observe() []stepping.State {
	states := p.stops.Parked()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range states {
		p.note(s)
	}
	p.forget()
	return states
}

// note remembers how a request stands. p.mu is held.
func (p *parking) note(s stepping.State) *trail {
	p.turn++
	now := standing{recorder.NewEnviron(s.Environ, s.Objects), s.Status, headersOf(s.Headers)}
	t := p.known[s.Exchange]
	switch {
	case t == nil:
		t = &trail{first: true, nth: s.Nth}
		p.known[s.Exchange] = t
	case t.nth != s.Nth:
		t.first, t.nth, t.before, t.rose = false, s.Nth, t.last, 0
	}
	t.turn, t.last = p.turn, now
	return t
}

// forget drops those that were not seen for the longest. p.mu is held.
func (p *parking) forget() {
	if len(p.known) <= maxTrails {
		return
	}
	ids := slices.SortedFunc(maps.Keys(p.known), func(a, b uint64) int { return cmp.Compare(p.known[a].turn, p.known[b].turn) })
	for _, id := range ids[:maxTrails/4] {
		delete(p.known, id)
	}
}

// list is what clients see.
func (p *parking) list(ctx context.Context) []Parked {
	states := p.observe()
	list := make([]Parked, 0, len(states))
	for _, s := range states {
		list = append(list, p.shown(ctx, s))
	}
	return list
}

// shown is what clients see of one request.
func (p *parking) shown(ctx context.Context, s stepping.State) Parked {
	p.mu.Lock()
	t := *p.note(s)
	p.mu.Unlock()
	if !t.asked {
		t = p.ask(ctx, s.Exchange, t)
	}
	shown := Parked{
		ID: s.Exchange, Origin: t.origin, Method: t.method, Target: t.target, Boundary: s.Boundary, Breakpoints: []int{}, Stop: s.Nth, Version: s.Version, Since: s.Since,
		Stage:   ParkedStage{Index: s.Index},
		Environ: t.last.environ, Status: t.last.status, Headers: t.last.headers,
		Result: s.Result, Exception: recorder.NewException(s.Raised), Changes: changes(t.before, t.last),
		Edits: append([]string{}, s.Edits...), Trouble: s.Trouble,
	}
	shown.Breakpoints = append(shown.Breakpoints, s.Stops...)
	if s.Stage != nil {
		shown.Stage.Name, shown.Stage.Kind, shown.Stage.File, shown.Stage.Line = s.Stage.Name, s.Stage.Kind, s.Stage.File, s.Stage.Line
	}
	if shown.Exception != nil {
		shown.Exception.Stage = p.rose(ctx, s, t.rose)
	}
	if !s.Until.IsZero() {
		shown.Until = &s.Until
	}
	if s.Boundary == "chunk" || s.Boundary == "write" {
		body := recorder.NewBody(s.Block, maxBlock)
		shown.Chunk = &body
	}
	return shown
}

// ask asks the recorder what the request is. What it does not know in time is left open until the next look.
func (p *parking) ask(ctx context.Context, id uint64, t trail) trail {
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	x, err := recorded(ctx, p.recorder, id)
	if err != nil {
		if t.first {
			t.before = t.last
		}
		return t
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.known[id]
	if kept == nil { // forgotten meanwhile
		kept = &t
	}
	kept.asked, kept.method, kept.target, kept.origin = true, x.Request.Method, x.Request.Target, x.Origin
	if kept.first {
		kept.before = standing{environ: asGiven(x.Environ, kept.last.environ)}
	}
	return *kept
}

// rose is the stage that the exception at hand rose in: as the recorder has it, which is asked once, or else the one that it
// is about to leave.
func (p *parking) rose(ctx context.Context, s stepping.State, known int) int {
	if known > 0 {
		return known
	}
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	x, err := recorded(ctx, p.recorder, s.Exchange)
	if err != nil {
		return s.Index
	}
	rose := roseIn(x, s)
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.known[s.Exchange]; t != nil && t.nth == s.Nth {
		t.rose = rose
	}
	return rose
}

// roseIn looks for the exception where the request stands, and among what the stages within were left by: of the outermost
// stage nothing is told before the server has it.
func roseIn(x *recorder.Exchange, s stepping.State) int {
	for i := s.Index; i < len(x.Stages); i++ {
		e := x.Stages[i].Exception
		if e != nil && lastName(e.Type) == lastName(s.Raised.Type) && e.Message == s.Raised.Message {
			return e.Stage
		}
	}
	return s.Index
}

// lastName is a type without its module, with which not everybody tells of it.
func lastName(kind string) string { return kind[strings.LastIndexByte(kind, '.')+1:] }

// address is where an object lies, as its repr says.
var address = regexp.MustCompile(` at 0x[0-9a-fA-F]+`)

// asGiven is the environ that the server called the application with, as it is to be held against that of a stage. Of the
// server's own objects the record has the reprs of one build's, and the stage has those of this request: they have changed
// only where they are of another type.
func asGiven(given, now recorder.Environ) recorder.Environ {
	out := slices.Clone(given)
	for i, item := range out {
		was, isObject := item.Value.(recorder.Repr)
		value, _ := now.Get(item.Key)
		is, stays := value.(recorder.Repr)
		own := strings.HasPrefix(item.Key, "snifter.")
		if isObject && stays && (own || address.ReplaceAllString(was.Repr, "") == address.ReplaceAllString(is.Repr, "")) {
			out[i].Value = value
		}
	}
	return out
}

// changes is how two standings of a request differ.
func changes(before, now standing) Changes {
	c := Changes{
		Environ: environChanges(before.environ, now.environ), Headers: recorder.CompareHeaders(before.headers, now.headers),
	}
	if before.status != now.status {
		c.Status = &[2]string{before.status, now.status}
	}
	return c
}

func environChanges(before, now recorder.Environ) recorder.EnvironChanges {
	c := recorder.EnvironChanges{Added: map[string]any{}, Changed: map[string][2]any{}, Removed: []string{}}
	old := make(map[string]any, len(before))
	for _, item := range before {
		old[item.Key] = item.Value
	}
	for _, item := range now {
		was, there := old[item.Key]
		delete(old, item.Key)
		switch {
		case !there:
			c.Added[item.Key] = item.Value
		case !reflect.DeepEqual(was, item.Value):
			c.Changed[item.Key] = [2]any{was, item.Value}
		}
	}
	c.Removed = slices.AppendSeq(c.Removed, maps.Keys(old))
	slices.Sort(c.Removed)
	return c
}

func headersOf(fields []event.Header) []recorder.Header {
	out := make([]recorder.Header, len(fields))
	for i, f := range fields {
		out[i] = recorder.Header{f.Name, f.Value}
	}
	return out
}

// inWords lists requests that are parked.
func inWords(states []stepping.State) string {
	if len(states) == 0 {
		return "nothing is parked"
	}
	var words []string
	for _, s := range states {
		words = append(words, fmt.Sprintf("%d (at %s)", s.Exchange, s.Place()))
	}
	return "parked are " + strings.Join(words, ", ")
}
