package near_test

import (
	"slices"
	"testing"

	"github.com/snifter-dev/snifter/tui/near"
)

func TestWords(t *testing.T) {
	known := []string{"run", "open", "ls", "show", "diff", "replay", "demo"}
	for word, want := range map[string][]string{
		"shwo": {"show"}, "rn": {"run"}, "reply": {"replay"}, "rep": {"replay"}, "zzzz": nil,
	} {
		if got := near.Words(word, known); len(got) == 0 && len(want) == 0 {
			continue
		} else if len(got) == 0 || len(want) == 0 || got[0] != want[0] {
			t.Errorf("%s: %v", word, got)
		}
	}
}

// A stage is meant by its whole name or by what follows one of its dots.
func TestStages(t *testing.T) {
	names := []string{"app.Auth", "app.Session", "lib.Session", "app.locale.<locals>.Stage"}
	for pattern, want := range map[string][]string{
		"Auht": {"app.Auth"}, "app.auth": {"app.Auth"}, "Sesion": {"app.Session", "lib.Session"}, "nobody": nil,
		"loc": {"app.locale.<locals>.Stage"},
	} {
		if got := near.Stages(pattern, names); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}

func TestHint(t *testing.T) {
	names := []string{"app.Auth", "app.Session", "lib.Session"}
	for pattern, want := range map[string]string{
		"Auht": ": did you mean app.Auth?", "Sesion": ": did you mean app.Session or lib.Session?", "nobody": "",
	} {
		if got := near.Hint(pattern, names); got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}
