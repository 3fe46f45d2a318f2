package doc

import "github.com/snifter-dev/snifter/tui/keys"

// Act scrolls up or down as a key asks for, and says whether the key is one that does.
func (p *Pager) Act(a keys.Action) bool {
	switch a {
	case keys.Up:
		p.Scroll(-1)
	case keys.Down:
		p.Scroll(1)
	case keys.PageUp:
		p.Page(-1)
	case keys.PageDown:
		p.Page(1)
	case keys.HalfUp:
		p.Page(-0.5)
	case keys.HalfDown:
		p.Page(0.5)
	case keys.Top:
		p.Top()
	case keys.Bottom:
		p.Bottom()
	default:
		return false
	}
	return true
}
