package wsgi

import "github.com/snifter-dev/snifter/devserver/event"

// look compares the environ that a stage is given with that of the stage around it, which is to blame for what is
// different, and says whether it is another one. t.mu is held.
func (t *trace) look(p *pass) (copied bool) {
	if p.within == nil {
		t.views = append(t.views, viewOf(p.environ))
		return false
	}
	if t.compareOwn(p.within) && sameMap(p.environ, p.within.environ) {
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
	t.copied = true
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

// compareOwn tells what the stage did to its environ since the environ was looked at last. It says whether there was anything.
// t.mu is held.
func (t *trace) compareOwn(p *pass) bool {
	v := t.view(p)
	return v != nil && t.changed(p, v.changes(), false)
}

// compare is compareOwn for the copies, too, that the stage has given to those within. t.mu is held.
func (t *trace) compare(p *pass) {
	t.compareOwn(p)
	if !t.copied {
		return
	}
	for _, inner := range t.passes[p.index:] {
		if v := t.given(inner, p); v != nil {
			if c := v.changes(); c != nil {
				c.Of = inner.index
				t.changed(p, c, false)
			}
		}
	}
}

// given is what is known of the environ of a stage that is a copy of that of this one, which has called it; nil for another,
// and as long as it runs. t.mu is held.
func (t *trace) given(inner, p *pass) *environView {
	if inner.within != p || sameMap(inner.environ, p.environ) || inner.since != 0 && !inner.away {
		return nil
	}
	return t.view(inner)
}

// compareAround is compare for the stage around that ranges over the body of this one. t.mu is held.
func (t *trace) compareAround(p, around *pass) {
	if around != nil && !p.isGivenUp() {
		t.compare(around)
	}
}

// manyLooks is how often the environs of a request are looked at as a whole at its blocks. Later blocks may be many, and all
// that is looked for there is another number of keys.
const manyLooks = 64

// isChanged says that the environ of a stage that gives or has got a block, or a copy that it has given to one within, is
// another than when it was looked at. t.mu is held.
func (t *trace) isChanged(p *pass) bool {
	if t.differs(t.view(p)) {
		return true
	}
	if t.copied {
		for _, inner := range t.passes[p.index:] {
			if t.differs(t.given(inner, p)) {
				return true
			}
		}
	}
	return false
}

// differs says whether an environ is another than when it was looked at. t.mu is held.
func (t *trace) differs(v *environView) bool {
	if v == nil || len(v.seen) != len(v.environ) {
		return v != nil
	}
	if t.looks == manyLooks {
		return false
	}
	t.looks++
	return sumOf(v.environ) != v.sum
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
