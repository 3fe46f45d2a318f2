package examples_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
)

// A framework that catches what a view raises, logs it and answers a page of its own hides nothing: the exception is
// in the record, where it rose, and is found by ~e.
func TestHandledByTheFramework(t *testing.T) {
	t.Parallel()
	for name, target := range map[string]string{"flask_app": "/broken", "django_project": "/broken/"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, program := framework(t, name)
			capture := filepath.Join(t.TempDir(), "capture.db")
			s := snifter.Start(t, dir, []string{"--python", program, "--capture", capture})
			c := s.Client()
			for nth := 1; nth <= 2; nth++ {
				if a := c.Get(target); a.Status != 500 || strings.Contains(a.Body, "The application failed") {
					t.Errorf("%s: status %d, want the framework's own page\n%s", target, a.Status, a.Body)
				}
				isHandled(t, s.Show(target, nth))
			}
			c.Get("/")
			if x := s.Show("/", 1); x.Raised != nil {
				t.Errorf("a good request is said to have raised %+v", x.Raised)
			}
			rows := snifter.Lines(t, dir, 0, "ls", "--json", "--capture", capture, "~e")
			if len(rows) != 2 {
				t.Fatalf("~e finds %v, want the two that failed", rows)
			}
			for _, row := range rows {
				if row["exception"] != "ZeroDivisionError" || row["target"] != target {
					t.Errorf("listed as %v", row)
				}
			}
			text := snifter.Run(t, dir, []string{"show", "--capture", capture, fmt.Sprint(rows[0]["id"])}).Stdout
			for _, part := range []string{"exception, handled by the application", "ZeroDivisionError: division by zero", "views.py"} {
				if !strings.Contains(text, part) {
					t.Errorf("show does not say %q\n%s", part, text)
				}
			}
		})
	}
}

func isHandled(t *testing.T, x *snifter.Exchange) {
	t.Helper()
	r := x.Raised
	if r == nil || !r.Handled || r.Where != "call" || r.Type != "ZeroDivisionError" || len(r.Frames) == 0 {
		t.Fatalf("recorded: %+v", r)
	}
	if last := r.Frames[len(r.Frames)-1]; filepath.Base(last.File) != "views.py" || last.Line == 0 || last.Source == "" {
		t.Errorf("the last frame is %+v", last)
	}
	if !strings.Contains(x.Said(), "ZeroDivisionError") {
		t.Errorf("what was written beside the answer is %q, want it as it would be without", x.Said())
	}
}
