package golang

import (
	"errors"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Target is a package that was found, without the go command: that takes a tenth of a second to say as much.
type Target struct {
	// Arg is what the go command is told: ".", a file's name, or an import path.
	Arg string
	// Dir is the package's folder, or "" where only the go command knows it.
	Dir string
	// Module is the folder of the go.mod that the package belongs to, or "".
	Module string
	// runDir is where the go command runs.
	runDir string
}

func (t *Target) name() string {
	if t.Dir == "" {
		return t.Arg
	}
	if t.Arg != "." {
		return filepath.Join(t.Dir, t.Arg)
	}
	return t.Dir
}

// Find finds the main package that pkg names, seen from dir: see Options. Nothing is run.
func Find(dir, pkg string) (*Target, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	path := dir
	switch {
	case filepath.IsAbs(pkg):
		path = filepath.Clean(pkg)
	case pkg != "":
		path = filepath.Join(dir, filepath.FromSlash(pkg))
	}
	fi, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && isImportPath(pkg):
		return &Target{Arg: pkg, Module: moduleRoot(dir), runDir: dir}, nil
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNoPackage, err)
	case fi.IsDir():
		return findDir(path)
	case filepath.Ext(path) == ".go":
		return findFile(path)
	}
	return nil, fmt.Errorf("%s: %w: neither a folder nor a .go file", path, ErrNoPackage)
}

func isImportPath(pkg string) bool {
	return pkg != "" && !build.IsLocalImport(pkg) && !filepath.IsAbs(pkg) && !strings.HasSuffix(pkg, ".go")
}

// findFile takes the package that the file is part of; or the file alone, where it is kept out by a build constraint,
// as single-file programs are.
func findFile(path string) (*Target, error) {
	dir, name := filepath.Split(path)
	dir = filepath.Clean(dir)
	t := &Target{Arg: ".", Dir: dir, Module: moduleRoot(dir), runDir: dir}
	if ok, err := build.Default.MatchFile(dir, name); err == nil && !ok || t.Module == "" {
		t.Arg = name
	}
	if got := packageName(path); got != "main" && got != "" {
		return nil, fmt.Errorf("%s: package %s: %w", path, got, ErrNotMain)
	}
	return t, nil
}

func findDir(dir string) (*Target, error) {
	t := &Target{Arg: ".", Dir: dir, Module: moduleRoot(dir), runDir: dir}
	name, err := packageOf(dir)
	if err == nil && name == "main" {
		return t, nil
	}
	mains := commands(dir)
	switch {
	case len(mains) == 1:
		t.Dir, t.runDir = mains[0], mains[0]
		return t, nil
	case len(mains) > 1:
		for i := range mains {
			if rel, err := filepath.Rel(dir, mains[i]); err == nil {
				mains[i] = "./" + filepath.ToSlash(rel)
			}
		}
		return nil, fmt.Errorf("%s: %w; name one of %s", dir, ErrNotMain, strings.Join(mains, ", "))
	case err != nil:
		return nil, err
	}
	return nil, fmt.Errorf("%s: package %s: %w", dir, name, ErrNotMain)
}

// commands lists the main packages right below dir/cmd.
func commands(dir string) []string {
	entries, err := os.ReadDir(filepath.Join(dir, "cmd"))
	if err != nil {
		return nil
	}
	var mains []string
	for _, e := range entries {
		sub := filepath.Join(dir, "cmd", e.Name())
		if name, err := packageOf(sub); e.IsDir() && err == nil && name == "main" {
			mains = append(mains, sub)
		}
	}
	return mains
}

// packageOf is the name of the package in a folder, as far as its files can be read: one that does not parse may be of
// any, and the compiler will say what is wrong with it.
func packageOf(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoPackage, err)
	}
	found, broken := "", false
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if ok, err := build.Default.MatchFile(dir, name); err == nil && !ok {
			continue
		}
		switch p := packageName(filepath.Join(dir, name)); {
		case p == "":
			broken = true
		case p == "main":
			return p, nil
		default:
			found = p
		}
	}
	if found == "" && broken {
		return "main", nil
	}
	if found == "" {
		return "", fmt.Errorf("%s: %w: no Go files", dir, ErrNoPackage)
	}
	return found, nil
}

// packageName is what a file's package clause says, or "".
func packageName(path string) string {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly)
	if err != nil || f.Name == nil {
		return ""
	}
	return f.Name.Name
}

// moduleRoot is the nearest folder upward that has a go.mod, or "".
func moduleRoot(dir string) string { return upward(dir, "go.mod") }

func upward(dir, name string) string {
	for {
		if fi, err := os.Stat(filepath.Join(dir, name)); err == nil && fi.Mode().IsRegular() {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}
