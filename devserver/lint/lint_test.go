package lint_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/lint"
	"github.com/snifter-dev/snifter/devserver/python"
)

func TestRulesAreWellFormed(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`)
	section := regexp.MustCompile(`^(PEP 3333|RFC \d{4}): .+[^.]$`)
	seen := map[string]bool{}
	for _, r := range lint.Rules() {
		if !name.MatchString(r.Name) || seen[r.Name] {
			t.Errorf("%q is no name, or there twice", r.Name)
		}
		seen[r.Name] = true
		if !strings.HasSuffix(r.Sentence, ".") || len(r.Sentence) > 140 {
			t.Errorf("%s: %q is no short sentence", r.Name, r.Sentence)
		}
		if !section.MatchString(r.PEP) {
			t.Errorf("%s: %q is no section", r.Name, r.PEP)
		}
		if r.Severity != lint.Error && r.Severity != lint.Warning {
			t.Errorf("%s: severity %q", r.Name, r.Severity)
		}
		if found, ok := lint.Find(r.Name); !ok || found != r {
			t.Errorf("%s is not found", r.Name)
		}
	}
	if _, ok := lint.Find("no-such-rule"); ok {
		t.Error("a rule was found that is none")
	}
}

// The Python worker's list has the same rules, but for those that only others find.
func TestPythonAgrees(t *testing.T) {
	interpreter, err := python.FindInterpreter(context.Background(), python.InterpreterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(interpreter.Path, "-B", "-c", "import json; from _snifter.findings import RULES; print(json.dumps(RULES))")
	cmd.Dir = filepath.Join("..", "python", "bridge")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, r := range lint.Rules() {
		want[r.Name] = r.PEP
	}
	for _, others := range []string{"request-body-broken", "response-head"} {
		delete(want, others)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("devserver/lint and findings.py (-Go +Python):\n%s", diff)
	}
}

// Whatever is told as a rule, in Go or in Python, is in the table.
func TestAllThatIsToldIsInTheTable(t *testing.T) {
	told := regexp.MustCompile(`(?:\b(?:lint|lint_running|tell|tell_taker|Breach|find|bad)\(\s*|\btell_of\(\w+, |finding\{|Rule: |rule := |"rule": |yield )"([a-z]+(?:-[a-z]+)+)"` +
		`|\{Err\w+, "([a-z-]+)"|\(\w+, "([a-z]+-method)", "`)
	names := map[string]string{}
	for _, dir := range []string{"..", filepath.Join("..", "python", "bridge", "_snifter")} {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") ||
				!strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".py") || strings.Contains(path, "testdata") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range told.FindAllStringSubmatch(string(text), -1) {
				names[m[1]+m[2]+m[3]] = path
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(names) < 40 {
		t.Errorf("only %d names were found: %v", len(names), names)
	}
	for name, path := range names {
		if _, ok := lint.Find(name); !ok {
			t.Errorf("%s tells of %s, which is not in the table", path, name)
		}
	}
	for _, r := range lint.Rules() {
		if names[r.Name] == "" && !strings.HasPrefix(r.Name, "environ-") {
			t.Errorf("nobody tells of %s", r.Name)
		}
	}
}
