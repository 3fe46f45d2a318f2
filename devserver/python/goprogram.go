package python

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// wsgiPackage is what a Go application imports to be served.
const wsgiPackage = "github.com/snifter-dev/snifter/devserver/wsgi"

// goMain says that a folder holds a Go main package, and that it imports the Go rendering of WSGI.
func goMain(dir string) (isMain, speaks bool) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, false
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, entry.Name()), nil, parser.ImportsOnly)
		if file == nil || err != nil && file.Name == nil {
			continue
		}
		isMain = isMain || file.Name.Name == "main"
		for _, spec := range file.Imports {
			speaks = speaks || strings.Trim(spec.Path.Value, `"`) == wsgiPackage
		}
	}
	return isMain, speaks
}

// goPackage plans to build a Go package that was named.
func (f *finder) goPackage(dir, why string) (Found, error) {
	if isMain, _ := goMain(dir); !isMain {
		return Found{}, f.missing(f.show(dir)+" holds no Go main package", typeThis)
	}
	return f.goPlan(dir, orElse(why, "a Go main package")), nil
}

func (f *finder) goPlan(dir, why string) Found {
	project := dir
	if mod := upward(dir, "go.mod"); mod != "" {
		project = filepath.Dir(mod)
	}
	return Found{
		Plan:        Plan{Kind: KindGo, Package: dir, Dir: project},
		Description: "the Go program " + f.show(dir), Why: why,
	}
}

// goProgram finds a Go main package: here, or one in cmd. One that imports the Go rendering of WSGI comes first.
func (f *finder) goProgram() (Found, bool) {
	if isMain, _ := goMain(f.dir); isMain {
		return f.goPlan(f.dir, "a Go main package"), true
	}
	if !isFile(filepath.Join(f.dir, "go.mod")) {
		f.failed("go.mod", "not there")
		return Found{}, false
	}
	var ours, others []string
	for _, name := range subfolders(filepath.Join(f.dir, "cmd")) {
		dir := filepath.Join(f.dir, "cmd", name)
		switch isMain, speaks := goMain(dir); {
		case isMain && speaks:
			ours = append(ours, dir)
		case isMain:
			others = append(others, dir)
		}
	}
	all := append(ours, others...)
	if len(all) == 0 {
		f.failed("go.mod", "it is here, and no main package is, nor in cmd")
		return Found{}, false
	}
	found := f.goPlan(all[0], "a Go main package in cmd")
	for _, dir := range all[1:] {
		found.Others = append(found.Others, "./"+f.show(dir))
	}
	return found, true
}
