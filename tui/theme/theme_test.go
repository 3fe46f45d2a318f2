package theme_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
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

// TestFewColours holds that what is told by a colour is told apart where there are but 256, or 16.
func TestFewColours(t *testing.T) {
	const on = 1 // the selected row
	for _, name := range theme.Names() {
		for _, profile := range []termenv.Profile{termenv.TrueColor, termenv.ANSI256, termenv.ANSI} {
			th, err := theme.New(name, profile)
			if err != nil {
				t.Fatal(err)
			}
			var fore, back [theme.Notice + 1][2]string
			for ink := theme.Plain; ink <= theme.Notice; ink++ {
				for i, selected := range []bool{false, true} {
					painted := th.PaintOn(selected, ink, safe.Of("x"))
					fore[ink][i], back[ink][i] = colours(painted)
					if fore[ink][i] == back[ink][i] {
						t.Errorf("%s, %v: ink %d is drawn as %q", name, profile, ink, painted)
					}
				}
			}
			for what, of := range map[string][]string{
				"bars":     {back[theme.Header][0], back[theme.Alarm][0], back[theme.Notice][0], back[theme.Plain][on]},
				"outcomes": {fore[theme.Good][0], fore[theme.Info][0], fore[theme.Warn][0], fore[theme.Bad][0]},
			} {
				slices.Sort(of)
				if len(slices.Compact(of)) < 4 {
					t.Errorf("%s, %v: of the %s two are of one colour: %q", name, profile, what, of)
				}
			}
			for _, red := range []string{"1", "9", "52", "88", "124"} {
				if back[theme.Header][0] == red || back[theme.Plain][on] == red {
					t.Errorf("%s, %v: the header or the selected row is as red as an alarm", name, profile)
				}
			}
		}
	}
}

// colours are those of a painted text, by their numbers.
func colours(painted string) (fore, back string) {
	codes, _, _ := strings.Cut(strings.TrimPrefix(painted, "\x1b["), "m")
	for p := strings.Split(codes, ";"); len(p) > 0; {
		n, _ := strconv.Atoi(p[0])
		of, number, taken := &fore, "", 1
		switch {
		case (n == 38 || n == 48) && p[1] == "5":
			number, taken = p[2], 3
		case n == 38 || n == 48:
			number, taken = strings.Join(p[2:5], ";"), 5
		case n >= 100:
			number = strconv.Itoa(n - 100 + 8)
		case n >= 90:
			number = strconv.Itoa(n - 90 + 8)
		case n >= 30:
			number = strconv.Itoa(n % 10)
		}
		if n/10 == 4 || n >= 100 {
			of = &back
		}
		if number != "" {
			*of = number
		}
		p = p[taken:]
	}
	return fore, back
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
