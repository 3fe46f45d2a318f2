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
	"github.com/snifter-dev/snifter/recorder"
)

// TestFaults has each stack of testdata/check/python served, asks for it as check does, and compares what is found with what
// that says: which rule is told of, once, and whom it is blamed on.
func TestFaults(t *testing.T) {
	t.Parallel()
	dir, want := faults(t)
	s := startChecked(t, dir)
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := s.built(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, rules := range want {
		var got []string
		for _, p := range probes("", "/"+path, nil) {
			x, err := s.ask(t.Context(), p, checkTime)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, findings(t, p, x, dir)...)
		}
		slices.Sort(got)
		if diff := cmp.Diff(rules, slices.Compact(got), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// startChecked serves app.py of a folder as check does; the caller closes it.
func startChecked(t *testing.T, dir string) *checked {
	t.Helper()
	std := stdio{out: io.Discard, err: io.Discard, dir: dir, environ: append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")}
	o := newServeOptions()
	app, err := o.find(t.Context(), dir, "app.py", std)
	if err != nil {
		t.Fatal(err)
	}
	s, err := o.startChecked(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	return s
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

// findings are what was found in an exchange, "rule stage", which has to be complete, and different.
func findings(t *testing.T, p probe, x *recorder.Exchange, dir string) []string {
	var found []string
	for _, l := range x.Lint {
		f := newCheckFinding(l, x.Stages)
		if f.sentence == "" || f.Message == "" || f.Line == 0 || filepath.Dir(f.File) != dir || f.Stage < 1 {
			t.Errorf("%s: %+v", p.name, f)
		}
		found = append(found, f.Rule+" "+strings.TrimPrefix(f.Name, "places."))
	}
	slices.Sort(found)
	if once := slices.Compact(slices.Clone(found)); len(once) != len(found) {
		t.Errorf("%s: told twice: %+v", p.name, x.Lint)
	}
	return found
}

// Requests of several URLs may take several ways, and a stage may be passed more than once.
func TestStagesOfAllRequests(t *testing.T) {
	var r checkReport
	for _, names := range [][]string{{"server", "a.app", "a.Gzip", "a.Gzip", "a.page"}, {"server", "a.app", "a.file"}, {"server", "a.app"}, {}} {
		x := &recorder.Exchange{}
		for _, name := range names {
			x.Stages = append(x.Stages, recorder.Stage{Name: name})
		}
		r.add(probe{name: "GET /"}, x, stdio{})
	}
	var out bytes.Buffer
	r.writeText(&out, stdio{})
	if want := "0 errors, 0 warnings in 4 requests through 5 stages\n"; out.String() != want {
		t.Errorf("%q, want %q", &out, want)
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

// An exception that the application has made an answer of is told of once, and is no finding; where that is no failure, it is
// how the application finds its answers.
func TestHandledExceptions(t *testing.T) {
	var r checkReport
	var messages bytes.Buffer
	for _, status := range []string{"500 Oh No", "404 Not Found", "500 Oh No"} {
		x := &recorder.Exchange{Exception: &recorder.Exception{Type: "KeyError", Message: "'a'\nb", Handled: true,
			Frames: []recorder.Frame{{File: "/code/app.py", Line: 1}, {File: "/code/lib/db.py", Line: 7}}}}
		x.Response.Status = status
		r.add(probe{name: "GET /"}, x, stdio{err: &messages, dir: "/code"})
	}
	if len(r.findings) > 0 {
		t.Errorf("%+v", r.findings[0])
	}
	want := "snifter: GET / was answered with 500 Oh No: KeyError: 'a', at " + filepath.Join("lib", "db.py") + ":7\n"
	if messages.String() != want {
		t.Errorf("%q, want %q", &messages, want)
	}
}
