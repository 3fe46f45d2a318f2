package replay

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
)

// Worth is what stages were worth that a replay has left out: what there was with them, in the origin, and is not without.
// What is noise is none of it.
type Worth struct {
	// Stages are those that were left out, the outermost first.
	Stages []string `json:"stages"`
	// Status is the one with them and the one without, null where it is the same.
	Status *[2]string `json:"status"`
	// Headers are those with them alone (added), those without them alone (removed), each as it was recorded, and the names of
	// those that are the same in another order (moved).
	Headers WorthHeaders `json:"headers"`
	// Body says whether the bodies differ, and how many bytes each has. Spans are the parts of the origin's that were blamed
	// on the stages.
	Body WorthBody `json:"body"`
	// Exception is the one with them and the one without, null where it is the same.
	Exception *[2]string `json:"exception"`
	// Environ is what they did to the environ, as it was recorded.
	Environ recorder.EnvironChanges `json:"environ"`
	// Lost are the keys of the environ that a stage was entered without: objects, which can't be given in a replay.
	Lost []string `json:"lost,omitempty"`
	// MS is how long they took, without the stages within them, as it was recorded.
	MS float64 `json:"ms"`
}

// WorthHeaders are headers that stages account for.
type WorthHeaders struct {
	Added   []recorder.Header `json:"added"`
	Removed []recorder.Header `json:"removed"`
	Moved   []string          `json:"moved,omitempty"`
}

// WorthBody is what stages account for in a body.
type WorthBody struct {
	Differs bool     `json:"differs"`
	Bytes   [2]int64 `json:"bytes"`
	Spans   [][2]int `json:"spans"`
}

// Nothing is true where it made no difference to the answer or the environ.
func (w *Worth) Nothing() bool {
	return w.Status == nil && w.Exception == nil && !w.Body.Differs &&
		len(w.Headers.Added)+len(w.Headers.Removed)+len(w.Headers.Moved) == 0 &&
		len(w.Environ.Added)+len(w.Environ.Changed)+len(w.Environ.Removed) == 0
}

// worth is what the stages were worth that an operation has left out. whole is a replay through all stages; c compares the
// origin with the one without them.
func worth(op *operation, origin, whole, replayed *recorder.Exchange, c *Comparison) *Worth {
	w := &Worth{
		Stages:  []string{},
		Lost:    op.lost,
		Headers: WorthHeaders{Added: []recorder.Header{}, Removed: []recorder.Header{}},
		Body:    WorthBody{Spans: [][2]int{}, Bytes: [2]int64{origin.Response.Body.Size, replayed.Response.Body.Size}},
		Environ: recorder.EnvironChanges{Added: map[string]any{}, Changed: map[string][2]any{}, Removed: []string{}},
	}
	hooks := op.hooks(origin, replayed)
	w.told(op, origin, hooks)
	for i := range c.Parts {
		d := &c.Parts[i]
		if d.Noise && !(d.Part == "header" && d.Kind == "removed" && op.setHeader(origin, d.Where, hooks) && hasHeader(whole, d.Where)) {
			continue
		}
		switch d.Part {
		case "status":
			w.Status = &[2]string{d.Old, d.New}
		case "exception":
			if w.Exception == nil {
				w.Exception = &[2]string{d.Old, d.New}
			}
		case "body":
			w.Body.Differs = true
		case "header":
			w.header(d, origin, replayed)
		}
	}
	return w
}

// setHeader says whether a header of the origin was set by a stage that is left out. That it is missing then, and is not with
// that stage, is no noise, however its value may differ from run to run.
func (op *operation) setHeader(origin *recorder.Exchange, where string, hooks []int) bool {
	for i, h := range origin.Response.Headers {
		if !standsAt(h, where) || i >= len(origin.Blame.Fields) {
			continue
		}
		if by := origin.Blame.Fields[i]; slices.Contains(op.left, by) || slices.Contains(hooks, by) {
			return true
		}
	}
	return false
}

// hooks are the functions of a framework's middlewares that are left out, such as process_response of Django's: stages of
// their own, which the replay has not called either.
func (op *operation) hooks(origin, replayed *recorder.Exchange) []int {
	var hooks []int
	for i := range origin.Stages {
		s := &origin.Stages[i]
		isOf := func(left int) bool {
			m := stageAt(origin, left)
			return m.Role != "" && m.Kind == s.Kind && strings.HasPrefix(s.Name, m.Name+".")
		}
		called := func(other recorder.Stage) bool { return other.Name == s.Name }
		if slices.ContainsFunc(op.left, isOf) && !slices.ContainsFunc(replayed.Stages, called) {
			hooks = append(hooks, s.Index)
		}
	}
	return hooks
}

// told adds what was recorded of the stages themselves.
func (w *Worth) told(op *operation, origin *recorder.Exchange, hooks []int) {
	left := slices.Concat(op.left, hooks)
	slices.Sort(left)
	for _, index := range slices.Compact(left) {
		s := stageAt(origin, index)
		if !slices.Contains(w.Stages, s.Name) && !slices.Contains(hooks, index) {
			w.Stages = append(w.Stages, s.Name)
		}
		w.MS += s.SelfMS
		maps.Copy(w.Environ.Added, s.EnvironChanges.Added)
		maps.Copy(w.Environ.Changed, s.EnvironChanges.Changed)
		w.Environ.Removed = append(w.Environ.Removed, s.EnvironChanges.Removed...)
		for _, span := range origin.Blame.Body {
			if span.Stage == index {
				w.Body.Spans = append(w.Body.Spans, [2]int{span.Start, span.End})
			}
		}
	}
	w.MS = math.Round(w.MS*1000) / 1000
	slices.Sort(w.Environ.Removed)
	w.Environ.Removed = slices.Compact(w.Environ.Removed)
	slices.SortFunc(w.Body.Spans, func(a, b [2]int) int { return a[0] - b[0] })
}

// header adds the headers in the place of a difference that only one side has.
func (w *Worth) header(d *Difference, origin, replayed *recorder.Exchange) {
	added := only(origin.Response.Headers, replayed.Response.Headers, d.Where)
	removed := only(replayed.Response.Headers, origin.Response.Headers, d.Where)
	for _, h := range added {
		if !slices.Contains(w.Headers.Added, h) {
			w.Headers.Added = append(w.Headers.Added, h)
		}
	}
	for _, h := range removed {
		if !slices.Contains(w.Headers.Removed, h) {
			w.Headers.Removed = append(w.Headers.Removed, h)
		}
	}
	if len(added)+len(removed) == 0 && !slices.Contains(w.Headers.Moved, d.Where) {
		w.Headers.Moved = append(w.Headers.Moved, d.Where)
	}
}

// standsAt says whether a header is what a difference names: all of its name, or one cookie.
func standsAt(h recorder.Header, where string) bool {
	name, cookie, one := strings.Cut(where, ": ")
	return strings.EqualFold(h[0], name) && (!one || parseSetCookie(h[1]).name == cookie)
}

func hasHeader(x *recorder.Exchange, where string) bool {
	return slices.ContainsFunc(x.Response.Headers, func(h recorder.Header) bool { return standsAt(h, where) })
}

// only is the headers in a place that one list has and the other has not, or less often.
func only(headers, other []recorder.Header, where string) []recorder.Header {
	var out []recorder.Header
	left := slices.Clone(other)
	for _, h := range headers {
		i := slices.IndexFunc(left, func(o recorder.Header) bool { return strings.EqualFold(o[0], h[0]) && o[1] == h[1] })
		switch {
		case i >= 0:
			left = slices.Delete(left, i, i+1)
		case standsAt(h, where):
			out = append(out, h)
		}
	}
	return out
}

// Lines puts it in words, a line each, without values that may be secrets.
func (w *Worth) Lines() []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if w.Status != nil {
		add("status %s, without: %s", orNone(w.Status[0]), orNone(w.Status[1]))
	}
	for _, h := range w.Headers.Added {
		add("header %s", shownHeader(h))
	}
	for _, h := range w.Headers.Removed {
		add("without: header %s", shownHeader(h))
	}
	for _, name := range w.Headers.Moved {
		add("header %s, in another order", name)
	}
	blamed := 0
	for _, span := range w.Body.Spans {
		blamed += span[1] - span[0]
	}
	if w.Body.Differs || blamed > 0 && w.Body.Bytes[0] != w.Body.Bytes[1] {
		text := fmt.Sprintf("the body: %d bytes, without: %d", w.Body.Bytes[0], w.Body.Bytes[1])
		if blamed > 0 {
			text += fmt.Sprintf("; %d of them made there", blamed)
		}
		if !w.Body.Differs {
			text += "; it says the same"
		}
		out = append(out, text)
	}
	if w.Exception != nil {
		add("exception %s, without: %s", orNone(w.Exception[0]), orNone(w.Exception[1]))
	}
	if keys := environKeys(w.Environ); keys != "" {
		add("environ %s", keys)
	}
	if len(out) == 0 {
		add("nothing of the answer or the environ")
	}
	if len(w.Lost) > 0 {
		add("entered without %s, which can't be given: objects", strings.Join(w.Lost, ", "))
	}
	add("%.3g ms", w.MS)
	return out
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// shownHeader is a header without what may be secret: of a cookie its name.
func shownHeader(h recorder.Header) string {
	if strings.EqualFold(h[0], "Set-Cookie") {
		return h[0] + ": " + parseSetCookie(h[1]).name
	}
	if recorder.IsSecret(h[0]) || recorder.HoldsSecret(h[1]) {
		return h[0]
	}
	return h[0] + ": " + h[1]
}

// environKeys lists the keys that were changed, + for added, ~ for changed, - for removed.
func environKeys(c recorder.EnvironChanges) string {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(c.Added)) {
		keys = append(keys, "+"+key)
	}
	for _, key := range slices.Sorted(maps.Keys(c.Changed)) {
		keys = append(keys, "~"+key)
	}
	for _, key := range c.Removed {
		keys = append(keys, "-"+key)
	}
	return strings.Join(keys, ", ")
}

// worth writes for people what stages were worth.
func (r *reporter) worth(w *Worth) {
	if w == nil {
		return
	}
	if len(w.Stages) == 0 {
		r.printf("", "\n  no stage was left out\n")
		return
	}
	r.printf("", "\n  %s %s worth:\n", r.safe(strings.Join(w.Stages, ", "), r.o.Width), map[bool]string{true: "is", false: "are"}[len(w.Stages) == 1])
	for _, line := range w.Lines() {
		r.printf("", "    %s\n", r.safe(line, r.o.Width-4))
	}
}
