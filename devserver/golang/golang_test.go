package golang_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/snifter-dev/snifter/devserver/golang"
)

// unpack writes a tree of files and returns its folder, as the go command would name it.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Small programs, which import nothing, so that they build fast.
const site = `
-- go.mod --
module example.com/site

go 1.22
-- cmd/site/main.go --
package main

import "example.com/site/greet"

func main() { print(greet.Text) }
-- greet/greet.go --
package greet

const Text = "hello"
-- alone/alone.go --
//go:build ignore

package main

func main() { print("alone") }
`

func TestBuild(t *testing.T) {
	dir := unpack(t, site)
	for _, tt := range []struct{ dir, pkg, says, packageDir string }{
		{dir, "./cmd/site", "hello", "cmd/site"},
		{dir, "cmd/site", "hello", "cmd/site"},
		{dir, "cmd/site/main.go", "hello", "cmd/site"},
		{dir, "alone/alone.go", "alone", "alone"},
		{dir, "", "hello", "cmd/site"}, // the module's only command
		{dir, "example.com/site/cmd/site", "hello", ""},
		{filepath.Join(dir, "cmd", "site"), "", "hello", "cmd/site"},
	} {
		t.Run(tt.pkg, func(t *testing.T) {
			bin, err := golang.Build(context.Background(), golang.Options{Dir: tt.dir, Package: tt.pkg})
			if err != nil {
				t.Fatal(err)
			}
			said, err := exec.Command(bin.Path).CombinedOutput()
			if err != nil || string(said) != tt.says {
				t.Errorf("the program said %q, %v", said, err)
			}
			want := ""
			if tt.packageDir != "" {
				want = filepath.Join(dir, filepath.FromSlash(tt.packageDir))
			}
			if bin.PackageDir != want || bin.ModuleRoot != dir || bin.Took <= 0 {
				t.Errorf("got %+v", bin)
			}
			if fi, err := os.Stat(filepath.Dir(bin.Path)); err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != 0o700 {
				t.Errorf("the program's folder: %v, %v", fi, err)
			}
			if err := bin.Remove(); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(filepath.Dir(bin.Path)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("something is left: %v", err)
			}
		})
	}
}

func TestNothingToBuild(t *testing.T) {
	dir := unpack(t, site+`
-- two/go.mod --
module example.com/two
-- two/cmd/a/a.go --
package main
-- two/cmd/b/b.go --
package main
-- empty/notes.txt --
nothing
`)
	for _, tt := range []struct {
		pkg  string
		err  error
		text string
	}{
		{"greet", golang.ErrNotMain, "package greet"},
		{"greet/greet.go", golang.ErrNotMain, "package greet"},
		{"example.com/site/greet", golang.ErrNotMain, "example.com/site/greet"},
		{"two", golang.ErrNotMain, "name one of ./cmd/a, ./cmd/b"},
		{"empty", golang.ErrNoPackage, "no Go files"},
		{"./nowhere", golang.ErrNoPackage, "nowhere"},
		{"empty/notes.txt", golang.ErrNoPackage, "notes.txt"},
	} {
		out := t.TempDir()
		_, err := golang.Build(context.Background(), golang.Options{Dir: dir, Package: tt.pkg, Output: out})
		if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v", tt.pkg, err)
		}
		if left, _ := os.ReadDir(out); len(left) > 0 {
			t.Errorf("%s: %v is left", tt.pkg, left)
		}
	}
	_, err := golang.Build(context.Background(), golang.Options{Dir: dir, Env: []string{"PATH=" + dir}})
	if !errors.Is(err, golang.ErrNoGo) {
		t.Errorf("without go: %v", err)
	}
}

func TestCompileError(t *testing.T) {
	for _, tt := range []struct {
		name, archive string
		want          []golang.Position
		output        string
	}{
		{"types, in two files of the package", `
-- go.mod --
module example.com/x
-- main.go --
package main

func main() {
	println(nobody)
	var unused int
}
-- other.go --
package main

func other() int { return "text" }
`, []golang.Position{
			{File: "main.go", Line: 4, Column: 10, Message: "undefined: nobody", Source: "println(nobody)", ContextFrom: 1,
				Context: []string{"package main", "", "func main() {", "\tprintln(nobody)", "\tvar unused int", "}"}},
			{File: "main.go", Line: 5, Column: 6, Message: "declared and not used: unused", Source: "var unused int", ContextFrom: 1,
				Context: []string{"package main", "", "func main() {", "\tprintln(nobody)", "\tvar unused int", "}"}},
			{File: "other.go", Line: 3, Column: 27,
				Message: `cannot use "text" (untyped string constant) as int value in return statement`,
				Source:  `func other() int { return "text" }`, ContextFrom: 1,
				Context: []string{"package main", "", `func other() int { return "text" }`}},
		}, ""},
		{"syntax", `
-- go.mod --
module example.com/x
-- main.go --
package main

func main() {
	if {
}
`, []golang.Position{
			{File: "main.go", Line: 4, Column: 5, Message: "syntax error: missing condition in if statement", Source: "if {",
				ContextFrom: 1, Context: []string{"package main", "", "func main() {", "\tif {", "}"}},
		}, ""},
		{"a package that is not there", `
-- go.mod --
module example.com/x
-- main.go --
package main

import _ "example.com/x/missing"

func main() {}
`, []golang.Position{{
			File: "main.go", Line: 3, Column: 8, Source: `import _ "example.com/x/missing"`, ContextFrom: 1,
			Context: []string{"package main", "", `import _ "example.com/x/missing"`, "", "func main() {}"},
		}}, "example.com/x/missing"},
		{"no module", `
-- go.mod --
modul example.com/x
-- main.go --
package main

func main() {}
`, []golang.Position{{
			File: "go.mod", Line: 1, Message: "unknown directive: modul", Source: "modul example.com/x", ContextFrom: 1,
			Context: []string{"modul example.com/x"},
		}}, "go.mod"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := unpack(t, tt.archive)
			_, err := golang.Build(context.Background(), golang.Options{Dir: dir})
			var e *golang.CompileError
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			for i := range e.Positions {
				p := &e.Positions[i]
				rel, err := filepath.Rel(dir, p.File)
				if err != nil {
					t.Error(err)
				}
				p.File = filepath.ToSlash(rel)
				if i < len(tt.want) && tt.want[i].Message == "" {
					p.Message = "" // the go command's words, which change with its release
				}
			}
			if diff := cmp.Diff(tt.want, e.Positions); diff != "" {
				t.Errorf("%s\n%s", diff, e.Output)
			}
			if !strings.Contains(e.Output, tt.output) || !strings.Contains(e.Error(), dir) {
				t.Errorf("error %v, output %s", e, e.Output)
			}
		})
	}
}

func TestBuildIsCancelled(t *testing.T) {
	dir := unpack(t, site)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := golang.Build(ctx, golang.Options{Dir: dir}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestList(t *testing.T) {
	dir := unpack(t, `
-- site/go.mod --
module example.com/site

go 1.22

require example.com/lib v0.0.0

replace example.com/lib => ../lib
-- site/main.go --
package main

import (
	_ "embed"
	_ "fmt"

	"example.com/lib"
	"example.com/site/inner"
)

//go:embed page/index.html
var page string

func main() { print(lib.Text, inner.Text, page) }
-- site/plan9.go --
//go:build plan9

package main
-- site/main_test.go --
package main
-- site/page/index.html --
<p>
-- site/inner/inner.go --
package inner

const Text = broken
-- site/unused/unused.go --
package unused
-- lib/go.mod --
module example.com/lib
-- lib/lib.go --
package lib

const Text = "lib"
`)
	files, err := golang.List(context.Background(), golang.Options{Dir: filepath.Join(dir, "site")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files.Sources {
		rel, err := filepath.Rel(dir, f)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, filepath.ToSlash(rel))
	}
	want := []string{
		"lib/go.mod", "lib/lib.go", "site/go.mod", "site/inner/inner.go", "site/main.go", "site/page/index.html", "site/plan9.go",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := files.Check(); !errors.Is(err, golang.ErrNotServing) {
		t.Errorf("a program that does not serve: %v", err)
	}
	if !slices.Contains(files.Dirs, filepath.Join(dir, "site", "page")) {
		t.Errorf("folders: %v", files.Dirs)
	}
}

func TestListOfAnExample(t *testing.T) {
	files, err := golang.List(context.Background(), golang.Options{Dir: filepath.Join("..", ".."), Package: "./examples/go/hello"})
	if err != nil {
		t.Fatal(err)
	}
	if err := files.Check(); err != nil {
		t.Error(err)
	}
	for _, suffix := range []string{"examples/go/hello/main.go", "devserver/wsgi/serve.go", "go.mod"} {
		if !slices.ContainsFunc(files.Sources, func(f string) bool {
			return strings.HasSuffix(filepath.ToSlash(f), suffix)
		}) {
			t.Errorf("%s is not among %d files", suffix, len(files.Sources))
		}
	}
}

func FuzzCompileError(f *testing.F) {
	f.Add("# example.com/x\n./main.go:4:10: undefined: nobody\n\thave (int)\n\twant (string)\nmain.go:5: x\n")
	f.Add("go: errors parsing go.mod:\ngo.mod:1: unknown directive: modul\n")
	f.Add("main.go:99999999999999999999:1: huge\n\n\t\n:1:1: a\n")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, output string) {
		e := golang.ParseOutput(dir, output)
		if e.Output != output || e.Error() == "" {
			t.Fatal("the output is lost")
		}
		for _, p := range e.Positions {
			if p.Message == "" || !filepath.IsAbs(p.File) {
				t.Fatalf("position %+v", p)
			}
		}
	})
}

func BenchmarkBuildAfterSave(b *testing.B) {
	dir := b.TempDir()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		b.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(root, "examples", "go", "hello", "main.go"))
	if err != nil {
		b.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	write("go.mod", "module example.com/hello\n\ngo 1.26.0\n\nrequire github.com/snifter-dev/snifter v0.0.0\n\n"+
		"replace github.com/snifter-dev/snifter => "+root+"\n")
	for i := 0; b.Loop(); i++ {
		write("main.go", strings.Replace(string(source), "Hello", "Hello "+strings.Repeat("x", i+1), 1))
		bin, err := golang.Build(context.Background(), golang.Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		if err := bin.Remove(); err != nil {
			b.Fatal(err)
		}
	}
}
