package detail

import (
	"testing"

	"github.com/snifter-dev/snifter/tui/doc"
)

func TestDoneByHand(t *testing.T) {
	for edited, want := range map[string]string{
		"environ REMOTE_USER":   "environ REMOTE_USER was changed by hand",
		"status":                "status was changed by hand",
		"respond 403 Forbidden": "answered by hand: 403 Forbidden",
		"raise ValueError: no":  "raised by hand: ValueError: no",
	} {
		if got := doneByHand(edited); got != want {
			t.Errorf("%s: %q, want %q", edited, got, want)
		}
	}
}

func TestStatusChange(t *testing.T) {
	for _, c := range []struct {
		change *[2]string
		want   string
	}{
		{nil, ""}, {&[2]string{"", "200 OK"}, "+ status  200 OK"}, {&[2]string{"200 OK", "404 No"}, "~ status  200 OK → 404 No"},
	} {
		var d doc.Doc
		addStatusChange(&d, c.change)
		got := ""
		for _, line := range d.Lines {
			for _, span := range line.Spans {
				got += span.Text.String()
			}
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.change, got, c.want)
		}
	}
}
