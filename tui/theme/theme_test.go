package theme_test

import (
	"regexp"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/snifter-dev/snifter/tui/safe"
	"github.com/snifter-dev/snifter/tui/theme"
)

var colour = regexp.MustCompile(`\x1b\[[0-9;]*(3|4|9|10)[0-9]`)

func TestThemes(t *testing.T) {
	for _, name := range theme.Names() {
		for _, profile := range []termenv.Profile{termenv.TrueColor, termenv.ANSI256, termenv.ANSI, termenv.Ascii} {
			th, err := theme.New(name, profile)
			if err != nil {
				t.Fatal(err)
			}
			colours := false
			for ink := theme.Plain; ink <= theme.Notice; ink++ {
				for _, on := range []bool{false, true} {
					got := th.PaintOn(on, ink, safe.Of("text"))
					if ansi.Strip(got) != "text" || ansi.StringWidth(got) != 4 {
						t.Errorf("%s: ink %d: %q", name, ink, got)
					}
					colours = colours || colour.MatchString(got)
				}
			}
			if colours == (profile == termenv.Ascii) {
				t.Errorf("%s: with profile %v there are colours: %v", name, profile, colours)
			}
		}
	}
	if _, err := theme.New("pink", termenv.TrueColor); err == nil {
		t.Error("a theme that is not there")
	}
}

// TestSelectedShowsWithoutColour holds that NO_COLOR keeps the selected row and alarms apart from the rest.
func TestSelectedShowsWithoutColour(t *testing.T) {
	th, err := theme.New("dark", termenv.Ascii)
	if err != nil {
		t.Fatal(err)
	}
	plain := th.Paint(theme.Plain, safe.Of("x"))
	if th.PaintOn(true, theme.Plain, safe.Of("x")) == plain || th.Paint(theme.Alarm, safe.Of("x")) == plain {
		t.Error("nothing tells them apart")
	}
}
