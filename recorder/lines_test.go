package recorder_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/recorder"
)

// cookie is one of several headers of a name: its value, "" where it is there no more, what it was before, and what was done to
// it.
type cookie struct {
	value string
	was   string
	acts  []string
}

func (c *cookie) is(stage int, how, value string) {
	act := fmt.Sprintf("%d %s", stage, how)
	if c.value != "" {
		act += " from " + c.value
	}
	if value != "" {
		act += " to " + value
	}
	c.value, c.was, c.acts = value, c.value, append(c.acts, act)
}

// jar is a model of headers of one name on their way through stages.
type jar struct {
	there, gone []*cookie
	last        *cookie // that was dropped
}

// pass has a stage do one thing to some of them: of what it does by halves nobody could tell which has come of which.
func (j *jar) pass(t *rapid.T, stage int) {
	made := func(n int) string { return fmt.Sprintf("by%d=%d", stage, n) }
	some := rapid.IntRange(0, 2).Draw(t, "some")
	switch rapid.SampledFrom([]string{"add", "replace", "drop", "restore"}).Draw(t, "act") {
	case "add":
		before := len(j.there)
		for n := range some {
			added := &cookie{}
			if before == 0 && some == 1 && j.last != nil { // as if it had been replaced at once
				added = j.last
				j.gone = slices.DeleteFunc(j.gone, func(c *cookie) bool { return c == added })
			}
			added.is(stage, "set", made(n))
			j.there = slices.Insert(j.there, rapid.IntRange(0, len(j.there)).Draw(t, "at"), added)
		}
	case "replace":
		for n := range min(some, len(j.there)) {
			j.there[n].is(stage, "changed", made(n))
		}
	case "drop":
		for range min(some, len(j.there)) {
			j.last = j.there[0]
			j.last.is(stage, "dropped", "")
			j.there, j.gone = j.there[1:], append(j.gone, j.last)
		}
	case "restore":
		if len(j.gone) > 0 {
			at := rapid.IntRange(0, len(j.gone)-1).Draw(t, "which")
			c := j.gone[at]
			c.is(stage, "restored", c.was)
			j.there, j.gone = append(j.there, c), slices.Delete(j.gone, at, at+1)
		}
	}
}

// However many stages set, add, drop, replace and restore headers of one name, each has its own history.
func TestEachLineHasItsHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stages := rapid.IntRange(2, 5).Draw(t, "stages")
		s := newScript(nil)
		for i := 2; i <= stages; i++ {
			s.enter(i)
		}
		var j jar
		for i := stages; i >= 1; i-- {
			j.pass(t, i)
			fields := []string{"Content-Type: text/plain"}
			for _, c := range j.there {
				fields = append(fields, "Set-Cookie: "+c.value)
			}
			s.answer(i, "200 OK", fields...)
		}
		x := s.fold()
		var got, want [][]string
		for i := range j.there {
			want, got = append(want, j.there[i].acts), append(got, told(x.Blame.OfField(i+1)))
		}
		for _, c := range j.gone {
			want = append(want, c.acts)
		}
		for _, o := range x.Blame.Others() {
			if !o.Removes() {
				t.Errorf("%+v is none that was dropped", o)
			}
			got = append(got, told(x.Blame.OfLine(o.Line)))
		}
		// Those that are gone come in the order in which they went, or were to.
		for _, all := range [][][]string{want[len(j.there):], got[min(len(got), len(j.there)):]} {
			slices.SortFunc(all, slices.Compare)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s\n%+v", diff, x.Blame.History)
		}
	})
}

func told(touches []recorder.Touch) (acts []string) {
	for _, t := range touches {
		c := cookie{}
		if t.Old != nil {
			c.value = t.Old.(string)
		}
		value := ""
		if t.New != nil {
			value = t.New.(string)
		}
		c.is(t.Stage, t.How, value)
		acts = append(acts, c.acts...)
	}
	return acts
}
