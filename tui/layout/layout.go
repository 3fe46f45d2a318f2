// Package layout divides the screen: a pure function from its size and what is open to rectangles.
package layout

// Smallest is the size below which nothing but "too small" is shown.
const (
	MinWidth  = 40
	MinHeight = 10
)

// Rect is a part of the screen, in cells.
type Rect struct{ X, Y, W, H int }

// Empty says that the part is not shown.
func (r Rect) Empty() bool { return r.W <= 0 || r.H <= 0 }

// Holds says that a cell lies in it.
func (r Rect) Holds(x, y int) bool { return x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H }

// State is what the division depends on.
type State struct {
	// Main is the pane that takes the screen where there is room for one: the list unless Detail.
	Detail bool
	// Zoom gives the pane with the focus the whole screen.
	Zoom bool
	// Banner is a line of alarm below the header.
	Banner bool
	// Output shows the worker's output.
	Output bool
	// Foot is how many lines the footer takes, or the prompt in its place, where that is more than one.
	Foot int
}

// Arrangement says how list and detail stand to each other.
type Arrangement int

// The arrangements.
const (
	One    Arrangement = iota // one of the two
	Beside                    // side by side
	Above                     // the list above the detail
)

// Screen is the division.
type Screen struct {
	TooSmall                             bool
	Header, Banner, List, Detail, Output Rect
	Divider                              Rect // between list and detail
	OutputRule                           Rect // above the output
	Footer                               Rect
	Arrangement                          Arrangement
}

// Divide divides a screen.
func Divide(w, h int, s State) Screen {
	if w < MinWidth || h < MinHeight {
		return Screen{TooSmall: true}
	}
	var out Screen
	out.Header = Rect{0, 0, w, 1}
	top, bottom := 1, h-max(1, s.Foot)
	out.Footer = Rect{0, bottom, w, h - bottom}
	if s.Banner {
		out.Banner = Rect{0, top, w, 1}
		top++
	}
	if s.Output {
		lines := max(3, min((bottom-top)/3, 12))
		if bottom-top-lines-1 >= 4 {
			bottom -= lines + 1
			out.OutputRule = Rect{0, bottom, w, 1}
			out.Output = Rect{0, bottom + 1, w, lines}
		}
	}
	body := Rect{0, top, w, bottom - top}
	switch {
	case s.Zoom || body.H < 8:
		out.one(body, s)
	case w >= 110:
		out.Arrangement = Beside
		left := min(w/2, 120)
		out.List = Rect{0, top, left, body.H}
		out.Divider = Rect{left, top, 1, body.H}
		out.Detail = Rect{left + 1, top, w - left - 1, body.H}
	case body.H >= 30:
		out.Arrangement = Above
		upper := body.H * 2 / 5
		out.List = Rect{0, top, w, upper}
		out.Divider = Rect{0, top + upper, w, 1}
		out.Detail = Rect{0, top + upper + 1, w, body.H - upper - 1}
	default:
		out.one(body, s)
	}
	return out
}

func (s *Screen) one(body Rect, state State) {
	if state.Detail {
		s.Detail = body
	} else {
		s.List = body
	}
}
