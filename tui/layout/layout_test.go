package layout_test

import (
	"testing"

	"github.com/snifter-dev/snifter/tui/layout"
)

// TestCovers holds, for every size and state, that each cell of the screen belongs to just one part.
func TestCovers(t *testing.T) {
	for w := 10; w <= 220; w += 7 {
		for h := 3; h <= 70; h++ {
			for bits := range 16 {
				for prompt := range 4 {
					s := layout.State{Detail: bits&1 > 0, Zoom: bits&2 > 0, Banner: bits&4 > 0, Output: bits&8 > 0, Foot: prompt}
					covers(t, w, h, s)
				}
			}
		}
	}
}

func covers(t *testing.T, w, h int, s layout.State) {
	t.Helper()
	l := layout.Divide(w, h, s)
	if l.TooSmall {
		if w >= layout.MinWidth && h >= layout.MinHeight {
			t.Fatalf("%dx%d %+v: too small", w, h, s)
		}
		return
	}
	area := 0
	parts := []layout.Rect{l.Header, l.Banner, l.List, l.Detail, l.Output, l.Divider, l.OutputRule, l.Footer}
	for i, p := range parts {
		if p.Empty() {
			continue
		}
		if p.X < 0 || p.Y < 0 || p.X+p.W > w || p.Y+p.H > h {
			t.Fatalf("%dx%d %+v: part %d leaves the screen: %+v", w, h, s, i, p)
		}
		area += p.W * p.H
		for j, q := range parts[:i] {
			if !q.Empty() && p.X < q.X+q.W && q.X < p.X+p.W && p.Y < q.Y+q.H && q.Y < p.Y+p.H {
				t.Fatalf("%dx%d %+v: parts %d and %d overlap: %+v %+v", w, h, s, j, i, q, p)
			}
		}
	}
	if area != w*h {
		t.Fatalf("%dx%d %+v: %d of %d cells are covered: %+v", w, h, s, area, w*h, l)
	}
}

func TestArrangement(t *testing.T) {
	for _, c := range []struct {
		w, h int
		want layout.Arrangement
	}{
		{80, 24, layout.One}, {120, 40, layout.Beside}, {40, 12, layout.One}, {80, 50, layout.Above}, {110, 12, layout.Beside},
	} {
		if got := layout.Divide(c.w, c.h, layout.State{}).Arrangement; got != c.want {
			t.Errorf("%dx%d: %v, want %v", c.w, c.h, got, c.want)
		}
	}
}
