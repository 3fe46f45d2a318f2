package recorder

import (
	"maps"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/devserver/event"
)

// answer is a status with headers on its way out, and who is to blame for each part. It is never changed once it is made.
type answer struct {
	stage    int
	status   string
	statusBy int
	fields   []event.Header
	owners   []int // by the place in fields
	// lines numbers the fields in the order in which they came to be, by the place in fields; newest is the last number given.
	lines  []int
	newest int

	from    *answer // what it was made from, nil for none
	byHand  bool
	touches []Touch // what was done to that
	// lost holds the values that fields of a name, and the status under "", had on the way and then no more.
	lost    map[string][]lost
	ownLost bool
}

// lost is a value that the field of a line had.
type lost struct {
	value string
	line  int
}

// isLike says whether two have the same status and headers.
func (a *answer) isLike(b *answer) bool {
	return a.status == b.status && slices.Equal(a.fields, b.fields)
}

// ownersOf are the stages to blame for the headers of a name, in their order.
func (a *answer) ownersOf(name string) (owners []int) {
	if a == nil {
		return nil
	}
	for i, f := range a.fields {
		if strings.EqualFold(f.Name, name) {
			owners = append(owners, a.owners[i])
		}
	}
	return owners
}

// maxTouches bounds the history of one answer; beyond it nothing is known to be restored.
const maxTouches = 10_000

// derive makes the answer that a stage gave of the one that it had got from within, nil for none. byHand is true where
// somebody changed it while the request was stopped at the stage.
func derive(from *answer, p *event.Response, stage int, byHand bool) *answer {
	a := &answer{stage: stage, status: p.Status, fields: p.Headers, from: from, byHand: byHand}
	a.owners, a.lines = make([]int, len(p.Headers)), make([]int, len(p.Headers))
	if from != nil {
		a.lost, a.newest = from.lost, from.newest
	}
	a.deriveStatus(byHand)
	a.deriveFields(byHand)
	return a
}

// maxRemade bounds how many answers are made anew at once.
const maxRemade = 200

// since makes an answer anew that came of another one, before, by way of one that a stage got: what was done by got's maker
// after that was done while the stage ran, and is its own doing.
func (a *answer) since(before, got *answer, stage, left int) *answer {
	if a == nil || a == before {
		return got
	}
	if left == 0 {
		return a
	}
	by := a.stage
	if by == got.stage {
		by = stage
	}
	return derive(a.from.since(before, got, stage, left-1), &event.Response{Status: a.status, Headers: a.fields}, by, a.byHand)
}

// ownAll has all of it be the doing of the stage that gave it, whatever it was before.
func (a *answer) ownAll() {
	a.statusBy = a.stage
	for i := range a.owners {
		a.owners[i] = a.stage
	}
}

func (a *answer) deriveStatus(byHand bool) {
	switch from := a.from; {
	case from == nil || from.status == "":
		a.statusBy = a.stage
		a.touch(Touch{What: "status", How: "set", New: a.status}, byHand)
	case sameStatus(from.status, a.status):
		a.statusBy = from.statusBy
	default:
		a.statusBy = a.stage
		how := "changed"
		if a.hadLost("", a.status) {
			how = "restored"
		}
		a.lose("", from.status, 0)
		a.touch(Touch{What: "status", How: how, Old: from.status, New: a.status}, byHand)
	}
}

// sameStatus takes a status without its reason for the same as one that has it: a framework may know the number alone.
func sameStatus(a, b string) bool {
	if a == b {
		return true
	}
	short, long := a, b
	if len(short) > len(long) {
		short, long = long, short
	}
	return len(short) == 3 && strings.HasPrefix(long, short+" ")
}

// deriveFields finds for each field the one that it was before. Those of one name are held against each other by value
// first, in order, for several may share a name (Set-Cookie) and come from several stages.
func (a *answer) deriveFields(byHand bool) {
	var before []event.Header
	if a.from != nil {
		before = a.from.fields
	}
	kept := make([]bool, len(before)) // is there still
	placed := make([]bool, len(a.fields))
	at := 0
	for i := range a.fields { // most often nothing has changed but the end
		if at < len(before) && sameField(before[at], a.fields[i]) {
			kept[at], placed[i] = true, true
			a.owners[i], a.lines[i] = a.from.owners[at], a.from.lines[at]
			at++
		}
	}
	byName := map[string][]int{} // of before, those that are gone
	for i := range before {
		if !kept[i] {
			name := strings.ToLower(before[i].Name)
			byName[name] = append(byName[name], i)
		}
	}
	for i := range a.fields {
		if placed[i] || len(byName) == 0 {
			continue
		}
		for _, j := range byName[strings.ToLower(a.fields[i].Name)] {
			if !kept[j] && sameField(before[j], a.fields[i]) {
				kept[j], placed[i] = true, true
				a.owners[i], a.lines[i] = a.from.owners[j], a.from.lines[j]
				break
			}
		}
	}
	a.replaced(before, kept, placed, byName, byHand)
}

// sameField says whether two fields are the same: white space around a value is no part of it (RFC 9110, 5.5), and frameworks
// may lose it or add it.
func sameField(a, b event.Header) bool {
	return (a.Name == b.Name || strings.EqualFold(a.Name, b.Name)) &&
		(a.Value == b.Value || strings.TrimSpace(a.Value) == strings.TrimSpace(b.Value))
}

// replaced tells of the fields that were not there before with their value, and of those that are gone.
func (a *answer) replaced(before []event.Header, kept, placed []bool, byName map[string][]int, byHand bool) {
	for i, f := range a.fields {
		if placed[i] {
			continue
		}
		a.owners[i] = a.stage
		name := strings.ToLower(f.Name)
		t := Touch{What: "header", Name: f.Name, How: "set", New: f.Value}
		for _, j := range byName[name] {
			if !kept[j] {
				kept[j] = true
				t.How, t.Old = "changed", before[j].Value
				a.lines[i] = a.from.lines[j]
				break
			}
		}
		if a.hadLost(name, f.Value) {
			t.How = "restored"
		}
		if old, ok := t.Old.(string); ok {
			a.lose(name, old, a.lines[i])
		} else {
			a.lines[i] = a.line(name, f.Value)
		}
		t.Line = a.lines[i]
		a.touch(t, byHand)
	}
	for j, f := range before {
		if !kept[j] {
			a.lose(strings.ToLower(f.Name), f.Value, a.from.lines[j])
			a.touch(Touch{What: "header", Name: f.Name, How: "dropped", Old: f.Value, Line: a.from.lines[j]}, byHand)
		}
	}
}

// line is the line of a field that was not there: the one that had this value, if it is there no more, or, of a name that no
// other field has, the one that was there last; or a new one.
func (a *answer) line(name, value string) int {
	isThere := func(l lost) bool { return slices.Contains(a.lines, l.line) }
	gone := slices.DeleteFunc(slices.Clone(a.lost[name]), isThere)
	for _, l := range slices.Backward(gone) {
		if l.value == value {
			return l.line
		}
	}
	if len(gone) > 0 && len(a.ownersOf(name)) == 1 {
		return gone[len(gone)-1].line
	}
	a.newest++
	return a.newest
}

func (a *answer) touch(t Touch, byHand bool) {
	t.Stage = a.stage
	if byHand {
		t.How = "edited"
	}
	a.touches = append(a.touches, t)
}

func (a *answer) hadLost(name, value string) bool {
	return slices.ContainsFunc(a.lost[name], func(l lost) bool { return l.value == value })
}

// lose notes a value that is there no more. The map may be another answer's, so it is copied: little is ever lost.
func (a *answer) lose(name, value string, line int) {
	if len(a.lost) > maxTouches || len(a.lost[name]) > pastValues {
		return
	}
	if !a.ownLost {
		a.ownLost = true
		if a.lost = maps.Clone(a.lost); a.lost == nil {
			a.lost = map[string][]lost{}
		}
	}
	values := a.lost[name]
	a.lost[name] = append(values[:len(values):len(values)], lost{value, line})
}

// history is all that was done to make the answer, in order.
func (a *answer) history() []Touch {
	var chain []*answer
	n := 0
	for ; a != nil && n < maxTouches; a = a.from {
		chain = append(chain, a)
		n += len(a.touches)
	}
	out := make([]Touch, 0, n)
	for i := len(chain) - 1; i >= 0; i-- {
		out = append(out, chain[i].touches...)
	}
	return out
}

// changesOf says in words what differs between an answer and a response.
func changesOf(a *answer, p *event.Response) []string {
	var out []string
	for _, t := range derive(a, p, 0, false).touches {
		if t.What == "status" {
			out = append(out, "status")
		} else {
			out = append(out, "header "+t.Name)
		}
	}
	return out
}
