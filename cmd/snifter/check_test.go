package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/snifter-dev/snifter/devserver/lint"
)

// TestFaults has each stack of testdata/check/python checked, and compares what is found with what that says: which rule is
// told of, and whom it is blamed on.
func TestFaults(t *testing.T) {
	t.Parallel()
	dir, want := faults(t)
	args := []string{"check", "app.py", "--json"}
	for path := range want {
		args = append(args, "--url", "/"+path)
	}
	var out, messages bytes.Buffer
	std := stdio{out: &out, err: &messages, dir: dir, environ: append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")}
	if code := run(t.Context(), args, std); code != exitDifferent {
		t.Fatalf("exit code %d\n%s", code, &messages)
	}
	got := map[string][]string{}
	for line := range strings.Lines(out.String()) {
		var f checkFinding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		rule, known := lint.Find(f.Rule)
		if !known || f.Severity != rule.Severity || f.Message == "" || f.Line == 0 || filepath.Dir(f.File) != dir || f.Stage < 1 {
			t.Errorf("%+v", f)
		}
		seen := map[string]bool{}
		for _, request := range f.Requests {
			if path := strings.TrimPrefix(strings.Fields(request)[1], "/"); !seen[path] {
				seen[path] = true
				got[path] = append(got[path], f.Rule+" "+strings.TrimPrefix(f.Name, "places."))
			}
		}
	}
	compareFaults(t, want, got)
	if strings.Contains(messages.String(), "tracing failed") {
		t.Error(messages.String())
	}
}

// TestFaultsServed is TestFaults for an application that is served.
func TestFaultsServed(t *testing.T) {
	t.Parallel()
	dir, want := faults(t)
	std := stdio{out: io.Discard, err: io.Discard, dir: dir, environ: append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")}
	o := newServeOptions()
	app, err := o.find(t.Context(), dir, "app.py", std)
	if err != nil {
		t.Fatal(err)
	}
	s, err := o.startKept(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := s.built(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for path := range want {
		for _, p := range probes("", "/"+path, nil) {
			x, err := s.ask(t.Context(), p, checkTime)
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			for _, l := range x.Lint {
				found = append(found, l.Rule+" "+strings.TrimPrefix(x.Stages[l.Stage].Name, "places."))
			}
			for _, each := range found {
				if !slices.Contains(got[path], each) {
					got[path] = append(got[path], each)
				}
			}
			slices.Sort(found)
			if len(slices.Compact(found)) != len(x.Lint) {
				t.Errorf("%s: told twice: %+v", p.name, x.Lint)
			}
		}
		if strings.HasPrefix(path, "input-read-by-name") {
			want[path] = nil // it is only seen by check
		}
	}
	compareFaults(t, want, got)
}

// faults are a folder with the stacks, and what is to be found by path.
func faults(t *testing.T) (dir string, want map[string][]string) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "check", "python"))); err != nil {
		t.Fatal(err)
	}
	told := exec.Command("python3", "-B", "app.py")
	told.Dir = dir
	out, err := told.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	return dir, want
}

func compareFaults(t *testing.T, want, got map[string][]string) {
	t.Helper()
	for path, rules := range want {
		slices.Sort(got[path])
		if diff := cmp.Diff(rules, got[path], cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// TestRulesInReadme holds the README's table to that of package lint.
func TestRulesInReadme(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	want.WriteString("| rule | what is asked | where |\n|---|---|---|\n")
	for _, r := range lint.Rules() {
		name := r.Name
		if r.Severity == lint.Warning {
			name += " *"
		}
		want.WriteString("| " + name + " | " + r.Sentence + " | " + r.PEP + " |\n")
	}
	if !strings.Contains(string(text), want.String()) {
		t.Errorf("the README lacks this, as it is now:\n%s", &want)
	}
}

// TestBrokenGoStack is TestFaults for a stack in Go.
func TestBrokenGoStack(t *testing.T) {
	var out, messages bytes.Buffer
	dir, err := filepath.Abs(filepath.Join("testdata", "check"))
	if err != nil {
		t.Fatal(err)
	}
	std := stdio{out: &out, err: &messages, dir: dir, environ: os.Environ()}
	if code := run(t.Context(), []string{"check", "./golang"}, std); code != exitDifferent {
		t.Fatalf("exit code %d\n%s", code, &messages)
	}
	for _, want := range []string{
		"\nmain.Naming  golang/main.go:33\n  warning header-name-odd: ", "main.Buffering  golang/main.go:15\n  error blocks-held-back: ",
		"\n1 error, 1 warning in 5 requests through 4 stages\n",
	} {
		if !strings.Contains("\n"+out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
}
