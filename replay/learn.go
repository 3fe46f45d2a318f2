package replay

import (
	"maps"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
)

// Masks are differences that two runs of the same request showed. A nil *Masks masks nothing.
type Masks struct {
	// Places, and whether what stands there comes and goes: what only has another value each time is there, and that it
	// is missing, or new, is no noise.
	headers  map[string]bool // by lower-case name; "set-cookie: name" for a cookie
	pointers map[string]bool // places in a JSON body, and all that lies in them
	stages   map[string]bool // by the name of the stage and the place there
	patterns []linePattern
	parts    map[string]bool // "body", "exception", "chunks": the whole part; "lint: " and a rule, "status: " and one
	why      string          // what is said of what is masked
}

// What is said of what is masked.
const (
	learned  = "it differs between two runs of the same build"
	wholeToo = "it differs with all stages, too"
)

// Learn returns what differs between two runs of the same request on the same build, beyond what is noise by rule.
func Learn(run1, run2 *recorder.Exchange, o Options) *Masks {
	o.Chunks = true
	m := &Masks{
		headers: map[string]bool{}, pointers: map[string]bool{}, stages: map[string]bool{}, parts: map[string]bool{}, why: learned,
	}
	c := Compare(run1, run2, o)
	if c.Verdict == Same || c.Verdict == Noise {
		return m
	}
	alike := run1.Response.Status == run2.Response.Status
	for i := range c.Parts {
		d := &c.Parts[i]
		// With another status there are another body and other headers: they are noise with that, and tell nothing of others.
		if !d.Noise && (alike || d.Part != "body" && !(d.Part == "header" && d.Kind != "changed")) {
			m.learn(d, c.Parts)
		}
	}
	o.Masks = o.Masks.merge(m)
	for _, d := range Compare(run1, run2, o).Parts { // what no mask of a place could tell from noise
		if !d.Noise && d.Part != "stage" {
			m.parts[d.Part] = true
		}
	}
	return m
}

// learnWhole returns what differs between an origin and a replay of it through the same stages: where a replay that leaves
// out some differs in the same way, that is not their doing. Where that has another status, its body is another altogether.
func learnWhole(origin, whole, without *recorder.Exchange, o Options) *Masks {
	m := Learn(origin, whole, o)
	m.why = wholeToo
	if whole.Response.Status != without.Response.Status {
		delete(m.parts, "body")
		clear(m.pointers)
		m.patterns = nil
	}
	return m
}

// LearnFrom adds to the masks of options what differs between an exchange and others that were made of the same request by
// the same build, as far as they have passed the same stages. What differs since somebody had a hand in it teaches nothing.
func LearnFrom(x *recorder.Exchange, others []*recorder.Exchange, o Options) Options {
	all := o
	all.Stages = true
	for _, other := range others {
		if ranByItself(x) && ranByItself(other) && slices.Equal(stageNames(x), stageNames(other)) && sameRequest(x, other, o) {
			o.Masks = o.Masks.merge(Learn(x, other, all))
		}
	}
	return o
}

// ranByItself says that an exchange came to its end, through all stages, and that nothing of it was changed by hand.
func ranByItself(x *recorder.Exchange) bool {
	return x.State == recorder.Done && !slices.ContainsFunc(x.Stages, func(s recorder.Stage) bool {
		return s.Index > 0 && s.Kind == "server" || // in the place of one that was left out
			slices.ContainsFunc(s.Pauses, func(p recorder.Pause) bool { return len(p.Edited) > 0 })
	})
}

// sameRequest says that the server gave the application the same. A replay may have another session than its origin.
func sameRequest(a, b *recorder.Exchange, o Options) bool {
	return !significant((&bisecting{o: o}).environs(a.Environ, b.Environ)) && sameBytes(&a.Request.Body, &b.Request.Body)
}

func stageNames(x *recorder.Exchange) []string {
	names := make([]string, len(x.Stages))
	for i := range x.Stages {
		names[i] = x.Stages[i].Name
	}
	return names
}

func (m *Masks) learn(d *Difference, all []Difference) {
	switch {
	case d.Part == "stage":
		m.stages[d.Where] = m.stages[d.Where] || d.Kind != "changed"
	case d.Part == "header":
		name := strings.ToLower(d.Where)
		m.headers[name] = m.headers[name] || d.Kind != "changed"
	case d.Part == "lint":
		rule, _, _ := strings.Cut(d.Old+d.New, ":") // one of the two is empty
		m.parts["lint: "+rule] = true
	case d.Part == "status":
		m.parts["status: "+d.Old], m.parts["status: "+d.New] = true, true
	case d.Part != "body":
		m.parts[d.Part] = true
	case strings.HasPrefix(d.Where, "/"):
		place := learnedPlace(d, all)
		m.pointers[place] = m.pointers[place] || d.Kind != "changed" || place != d.Where
	case !m.learnLines(d.Lines):
		m.parts["body"] = true
	}
}

// learnedPlace is what is masked for a difference in JSON: the place itself. Where members come and go, the array or
// object has none that stay, and is masked whole.
func learnedPlace(d *Difference, all []Difference) string {
	parent, _, _ := cutLast(d.Where)
	if d.Kind == "changed" {
		return d.Where
	}
	for i := range all {
		other := &all[i]
		if p, _, _ := cutLast(other.Where); other.Part == "body" && p == parent && other.Kind != d.Kind && other.Kind != "changed" {
			return parent
		}
	}
	return d.Where
}

func cutLast(pointer string) (parent, last string, ok bool) {
	i := strings.LastIndexByte(pointer, '/')
	if i < 0 {
		return pointer, "", false
	}
	return pointer[:i], pointer[i+1:], true
}

// merge adds what o masks.
func (m *Masks) merge(o *Masks) *Masks {
	if m == nil {
		return o
	}
	if o == nil {
		return m
	}
	return &Masks{
		headers: either(m.headers, o.headers), pointers: either(m.pointers, o.pointers), stages: either(m.stages, o.stages),
		parts: either(m.parts, o.parts), patterns: slices.Concat(m.patterns, o.patterns), why: o.why,
	}
}

// either has the keys of both maps, true where one of them is.
func either(a, b map[string]bool) map[string]bool {
	sum := maps.Clone(a)
	for key, v := range b {
		sum[key] = sum[key] || v
	}
	return sum
}

func (m *Masks) part(name string) string {
	if m != nil && m.parts[name] {
		return m.why
	}
	return ""
}

func (m *Masks) body() string            { return m.part("body") }
func (m *Masks) exception() string       { return m.part("exception") }
func (m *Masks) lint(rule string) string { return m.part("lint: " + rule) }
func (m *Masks) chunks() string          { return m.part("chunks") }

// status is of one that came in the place of another, both of which were seen.
func (m *Masks) status(old, now string) string {
	if m.part("status: "+old) == "" {
		return ""
	}
	return m.part("status: " + now)
}

func (m *Masks) header(key, kind string) string {
	if m == nil {
		return ""
	}
	return m.at(m.headers, key, kind)
}

func (m *Masks) stage(where, kind string) string {
	if m == nil {
		return ""
	}
	return m.at(m.stages, where, kind)
}

// at says why a difference of some kind in a place is noise, or "".
func (m *Masks) at(places map[string]bool, place, kind string) string {
	if comesAndGoes, ok := places[place]; ok && (comesAndGoes || kind == "changed") {
		return m.why
	}
	return ""
}

func (m *Masks) pointer(p, kind string) string {
	if m == nil || len(m.pointers) == 0 {
		return ""
	}
	for {
		if why := m.at(m.pointers, p, kind); why != "" {
			return why
		}
		kind = "changed" // as what lies around it is
		parent, _, ok := cutLast(p)
		if !ok {
			return ""
		}
		p = parent
	}
}
