package detail

import (
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/theme"
)

// The name of a stage is cut rather than broken, where enough of it shows, and ends at the edge.
func TestBeside(t *testing.T) {
	name := doc.S(theme.Dim, "← 22 Tenant.process_exception")
	for _, c := range []struct {
		left  int
		right []doc.Span
		want  string
	}{
		{10, nil, ""},
		{10, []doc.Span{name}, strings.Repeat(" ", 11) + "← 22 Tenant.process_exception"},
		{19, []doc.Span{name}, "  ← 22 Tenant.process_exception"},
		{20, []doc.Span{name}, "  ← 22 Tenant.process_excepti…"},
		{36, []doc.Span{name}, "  ← 22 Tenant…"},
		{37, []doc.Span{name}, "  ← 22 Tenant.process_exception"},
		{20, []doc.Span{name, doc.S(theme.Dim, ", was x")}, "  ← 22 Tenant.process_exception, was x"},
	} {
		line := beside(doc.L(doc.S(theme.Plain, strings.Repeat("x", c.left))), c.right, 50)
		var got strings.Builder
		for _, s := range line.Spans[1:] {
			got.WriteString(s.Text.String())
		}
		if got.String() != c.want {
			t.Errorf("behind %d of 50 columns: %q, want %q", c.left, got.String(), c.want)
		}
	}
}
