package main_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/snifter-dev/snifter"

// mayImport says which packages of ours a package may import; an entry that ends in "/..." is for all below it. The
// first entry that fits counts, and a package that none fits is an error, so that a new one gets its place here.
//
// The direction is that of the data: from devserver by events to the recorder, from there to replay, control and the
// workbench, and only cmd joins them. marshal is a leaf that all of them read text and environs with.
var mayImport = []struct {
	pkg     string
	imports []string
}{
	{"cmd/snifter/demo/golang", []string{"devserver/wsgi"}},
	{"cmd/...", []string{"..."}},
	{"tui/...", []string{"tui/...", "devserver/control", "devserver/event", "devserver/marshal",
		"devserver/stepping", "recorder"}},
	{"recorder/...", []string{"recorder/...", "devserver/event", "devserver/filelock", "devserver/lint", "devserver/marshal",
		"devserver/stepping"}},
	{"replay/...", []string{"replay/...", "recorder", "devserver/event", "devserver/marshal", "devserver/stepping"}},
	{"devserver/control", []string{"devserver/event", "devserver/stepping", "recorder", "replay"}},
	{"devserver/event", []string{"devserver/marshal"}},
	{"devserver/filelock", nil},
	{"devserver/golang", nil},
	{"devserver/http1", nil},
	{"devserver/lint", nil},
	{"devserver/marshal", nil},
	{"devserver/python/...", []string{"devserver/python/...", "devserver/filelock"}},
	{"devserver/watch", nil},
	{"devserver/stepping", []string{"devserver/event", "devserver/marshal"}},
	{"devserver/wire", []string{"devserver/event", "devserver/marshal", "devserver/stepping"}},
	{"devserver/worker", []string{"devserver/event", "devserver/golang", "devserver/marshal", "devserver/python",
		"devserver/stepping", "devserver/wire"}},
	// The conformance suite drives whole servers, and is imported by tests alone.
	{"devserver/wsgi/wsgitest", []string{"devserver/...", "recorder"}},
	{"devserver/wsgi/...", []string{"devserver/wsgi/...", "devserver/event", "devserver/wire", "devserver/marshal",
		"devserver/stepping"}},
	{"devserver", []string{"devserver/event", "devserver/golang", "devserver/http1", "devserver/marshal",
		"devserver/python", "devserver/stepping", "devserver/watch", "devserver/wire", "devserver/worker", "devserver/wsgi"}},
	{"examples/go/...", []string{"devserver/wsgi"}},
	{"examples/...", []string{"..."}},
}

// charm are the packages of the terminal's screen, which the workbench alone knows.
var charm = []string{"github.com/charmbracelet/", "github.com/NimbleMarkets/ntcharts"}

type goPackage struct {
	ImportPath string
	Imports    []string
	CgoFiles   []string
	Error      *struct{ Err string }
}

func TestImports(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 10 {
		t.Fatalf("go list found only %d packages", len(packages))
	}
	for _, p := range packages {
		name := within(p.ImportPath)
		if p.Error != nil {
			t.Errorf("%s: %s", name, p.Error.Err)
		}
		if len(p.CgoFiles) > 0 {
			t.Errorf("%s uses cgo: %v", name, p.CgoFiles)
		}
		allowed, known := allowedImports(name)
		if !known {
			t.Errorf("%s has no place in the table of imports", name)
		}
		for _, path := range p.Imports {
			if strings.HasPrefix(path, module) && !fitsAny(allowed, within(path)) {
				t.Errorf("%s must not import %s", name, within(path))
			}
			for _, c := range charm {
				if strings.HasPrefix(path, c) && !fits("tui/...", name) {
					t.Errorf("%s must not import %s: the screen is tui's alone", name, path)
				}
			}
		}
	}
}

// listPackages lists the module's packages.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,CgoFiles,Error", module+"/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var packages []goPackage
	for d := json.NewDecoder(out); ; {
		var p goPackage
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return packages
}

func within(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
}

func allowedImports(name string) ([]string, bool) {
	for _, entry := range mayImport {
		if fits(entry.pkg, name) {
			return entry.imports, true
		}
	}
	return nil, false
}

func fitsAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, name) })
}

func fits(pattern, name string) bool {
	if pattern == "..." {
		return true
	}
	prefix, all := strings.CutSuffix(pattern, "/...")
	return name == prefix || all && strings.HasPrefix(name, prefix+"/")
}
