package replay

import (
	"maps"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
)

// Masks are differences that two runs of the same request on the same build showed. A nil *Masks masks nothing.
type Masks struct {
	headers  map[string]bool // by lower-case name; "set-cookie: name" for a cookie
	pointers map[string]bool // places in a JSON body, and all that lies in them
	patterns []linePattern
	parts    map[string]bool // "status", "body", "exception", "lint", "chunks": the whole part; "stage " and a place
}

const learned = "it differs between two runs of the same build"

// Learn returns what differs between two runs of the same request on the same build, beyond what is noise by rule.
func Learn(run1, run2 *recorder.Exchange, o Options) *Masks {
	o.Chunks = true
	m := &Masks{headers: map[string]bool{}, pointers: map[string]bool{}, parts: map[string]bool{}}
	c := Compare(run1, run2, o)
	if c.Verdict == Same || c.Verdict == Noise {
		return m
	}
	for i := range c.Parts {
		if d := &c.Parts[i]; !d.Noise {
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

func (m *Masks) learn(d *Difference, all []Difference) {
	switch {
	case d.Part == "stage":
		m.parts["stage "+d.Where] = true
	case d.Part == "header":
		m.headers[strings.ToLower(d.Where)] = true
	case d.Part != "body":
		m.parts[d.Part] = true
	case strings.HasPrefix(d.Where, "/"):
		m.pointers[learnedPlace(d, all)] = true
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
	sum := &Masks{
		headers: maps.Clone(m.headers), pointers: maps.Clone(m.pointers), parts: maps.Clone(m.parts),
		patterns: slices.Concat(m.patterns, o.patterns),
	}
	maps.Copy(sum.headers, o.headers)
	maps.Copy(sum.pointers, o.pointers)
	maps.Copy(sum.parts, o.parts)
	return sum
}

func (m *Masks) part(name string) string {
	if m != nil && m.parts[name] {
		return learned
	}
	return ""
}

func (m *Masks) status() string    { return m.part("status") }
func (m *Masks) body() string      { return m.part("body") }
func (m *Masks) exception() string { return m.part("exception") }
func (m *Masks) lint() string      { return m.part("lint") }
func (m *Masks) chunks() string    { return m.part("chunks") }

func (m *Masks) header(key string) string {
	if m != nil && m.headers[key] {
		return learned
	}
	return ""
}

func (m *Masks) pointer(p string) string {
	if m == nil || len(m.pointers) == 0 {
		return ""
	}
	for {
		if m.pointers[p] {
			return learned
		}
		parent, _, ok := cutLast(p)
		if !ok {
			return ""
		}
		p = parent
	}
}
