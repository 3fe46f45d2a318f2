// Package stages_test looks for the stages of real stacks: five frameworks with the middlewares that are used with
// them, and what requests make of these.
package stages_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/python"
	"github.com/snifter-dev/snifter/devserver/worker"
	"github.com/snifter-dev/snifter/examples/internal/venv"
)

// stacks are the applications of testdata, with the URLs that the second search asks for.
var stacks = map[string][]string{
	"flask_stack":   {"/", "/page", "/notes/", "/called/name", "/none", "/api/version"},
	"django_stack":  {"/", "/kept", "/page", "/asynchronous", "/none"},
	"pyramid_stack": {"/", "/leaf", "/page", "/object"},
	"bottle_stack":  {"/", "/pages/a/b", "/inner/page", "/plain/"},
	"merged_stack":  {"/", "/merged", "/branches/branch", "/branches/leaves/leaf", "/again/branch"},
	"falcon_stack":  {"/", "/short", "/fails", "/files/a", "/static/file.txt"},
	"made_stack":    {"/flask", "/other", "/pyramid", "/bottle", "/falcon"},
}

// TestStages compares the trees that are found, without a request and with some, to those that the stacks were built as.
func TestStages(t *testing.T) {
	interpreter := venv.Python(t, "requirements.txt")
	for stack, urls := range stacks {
		t.Run(stack, func(t *testing.T) {
			for suffix, urls := range map[string][]string{"": nil, "-asked": urls} {
				want, err := os.ReadFile(filepath.Join("testdata", stack+suffix+".txt"))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), tree(t, interpreter, stack, urls)); diff != "" {
					t.Errorf("asked for %q (-want +got):\n%s", urls, diff)
				}
			}
		})
	}
}

// tree is what is found of a stack: a stage a line, indented, with its kind and role.
func tree(t *testing.T, interpreter, stack string, urls []string) string {
	t.Helper()
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	p, err := worker.NewPython(worker.PythonSpec{
		Command: []string{interpreter}, Dir: dir, Env: append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore"),
		Plan:   python.Plan{Kind: python.KindModule, Module: stack, Attr: "application", Dir: dir, SysPath: []string{dir}},
		Stages: &worker.StageSearch{URLs: urls},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	w, err := p.Start(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ready := w.Ready()
	w.Stop()
	<-w.Done()
	for _, note := range ready.StageNotes {
		if strings.Contains(note, "could not") || strings.Contains(note, "Error") {
			t.Error(note)
		}
	}
	var b strings.Builder
	depth := map[int64]int{0: -1}
	for _, s := range ready.Stages {
		depth[s.Index] = depth[s.Within] + 1
		b.WriteString(strings.TrimRight(strings.Repeat("  ", depth[s.Index])+s.Name+" "+s.Kind+" "+s.Role, " ") + "\n")
		if text, err := os.ReadFile(s.File); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		} else if lines := bytes.Count(text, []byte("\n")); s.Line < 1 || int(s.Line) > lines+1 {
			t.Errorf("%s stands at line %d of %d", s.Name, s.Line, lines)
		}
	}
	return b.String()
}

// TestFalconIsCompiled sees to it that the stacks with Falcon are those of what Cython has made, which has no code to swap.
func TestFalconIsCompiled(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), venv.Python(t, "requirements.txt"), "-c",
		"import falcon; print(type(falcon.App.__call__).__name__)")
	out, err := cmd.Output()
	if got := strings.TrimSpace(string(out)); err != nil || got != "cython_function_or_method" {
		t.Errorf("falcon.App.__call__ is a %q, %v", got, err)
	}
}

// TestSame has every stack answer with its stages traced and without, and under the checks of wsgiref and webtest.
func TestSame(t *testing.T) {
	interpreter := venv.Python(t, "requirements.txt")
	bridge, err := filepath.Abs(filepath.Join("..", "..", "devserver", "python", "bridge"))
	if err != nil {
		t.Fatal(err)
	}
	for stack := range stacks {
		t.Run(stack, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), interpreter, "-B", filepath.Join("testdata", "same.py"), bridge, stack)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestGoStages has a Go program tell of the stack that it built.
func TestGoStages(t *testing.T) {
	program := filepath.Join(t.TempDir(), "middleware")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../go/middleware")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w, err := worker.Start(t.Context(), worker.Spec{Argv: []string{program}, Env: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	ready := w.Ready()
	w.Stop()
	<-w.Done()
	var got []string
	for i, s := range ready.Stages {
		got = append(got, s.Name)
		if int(s.Index) != i+1 || int(s.Within) != i || filepath.Base(s.File) != "main.go" || s.Line == 0 {
			t.Errorf("%+v", s)
		}
	}
	want := []string{"main.Logging", "main.RequireUser", "main.Shout", "main.greet"}
	if diff := cmp.Diff(want, got); diff != "" || len(ready.StageNotes) > 0 {
		t.Errorf("%s%q", diff, ready.StageNotes)
	}
}
