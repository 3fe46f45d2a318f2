package wsgi_test

import (
	"path/filepath"
	"testing"
)

// An application that no Stack was built of is one stage, and that more can't be known is said.
func TestStagesWithoutStack(t *testing.T) {
	p := dial(t, hello)
	p.mu.Lock()
	ready := p.ready
	p.mu.Unlock()
	if len(ready.Stages) != 1 || len(ready.StageNotes) != 1 {
		t.Fatalf("%+v, %q", ready.Stages, ready.StageNotes)
	}
	s := ready.Stages[0]
	if s.Index != 1 || s.Within != 0 || s.Name != "wsgi_test.hello" || s.Kind != "wsgi" || s.Line == 0 ||
		filepath.Ext(s.File) != ".go" {
		t.Errorf("%+v", s)
	}
}
