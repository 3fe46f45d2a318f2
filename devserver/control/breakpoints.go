package control

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
)

// breakpoints are those of a server, by id.
type breakpoints struct {
	stops    Stops
	recorder *recorder.Recorder

	setting sync.Mutex // held while the places are replaced, so that they come in order
	mu      sync.Mutex
	last    int
	all     []*breakpoint
}

type breakpoint struct {
	Breakpoint
	stop   stepping.Stop
	filter *recorder.Filter
}

// maxBreakpoints bounds what a request is held against at each boundary.
const maxBreakpoints = 1000

func (b *breakpoints) add(q Breakpoint) (Breakpoint, error) {
	text := q.Stage
	if q.Boundary != "" {
		text += ":" + q.Boundary
	}
	stop, err := stepping.ParseStop(text)
	if err != nil {
		return Breakpoint{}, err
	}
	added := &breakpoint{stop: stop, Breakpoint: Breakpoint{
		Stage: stop.Stage, Boundary: stop.Boundary, Filter: strings.TrimSpace(q.Filter),
	}}
	if added.Filter != "" {
		if added.filter, err = recorder.ParseFilter(added.Filter); err != nil {
			return Breakpoint{}, err
		}
	}
	if err := b.put(added); err != nil {
		return Breakpoint{}, err
	}
	shown := b.shown(added, b.stops.Stages())
	if shown.Unknown { // stages are named once there is a place to stop at
		ctx, cancel := context.WithTimeout(context.Background(), takeTime)
		defer cancel()
		b.stops.Taken(ctx)
		shown = b.shown(added, b.stops.Stages())
	}
	return shown, nil
}

// takeTime is how long the server may take to say which stages it knows. An application may be busy with what lets nothing
// else run.
const takeTime = 2 * time.Second

// put gives a breakpoint its number, and tells the server.
func (b *breakpoints) put(added *breakpoint) error {
	b.setting.Lock()
	defer b.setting.Unlock()
	b.mu.Lock()
	if len(b.all) >= maxBreakpoints {
		b.mu.Unlock()
		return fmt.Errorf("there are %d breakpoints already", maxBreakpoints)
	}
	b.last++
	added.ID, added.stop.ID = b.last, b.last
	b.all = append(b.all, added)
	b.mu.Unlock()
	b.set()
	return nil
}

// remove removes all without an id. Of ids of which one is unknown, none is removed.
func (b *breakpoints) remove(ids []int) error {
	b.setting.Lock()
	defer b.setting.Unlock()
	b.mu.Lock()
	var unknown []string
	for _, id := range ids {
		if !slices.ContainsFunc(b.all, func(p *breakpoint) bool { return p.ID == id }) {
			unknown = append(unknown, strconv.Itoa(id))
		}
	}
	if len(unknown) > 0 {
		there := "there is none"
		if len(b.all) > 0 {
			there = "those that there are: " + b.ids()
		}
		b.mu.Unlock()
		return fmt.Errorf("there is no breakpoint %s; %s", strings.Join(unknown, ", "), there)
	}
	b.all = slices.DeleteFunc(slices.Clone(b.all), func(p *breakpoint) bool { return len(ids) == 0 || slices.Contains(ids, p.ID) })
	b.mu.Unlock()
	b.set()
	return nil
}

// ids lists them in words. b.mu is held.
func (b *breakpoints) ids() string {
	var ids []string
	for _, p := range b.all {
		ids = append(ids, fmt.Sprintf("%d (%s)", p.ID, p.stop))
	}
	return strings.Join(ids, ", ")
}

// set tells the server. b.setting is held, and b.mu is not: a condition may be running.
func (b *breakpoints) set() {
	b.mu.Lock()
	places := make([]Place, 0, len(b.all))
	for _, p := range b.all {
		place := Place{Stop: p.stop, Condition: func(s stepping.State) bool { return b.meant(p, s) }}
		if p.filter != nil {
			place.Never = func(s stepping.State) bool { return b.never(p, s) }
		}
		places = append(places, place)
	}
	b.mu.Unlock()
	b.stops.Set(places)
}

func (b *breakpoints) list() []Breakpoint {
	b.mu.Lock()
	all := slices.Clone(b.all)
	b.mu.Unlock()
	list := make([]Breakpoint, 0, len(all))
	seen := b.stops.Stages()
	for _, p := range all {
		list = append(list, b.shown(p, seen))
	}
	return list
}

// shown is what clients see of one, where these stages were seen.
func (b *breakpoints) shown(p *breakpoint, seen []event.StageInfo) Breakpoint {
	b.mu.Lock()
	shown := p.Breakpoint
	b.mu.Unlock()
	met := stepping.Meant(shown.Stage, seen)
	shown.Stages = namesOf(met)
	// An index is that of another stage in each exchange.
	if shown.Unknown = len(shown.Stages) == 0 && !stepping.IsIndex(shown.Stage); shown.Unknown {
		shown.Seen = namesOf(seen)
	}
	shown.Never = len(shown.Stages) > 0 && slices.Contains(ofWSGI, shown.Boundary) && !slices.ContainsFunc(met, isWSGI)
	shown.TooEarly = (shown.Boundary == "enter" || shown.Boundary == "input") && p.filter.NeedsResponse()
	return shown
}

// ofWSGI are the boundaries that WSGI stages alone have: a framework's layer has no start_response and no iterable.
var ofWSGI = []string{"start_response", "write", "chunk", "close"}

func isWSGI(s event.StageInfo) bool { return s.Kind == "wsgi" }

// namesOf are the names of stages, each once.
func namesOf(seen []event.StageInfo) []string {
	names := make([]string, 0, len(seen))
	for _, info := range seen {
		names = append(names, info.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// recordTime is how long the recorder may take to have what has happened to a request so far.
const recordTime = 2 * time.Second

// meant says whether a breakpoint is for a request, and counts it then. A request of which the recorder has nothing, since
// its events were dropped, is no match.
func (b *breakpoints) meant(p *breakpoint, s stepping.State) bool {
	if p.filter != nil {
		ctx, cancel := context.WithTimeout(context.Background(), recordTime)
		defer cancel()
		x, err := recorded(ctx, b.recorder, s.Exchange)
		if err != nil || !p.filter.Match(asItStands(x, s)) {
			return false
		}
	}
	b.mu.Lock()
	p.Hits++
	b.mu.Unlock()
	return true
}

// never says whether what a request is by its head alone keeps it from ever being meant.
func (b *breakpoints) never(p *breakpoint, s stepping.State) bool {
	ctx, cancel := context.WithTimeout(context.Background(), recordTime)
	defer cancel()
	x, err := recorded(ctx, b.recorder, s.Exchange)
	return err == nil && p.filter.Never(x)
}

// asItStands is an exchange as a filter is to see it at a boundary: with the environ of the stage, and the response, the block
// and the exception that are on their way.
func asItStands(x *recorder.Exchange, s stepping.State) *recorder.Exchange {
	seen := *x
	seen.Environ = recorder.NewEnviron(s.Environ, s.Objects)
	if s.Status != "" {
		seen.Response.Status, seen.Response.Headers = s.Status, headersOf(s.Headers)
	}
	if s.Raised != nil {
		seen.Exception = recorder.NewException(s.Raised)
	}
	if len(s.Block) > 0 { // it is matched behind what was sent, even where it is not encoded as that is
		sent := &seen.Response.Body
		sent.Bytes, sent.Size = slices.Concat(sent.Bytes, s.Block), sent.Size+int64(len(s.Block))
	}
	return &seen
}

// recorded returns an exchange with all that was told of it so far, which the recorder takes from a queue.
func recorded(ctx context.Context, r *recorder.Recorder, id uint64) (*recorder.Exchange, error) {
	if err := r.TakeIn(ctx); err != nil {
		return nil, err
	}
	return r.Exchange(ctx, id)
}

// ParseBreakpoint reads "STAGE[:BOUNDARY] [FILTER]".
func ParseBreakpoint(text string) (Breakpoint, error) {
	place, filter := strings.TrimSpace(text), ""
	if at := strings.IndexAny(place, " \t"); at >= 0 {
		place, filter = place[:at], strings.TrimSpace(place[at:])
	}
	stop, err := stepping.ParseStop(place)
	if err != nil {
		return Breakpoint{}, err
	}
	if filter != "" {
		if _, err := recorder.ParseFilter(filter); err != nil {
			return Breakpoint{}, err
		}
	}
	return Breakpoint{Stage: stop.Stage, Boundary: stop.Boundary, Filter: filter}, nil
}
