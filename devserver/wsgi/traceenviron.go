package wsgi

import "github.com/snifter-dev/snifter/devserver/event"

// look compares the environ that a stage is given with that of the stage around it, which is to blame for what is
// different, and says whether it is another one. t.mu is held.
func (t *trace) look(p *pass) (copied bool) {
	if p.within == nil {
		t.views = append(t.views, viewOf(p.environ))
		return false
	}
	if t.compare(p.within) && sameMap(p.environ, p.within.environ) {
		p.within.lintEnviron(p.environ)
	}
	if sameMap(p.environ, p.within.environ) {
		return false
	}
	for _, v := range t.views {
		if sameMap(v.environ, p.environ) {
			if t.changed(p.within, v.changes(), true) {
				p.within.lintEnviron(p.environ)
			}
			return true
		}
	}
	v := viewOf(p.environ)
	for _, around := range t.views {
		if sameMap(around.environ, p.within.environ) {
			if c := compare(around.seen, v.seen); c != nil {
				t.changed(p.within, c.told(p.environ), true)
				p.within.lintEnviron(p.environ)
			}
			break
		}
	}
	t.views = append(t.views, v)
	return true
}

// compare tells what the stage did to its environ since the environ was looked at last. It says whether there was anything.
// t.mu is held.
func (t *trace) compare(p *pass) bool {
	v := t.view(p)
	return v != nil && t.changed(p, v.changes(), false)
}

// compareAround is compare for the stage around that ranges over the body of this one. t.mu is held.
func (t *trace) compareAround(p, around *pass) {
	if around != nil && !p.isGivenUp() {
		t.compare(around)
	}
}

// isResized says that the environ has other keys than when it was looked at: at each block that is all that is looked for.
// t.mu is held.
func (t *trace) isResized(p *pass) bool {
	v := t.view(p)
	return v != nil && len(v.seen) != len(v.environ)
}

// view is what is known of the environ of the stage, unless another goroutine may be changing that: a stage within runs
// still, or the stage was given up. t.mu is held.
func (t *trace) view(p *pass) *environView {
	if t.over || p.isGivenUp() {
		return nil
	}
	for _, other := range t.passes[p.index:] {
		if other.since != 0 && !other.away && sameMap(other.environ, p.environ) {
			return nil
		}
	}
	for _, v := range t.views {
		if sameMap(v.environ, p.environ) {
			return v
		}
	}
	return nil
}

// isGivenUp says that the pass, or one around it, is over, and what runs still is nobody's concern. t.mu is held.
func (p *pass) isGivenUp() bool {
	for ; p != nil; p = p.within {
		if p.spent {
			return true
		}
	}
	return false
}

func (t *trace) changed(p *pass, c *event.EnvironChange, inner bool) bool {
	if c == nil {
		return false
	}
	c.Inner = inner
	t.add(event.EnvironChanged, p, c, len(c.Set)+64*len(c.Objects))
	return true
}
