package replay

import (
	"fmt"
	"slices"

	"github.com/snifter-dev/snifter/recorder"
)

// Bisection is which stage makes the difference between two exchanges.
type Bisection struct {
	A uint64 `json:"a"`
	B uint64 `json:"b"`
	// Only are the stages that one of them has passed and the other has not.
	Only []OnlyStage `json:"only"`
	// In is the first stage on the way in that has made the environs of the stages within it differ, or what they find of the
	// request's body; null where all were entered with the same one. Stage 0 is the server: then the requests themselves differ.
	In *Culprit `json:"in"`
	// Out is the first stage on the way out whose answer differs, while those of the stages within it are the same; null where
	// all answers are the same.
	Out *Culprit `json:"out"`
	// Found says in words what makes the difference.
	Found []string `json:"found"`
}

// Same is true where no stage makes a difference that is more than noise.
func (b *Bisection) Same() bool { return b.In == nil && b.Out == nil }

// Culprit is a stage that makes a difference, and the difference.
type Culprit struct {
	Stage BisectStage `json:"stage"`
	// Differences are between what it did to the environ, or between what it answered.
	Differences []Difference `json:"differences"`
	// Added is the stage between it and those within whose answers are the same, which only one of the exchanges has
	// passed: that makes the difference, and is not to be found in the other. Null for none. A framework hands a response
	// from one layer to the next as well, so that it may stand before it.
	Added *OnlyStage `json:"added"`
}

// BisectStage is a stage of both exchanges.
type BisectStage struct {
	A    int    `json:"a"` // its index there
	B    int    `json:"b"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	File string `json:"file"`
	Line int    `json:"line"`
}

// OnlyStage is a stage of one exchange.
type OnlyStage struct {
	Exchange uint64 `json:"exchange"`
	Index    int    `json:"index"`
	Name     string `json:"name"`
	File     string `json:"file"`
	Line     int    `json:"line"`
}

// Passage is an exchange, and the same taken apart.
type Passage struct {
	Exchange *recorder.Exchange
	// Walk is where the bodies of inner stages are; without it they are held against each other by the sizes of their blocks.
	Walk *recorder.Walk
}

// NoStagesError says that the stages of an exchange were not recorded.
type NoStagesError struct{ Exchange uint64 }

func (e *NoStagesError) Error() string {
	return fmt.Sprintf("the stages of exchange %d were not recorded", e.Exchange)
}

// Bisect finds out which stage makes the difference between two exchanges. It is pure.
func Bisect(a, b Passage, o Options) (*Bisection, error) {
	for _, p := range []Passage{a, b} {
		if !staged(p.Exchange) {
			return nil, &NoStagesError{p.Exchange.ID}
		}
	}
	s := &bisecting{a: a, b: b, o: o}
	s.pairs, s.onlyA, s.onlyB = common(a.Exchange.Stages, b.Exchange.Stages)
	found := &Bisection{A: a.Exchange.ID, B: b.Exchange.ID, Only: []OnlyStage{}, In: s.wayIn(), Out: s.wayOut(), Found: []string{}}
	for _, only := range s.onlyA {
		found.Only = append(found.Only, onlyStage(a.Exchange, only))
	}
	for _, only := range s.onlyB {
		found.Only = append(found.Only, onlyStage(b.Exchange, only))
	}
	found.say()
	return found, nil
}

// pair is a stage that both exchanges have passed.
type pair struct{ a, b *recorder.Stage }

type bisecting struct {
	a, b         Passage
	o            Options
	pairs        []pair // in the order in which they were entered
	onlyA, onlyB []*recorder.Stage
}

// maxBisected bounds the stages that are aligned; those beyond are held against each other by their order alone.
const maxBisected = 2000

// common finds the stages that two exchanges have in common: the longest run of the same names in the order in which they
// were entered.
func common(a, b []recorder.Stage) (pairs []pair, onlyA, onlyB []*recorder.Stage) {
	left, right := inner(a), inner(b)
	// length[i][j] is that of the longest run of left[i:] and right[j:].
	length := make([][]int32, len(left)+1)
	for i := range length {
		length[i] = make([]int32, len(right)+1)
	}
	for i := len(left) - 1; i >= 0; i-- {
		for j := len(right) - 1; j >= 0; j-- {
			if left[i].Name == right[j].Name && left[i].Kind == right[j].Kind {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(left) && j < len(right) {
		switch {
		case left[i].Name == right[j].Name && left[i].Kind == right[j].Kind:
			pairs = append(pairs, pair{left[i], right[j]})
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			onlyA = append(onlyA, left[i])
			i++
		default:
			onlyB = append(onlyB, right[j])
			j++
		}
	}
	return pairs, append(onlyA, left[i:]...), append(onlyB, right[j:]...)
}

// inner are the stages of the application in the order in which they were entered, without what stands in the place of
// those that a replay has left out.
func inner(stages []recorder.Stage) []*recorder.Stage {
	var out []*recorder.Stage
	for i := range stages {
		if stages[i].Index > 0 && stages[i].Kind != "server" && len(out) < maxBisected {
			out = append(out, &stages[i])
		}
	}
	return out
}

// wayIn finds the first stage that has made a difference to the environ, or to what is left of the request's body.
func (s *bisecting) wayIn() *Culprit {
	parts := append(s.environs(s.a.Exchange.Environ, s.b.Exchange.Environ), s.requestBodies()...)
	if significant(parts) {
		return &Culprit{Stage: BisectStage{Name: "server", Kind: "server"}, Differences: parts}
	}
	var culprit *Culprit
	at := 0
	for _, p := range s.pairs {
		parts := append(s.changes(p.a.Name, p.a.EnvironChanges, p.b.EnvironChanges), s.reads(p.a, p.b)...)
		if significant(parts) {
			culprit, at = &Culprit{Stage: bisectStage(p), Differences: parts}, p.a.Index
			break
		}
	}
	// A stage that only one has passed makes a difference as well, by whatever it did.
	for _, only := range slices.Concat(s.onlyA, s.onlyB) {
		x, parts := s.b.Exchange, append(s.changes(only.Name, recorder.EnvironChanges{}, only.EnvironChanges), s.reads(nil, only)...)
		if slices.Contains(s.onlyA, only) {
			x, parts = s.a.Exchange, append(s.changes(only.Name, only.EnvironChanges, recorder.EnvironChanges{}), s.reads(only, nil)...)
		}
		if significant(parts) && (culprit == nil || only.Index < at) {
			added := onlyStage(x, only)
			culprit, at = &Culprit{Stage: BisectStage{Name: only.Name, Kind: only.Kind, File: only.File, Line: only.Line}, Differences: parts, Added: &added}, only.Index
		}
	}
	return culprit
}

// wayOut finds the first stage, in the order in which control left them, whose answer differs.
func (s *bisecting) wayOut() *Culprit {
	for _, p := range s.leaving() {
		c := Compare(s.answer(s.a, p.a), s.answer(s.b, p.b), s.o)
		if c.Verdict == Same || c.Verdict == Noise {
			continue
		}
		added := s.between(p.a.Index, p.b.Index)
		if added == nil {
			added = s.before(p)
		}
		return &Culprit{Stage: bisectStage(p), Differences: c.Parts, Added: added}
	}
	// What lies around all that they have in common: a stage of one alone, or the server.
	c := Compare(s.a.Exchange, s.b.Exchange, s.o)
	if c.Verdict == Same || c.Verdict == Noise {
		return nil
	}
	return &Culprit{Stage: BisectStage{Name: "server", Kind: "server"}, Differences: c.Parts, Added: s.between(0, 0)}
}

// between is the outermost stage within one that both have passed, or within the server, which one exchange alone has
// passed; nil for none. a and b are the indices of the one around. Where that has called nothing at all in the other, it has
// answered by itself, and what it has not come to makes no difference.
func (s *bisecting) between(a, b int) *OnlyStage {
	for _, side := range []struct {
		p, other      Passage
		only          []*recorder.Stage
		within, there int
	}{{s.a, s.b, s.onlyA, a, b}, {s.b, s.a, s.onlyB, b, a}} {
		for _, only := range side.only {
			if only.Within == side.within && callsSome(side.other.Exchange, side.there) {
				found := onlyStage(side.p.Exchange, only)
				return &found
			}
		}
	}
	return nil
}

// before is the last of a framework's layers before one that both have passed which one exchange alone has passed, and whose
// response the framework has handed on to that; nil for none.
func (s *bisecting) before(p pair) *OnlyStage {
	for _, side := range []struct {
		x    *recorder.Exchange
		only []*recorder.Stage
		next *recorder.Stage
	}{{s.a.Exchange, s.onlyA, p.a}, {s.b.Exchange, s.onlyB, p.b}} {
		for _, only := range slices.Backward(side.only) {
			if only.Kind == side.next.Kind && only.Kind != "wsgi" && only.Within == side.next.Within &&
				only.Index < side.next.Index && only.Status != "" {
				found := onlyStage(side.x, only)
				return &found
			}
		}
	}
	return nil
}

// callsSome says whether a stage has called one within it.
func callsSome(x *recorder.Exchange, index int) bool {
	return slices.ContainsFunc(x.Stages, func(s recorder.Stage) bool { return s.Index > 0 && s.Within == index })
}

// leaving puts the pairs in the order in which control left their stages: those within before those around.
func (s *bisecting) leaving() []pair {
	known := map[int]bool{}
	for _, p := range s.pairs {
		known[p.a.Index] = true
	}
	within := map[int][]pair{}
	for _, p := range s.pairs {
		outer := around(s.a.Exchange, p.a)
		for outer != nil && !known[outer.Index] { // passed by one alone
			outer = around(s.a.Exchange, outer)
		}
		at := 0
		if outer != nil {
			at = outer.Index
		}
		within[at] = append(within[at], p)
	}
	var out []pair
	var leave func(index int)
	leave = func(index int) {
		for _, p := range within[index] {
			leave(p.a.Index)
			out = append(out, p)
		}
	}
	leave(0)
	return out
}

// answer is what a stage answered, as an exchange that can be compared.
func (s *bisecting) answer(p Passage, stage *recorder.Stage) *recorder.Exchange {
	return &recorder.Exchange{
		ID: p.Exchange.ID, State: recorder.Done, Exception: stage.Exception,
		Response: recorder.Response{Status: stage.Status, Headers: stage.Headers, Chunks: stage.Chunks, Body: given(p, stage)},
	}
}

// given is the body that a stage gave, its own or one that it passed on.
func given(p Passage, stage *recorder.Stage) recorder.Body {
	of := stage.Index
	for hops := 0; stage.SameAs > 0 && hops < len(p.Exchange.Stages); hops++ {
		next := stageAt(p.Exchange, stage.SameAs)
		if next == nil {
			break
		}
		of, stage = next.Index, next
	}
	if p.Walk != nil {
		for i := len(p.Walk.Moments) - 1; i >= 0; i-- {
			if m := &p.Walk.Moments[i]; m.Stage == of && (m.Boundary == "chunk" || m.Boundary == "write") {
				body := p.Walk.At(i).Body
				return recorder.Body{Size: body.Size, Cut: body.Cut, Bytes: body.Bytes}
			}
		}
	}
	body := recorder.Body{Cut: len(stage.Chunks) > 0}
	for _, c := range stage.Chunks {
		body.Size += int64(c.Size)
	}
	return body
}

// significant is true where not all of it is noise.
func significant(parts []Difference) bool {
	return slices.ContainsFunc(parts, func(d Difference) bool { return !d.Noise })
}

func bisectStage(p pair) BisectStage {
	return BisectStage{A: p.a.Index, B: p.b.Index, Name: p.b.Name, Kind: p.b.Kind, File: p.b.File, Line: p.b.Line}
}

func onlyStage(x *recorder.Exchange, s *recorder.Stage) OnlyStage {
	return OnlyStage{Exchange: x.ID, Index: s.Index, Name: s.Name, File: s.File, Line: s.Line}
}
