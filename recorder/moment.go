package recorder

import (
	"maps"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/devserver/event"
)

// Walk is an exchange taken apart into the moments at which control crossed a boundary of a stage, in the order in which
// they happened, with all that is needed to say how things stood at each. It holds each environ, response and block once, so
// that it can be sent; [Walk.At] puts them together. It is never changed once it is made.
type Walk struct {
	ID      uint64   `json:"id"`
	Moments []Moment `json:"moments"`
	// Environ is what the server called the application with, Environs what became of it.
	Environ  Environ          `json:"environ"`
	Environs []EnvironVersion `json:"environs"`
	// Answers are the statuses and headers that stages gave, Blocks the parts of bodies, as far as they were kept. Moments
	// name them by their number, from 1.
	Answers []Answer `json:"answers"`
	Blocks  []Body   `json:"blocks"`
	// Behind is how much of the request's body nobody reads, in a replay that entered a stage which had found so much read.
	Behind int64 `json:"behind,omitempty"`
}

// Moment is one crossing of one boundary.
type Moment struct {
	Stage    int    `json:"stage"`
	Boundary string `json:"boundary"` // "enter", "input", "start_response", "write", "chunk", "close", "exit", "exception"
	// Depth is how many stages the stage stands within; the server's is 0.
	Depth int     `json:"depth"`
	AtMS  float64 `json:"at_ms"`
	// Changes is what has changed since the moment before.
	Changes Changes `json:"changes"`
	// Size is that of the block at write and chunk, and at input what was read.
	Size int64 `json:"size,omitempty"`
	// Instead says that this was of a buffer in the place of wsgi.input.
	Instead bool `json:"instead,omitempty"`
	// Result is the type of what the stage's call returned, at exit.
	Result string `json:"result,omitempty"`
	// Exception is what left the stage, at exception.
	Exception *Exception `json:"exception,omitempty"`
	// Pause says that the request was stopped here.
	Pause *Pause `json:"pause,omitempty"`

	// Object is the number of the environ that the stage has, 0 for the server's own. Answer is that of the newest response
	// so far, from whichever stage, and Block that of the block at hand; 0 for none.
	Object int `json:"object"`
	Answer int `json:"answer,omitempty"`
	Block  int `json:"block,omitempty"`
}

// EnvironVersion is a change of an environ. Object 0 is the server's own; another begins as a copy of From.
type EnvironVersion struct {
	At      int            `json:"at"` // the moment from which it holds
	Object  int            `json:"object"`
	From    int            `json:"from"`
	Changes EnvironChanges `json:"changes"`
}

// Answer is a status with headers as a stage gave them.
type Answer struct {
	Stage   int      `json:"stage"`
	Status  string   `json:"status"`
	Headers []Header `json:"headers"`
}

// Changes is what has changed between two moments.
type Changes struct {
	Environ EnvironChanges `json:"environ"`
	// Status is the old and the new one, null where it has not changed.
	Status  *[2]string  `json:"status"`
	Headers HeaderDelta `json:"headers"`
}

// HeaderDelta is how a list of headers differs from one before.
type HeaderDelta struct {
	Added   []Header `json:"added"`
	Removed []Header `json:"removed"`
	// Moved is true where those that are in both lists stand in another order.
	Moved bool `json:"moved,omitempty"`
}

// CompareHeaders says how a list of headers differs from one before.
func CompareHeaders(before, now []Header) HeaderDelta {
	added, kept := without(now, before)
	removed, left := without(before, now)
	return HeaderDelta{Added: added, Removed: removed, Moved: !slices.Equal(left, kept)}
}

// without parts the headers of one list into those that another lacks, each as often as it lacks it, and those that it has.
func without(headers, other []Header) (lacked, had []Header) {
	count := make(map[Header]int, len(other))
	for _, h := range other {
		count[h]++
	}
	for _, h := range headers {
		if count[h]--; count[h] < 0 {
			lacked = append(lacked, h)
		} else {
			had = append(had, h)
		}
	}
	return lacked, had
}

// Pairs has what was changed apart from what was added and removed: a header that has gone, and the one of its name that has
// come in its place.
func (d HeaderDelta) Pairs() (changed [][2]Header, added, removed []Header) {
	removed = slices.Clone(d.Removed)
	for _, h := range d.Added {
		at := slices.IndexFunc(removed, func(r Header) bool { return strings.EqualFold(r[0], h[0]) })
		if at < 0 {
			added = append(added, h)
			continue
		}
		changed = append(changed, [2]Header{removed[at], h})
		removed = slices.Delete(removed, at, at+1)
	}
	return changed, added, removed
}

// Standing is how things stood at a moment.
type Standing struct {
	Moment
	// Environ is the environ that the stage has.
	Environ Environ `json:"environ"`
	// Status and Headers are those of the newest response so far, which stage AnswerBy gave.
	Status   string   `json:"status"`
	Headers  []Header `json:"headers"`
	AnswerBy int      `json:"answer_by"`
	// Chunk is the block at hand, nil for none; Body is what the stage has given until now, that one included.
	Chunk *Body `json:"chunk"`
	Body  Body  `json:"body"`
	// Read is what the stage has read of the request's body until now.
	Read int64 `json:"read"`
}

// Moments takes the events of an exchange apart. It is pure.
func Moments(events []event.Event) *Walk {
	b := newBuilder()
	b.walker = newWalker()
	b.addAll(events)
	return b.walker.finish(b.onion, b.finish())
}

// At says how things stood at a moment, given by its place in Moments.
func (w *Walk) At(i int) Standing {
	m := w.Moments[i]
	s := Standing{Moment: m, Environ: w.environAt(i), Headers: []Header{}}
	if a := m.Answer; a > 0 && a <= len(w.Answers) {
		s.Status, s.Headers, s.AnswerBy = w.Answers[a-1].Status, w.Answers[a-1].Headers, w.Answers[a-1].Stage
	}
	if b := w.block(m.Block); b != nil {
		chunk := *b
		chunk.sum()
		s.Chunk = &chunk
	}
	s.Body.Bytes = []byte{}
	for j := range i + 1 {
		switch n := &w.Moments[j]; {
		case n.Boundary == "input" && n.Stage == m.Stage:
			s.Read += n.Size
		case n.Boundary != "chunk" && n.Boundary != "write", n.Size == 0 && n.Block == 0:
		case n.Stage == m.Stage || m.Stage == 0 && n.Stage == 1:
			s.Body.Size += n.Size
			b := w.block(n.Block)
			if b != nil && !s.Body.Cut {
				s.Body.Bytes = append(s.Body.Bytes, b.Bytes...)
			}
			s.Body.Cut = s.Body.Cut || b == nil || b.Cut
		}
	}
	s.Body.sum()
	return s
}

func (w *Walk) block(number int) *Body {
	if number < 1 || number > len(w.Blocks) {
		return nil
	}
	return &w.Blocks[number-1]
}

// environAt is the environ that the stage of a moment has.
func (w *Walk) environAt(i int) Environ {
	objects := map[int]Environ{0: w.Environ}
	for _, v := range w.Environs {
		if v.At > i {
			break
		}
		objects[v.Object] = v.Changes.of(objects[v.From])
	}
	return objects[w.Moments[i].Object]
}

// of is a changed copy of an environ. What is new stands behind, by name.
func (c *EnvironChanges) of(e Environ) Environ {
	out := make(Environ, 0, len(e)+len(c.Added))
	for _, item := range e {
		if slices.Contains(c.Removed, item.Key) {
			continue
		}
		if v, changed := c.Changed[item.Key]; changed {
			item.Value = v[1]
		}
		out = append(out, item)
	}
	for _, key := range slices.Sorted(maps.Keys(c.Added)) {
		out = append(out, EnvironItem{Key: key, Value: c.Added[key]})
	}
	return out
}
