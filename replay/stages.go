package replay

import (
	"fmt"

	"github.com/snifter-dev/snifter/recorder"
)

// stages compares what each stage did, and which were passed. A stage is found again by its name, in the order in which
// stages were entered.
func (c *comparer) stages() {
	s := &bisecting{a: Passage{Exchange: c.a}, b: Passage{Exchange: c.b}, o: c.o}
	pairs, onlyA, onlyB := common(c.a.Stages, c.b.Stages)
	for _, p := range pairs {
		for _, d := range s.changes(p.b.Name, p.a.EnvironChanges, p.b.EnvironChanges) {
			c.stage(p.b, d)
		}
		inner := Compare(answerAlone(p.a), answerAlone(p.b), Options{Noise: c.o.Noise, Chunks: c.o.Chunks})
		for _, d := range inner.Parts {
			c.stage(p.b, d)
		}
		if old, now := given(s.a, p.a).Size, given(s.b, p.b).Size; old != now {
			c.stage(p.b, Difference{Part: "body", Old: fmt.Sprint(old, " bytes"), New: fmt.Sprint(now, " bytes"), Kind: "changed"})
		}
	}
	for _, only := range onlyA {
		c.stage(only, Difference{Old: "passed", Kind: "removed"})
	}
	for _, only := range onlyB {
		c.stage(only, Difference{New: "passed", Kind: "added"})
	}
}

// stage adds what differs at a stage.
func (c *comparer) stage(at *recorder.Stage, d Difference) {
	where := placeAt(at.Name, &d)
	d.Part, d.Where, d.Lines = "stage", where, nil
	if why := c.o.Masks.stage(where, d.Kind); why != "" && !d.Noise {
		d.Noise, d.NoiseWhy = true, why
	}
	c.add(d)
}

// placeAt is where something differs at the stage of a name.
func placeAt(stage string, d *Difference) string {
	if what := place(d); what != "" {
		return stage + ": " + what
	}
	return stage
}

// answerAlone is what a stage answered without its body, which an exchange has of the outermost stage alone.
func answerAlone(s *recorder.Stage) *recorder.Exchange {
	return &recorder.Exchange{
		State: recorder.Done, Exception: s.Exception,
		Response: recorder.Response{Status: s.Status, Headers: s.Headers, Chunks: s.Chunks},
	}
}
