package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/lint"
)

// broken are the paths of testdata/check/broken.py, with what is found there, as "rule stage"; nothing for what breaks no
// rule.
var broken = map[string][]string{
	"good":    nil,
	"through": nil,
	"lazy":    nil,
	"patient": nil,

	"close-not-called": {"close-not-called forgetful"},
	"close-lost":       {"close-not-called Mapping"},
	"close-twice":      {"close-twice Twice"},
	"held-back":        {"blocks-held-back Buffering"},
	"paired":           {"blocks-held-back Pairing"},
	"after-close":      {"body-after-close closed_early"},
	"text":             {"block-not-bytes text"},
	"decoded":          {"block-not-bytes Decoding"},
	"none":             {"not-iterable none"},
	"string":           {"body-is-string string"},
	"tiny":             {"blocks-tiny tiny"},
	"too-long":         {"content-length-exceeded too_long"},
	"too-short":        {"content-length-short too_short"},
	"swollen":          {"content-length-exceeded Swelling"},
	"sized-wrongly":    {"content-length-exceeded Sizing"},
	"no-content":       {"body-not-allowed no_content"},
	"typed-nothing":    {"content-type-unexpected typed_nothing"},
	"untyped":          {"content-type-missing untyped"},
	"file":             {"file-wrapper-lost Opening"},
	"file-passed":      nil,

	"never":         {"start-response-not-called never"},
	"late":          {"start-response-late late"},
	"started-twice": {"start-response-twice started_twice"},
	"restarted":     {"close-not-called Restarting", "start-response-twice Restarting"},
	"keywords":      {"start-response-keywords keywords"},
	"foreign":       {"start-response-foreign foreign"},
	"exc-info":      {"exc-info-invalid exc_info"},
	"swallowed":     {"exc-info-swallowed swallowed"},
	"written":       {"write-used written"},
	"written-late":  {"write-in-body written_late", "write-used written_late"},

	"status":            {"status-invalid status"},
	"no-reason":         {"status-no-reason no_reason"},
	"interim":           {"status-invalid interim"},
	"header-bytes":      {"header-invalid header_bytes"},
	"header-status":     {"header-status Naming"},
	"header-underscore": {"header-name-odd Naming"},
	"header-space":      {"header-value-space Naming"},
	"header-control":    {"header-invalid Naming"},
	"hop-by-hop":        {"hop-by-hop-header Naming"},
	"header-late":       {"header-changed-late Adding"},

	"environ-type":      {"environ-not-text Changing"},
	"environ-bytes":     {"environ-not-text Changing"},
	"environ-unicode":   {"environ-not-text Changing"},
	"environ-missing":   {"environ-missing Changing"},
	"environ-query":     {"environ-query-string Changing"},
	"environ-path":      {"environ-path-info Changing"},
	"environ-script":    {"environ-script-name Changing"},
	"environ-content":   {"environ-content-key Changing"},
	"environ-length":    {"environ-content-length Changing"},
	"environ-method":    {"environ-method Changing"},
	"environ-scheme":    {"environ-url-scheme Changing"},
	"environ-version":   {"environ-version Changing"},
	"environ-flag":      {"environ-flag Changing"},
	"environ-input":     {"environ-input Changing"},
	"environ-errors":    {"environ-errors Changing"},
	"environ-extension": nil,
	"environ-copy":      {"environ-not-text Changing"},
	"environ-subclass":  {"environ-not-dict Changing"},
	"input-close":       {"input-method input_close"},
	"errors-close":      {"errors-method errors_close"},
	"errors-bytes":      {"errors-not-text errors_bytes"},
}

// outermost are the paths of testdata/check/outermost.py, all of them one stage.
var outermost = map[string][]string{
	"good":           nil,
	"four":           {"start-response-arguments app"},
	"named":          {"start-response-keywords app"},
	"exc-info-named": {"start-response-keywords app"},
	"space":          {"header-value-space app"},
	"field":          {"header-subclass app"},
	"late":           {"start-response-late app"},
	"restarted":      {"exc-info-swallowed app"},
	"stubborn":       {"yield-after-end app"},
	"map":            {"environ-not-dict app"},
	"methodless":     {"environ-missing app"},
	"inputless":      {"environ-missing app"},
	"foreign":        {"start-response-foreign app"},
	"close":          {"errors-method app", "input-method app"},
	"size":           {"input-method app"},
	"seek":           {"input-method app"},
	"string":         {"body-is-string app"},
	"tiny":           {"blocks-tiny app"},
	"written":        {"write-in-body app", "write-used app"},
}

// TestBrokenStacks has each stack of broken.py served and checked, and compares what is found and whom it is blamed on.
func TestBrokenStacks(t *testing.T) { testBroken(t, "broken", broken) }

// TestBrokenOutermost is TestBrokenStacks for what the outermost stage does.
func TestBrokenOutermost(t *testing.T) { testBroken(t, "outermost", outermost) }

func testBroken(t *testing.T, module string, broken map[string][]string) {
	source, err := os.ReadFile(filepath.Join("testdata", "check", module+".py"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, module+".py"), source, 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"check", module + ".py", "--json"}
	for path := range broken {
		args = append(args, "--url", "/"+path)
	}
	var out, messages bytes.Buffer
	std := stdio{out: &out, err: &messages, dir: dir, environ: append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")}
	if code := run(t.Context(), args, std); code != exitDifferent {
		t.Fatalf("exit code %d\n%s", code, &messages)
	}
	got := map[string][]string{}
	for path := range broken {
		got[path] = nil
	}
	for line := range strings.Lines(out.String()) {
		var f checkFinding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		rule, known := lint.Find(f.Rule)
		if !known || f.PEP != rule.PEP || f.Severity != rule.Severity || f.Message == "" || f.Line == 0 ||
			!strings.HasSuffix(f.File, module+".py") || f.Stage < 1 {
			t.Errorf("%+v", f)
		}
		what := f.Rule + " " + strings.TrimPrefix(f.Name, module+".")
		for _, request := range f.Requests {
			path := strings.TrimPrefix(strings.Fields(request)[1], "/")
			if !slices.Contains(got[path], what) {
				got[path] = append(got[path], what)
				slices.Sort(got[path])
			}
		}
	}
	if diff := cmp.Diff(broken, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if strings.Contains(messages.String(), "tracing failed") {
		t.Error(messages.String())
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

// TestBrokenGoStack is TestBrokenStacks for a stack in Go.
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
