package replay

import (
	"fmt"
	"slices"

	"github.com/snifter-dev/snifter/recorder"
)

// finding is a breach of the protocol, as it is found again in another exchange: by its rule, and the stage to blame.
type finding struct {
	rule, stage string
}

// lint compares the findings as sets with counts: their order follows the time at which they were seen. A finding whose
// message alone differs, which quotes a value, is the same one. Where the stages of one exchange were not told apart, its
// findings are those at the server's boundary, whoever is to blame: more of the other's is no difference.
func (c *comparer) lint() {
	moreA, moreB := staged(c.a) && !staged(c.b), staged(c.b) && !staged(c.a)
	name := naming(findingOf)
	if moreA || moreB {
		name = ruleOf
	}
	old, now := findings(c.a, name), findings(c.b, name)
	for key, list := range old {
		old[key], now[key] = c.unmatched(list, now[key])
	}
	for _, l := range c.b.Lint {
		key := name(c.b, l)
		if len(now[key]) == 0 || now[key][0] != l {
			continue
		}
		now[key] = now[key][1:]
		if len(old[key]) > 0 {
			c.differ("lint", where(c.b, l), lintText(old[key][0]), lintText(l), "the same rule, of another value")
			old[key] = old[key][1:]
			continue
		}
		if moreB {
			c.leaveOut("lint")
			continue
		}
		c.differ("lint", where(c.b, l), "", lintText(l), c.o.Masks.lint(l.Rule))
	}
	for _, l := range c.a.Lint {
		if key := name(c.a, l); len(old[key]) > 0 && old[key][0] == l {
			old[key] = old[key][1:]
			if moreA {
				c.leaveOut("lint")
				continue
			}
			c.differ("lint", where(c.a, l), lintText(l), "", c.o.Masks.lint(l.Rule))
		}
	}
}

type naming func(x *recorder.Exchange, l recorder.Lint) finding

func findings(x *recorder.Exchange, name naming) map[finding][]recorder.Lint {
	found := map[finding][]recorder.Lint{}
	for _, l := range x.Lint {
		key := name(x, l)
		found[key] = append(found[key], l)
	}
	return found
}

// unmatched is what is left of two lists without what is in both, as often as it is.
func (c *comparer) unmatched(a, b []recorder.Lint) (onlyA, onlyB []recorder.Lint) {
	count := map[string]int{}
	for _, l := range b {
		count[message(c.b, l)]++
	}
	for _, l := range a {
		if said := message(c.a, l); count[said] > 0 {
			count[said]--
		} else {
			onlyA = append(onlyA, l)
		}
	}
	for i := len(b) - 1; i >= 0; i-- { // the first ones are those that are matched
		l := b[i]
		if said := message(c.b, l); count[said] > 0 {
			count[said]--
			onlyB = append(onlyB, l)
		}
	}
	slices.Reverse(onlyB)
	return onlyA, onlyB
}

// message is that of a finding, as it is found again where the stages have other numbers.
func message(x *recorder.Exchange, l recorder.Lint) string {
	return recorder.WithNames(l.Message, x.Stages)
}

// findingOf names the stage, where it is known: its index is another where other stages are passed.
func findingOf(x *recorder.Exchange, l recorder.Lint) finding {
	if s := stageAt(x, l.Stage); s != nil && s.Index > 0 && s.Name != "" {
		return finding{l.Rule, s.Name}
	}
	return finding{l.Rule, fmt.Sprint(l.Stage)}
}

// ruleOf names no stage.
func ruleOf(_ *recorder.Exchange, l recorder.Lint) finding { return finding{rule: l.Rule} }

func where(x *recorder.Exchange, l recorder.Lint) string {
	text := fmt.Sprintf("stage %d", l.Stage)
	if s := stageAt(x, l.Stage); s != nil && s.Index > 0 && s.Name != "" {
		text += ", " + s.Name
	}
	return text
}

func lintText(l recorder.Lint) string { return fmt.Sprintf("%s: %s", l.Rule, l.Message) }
