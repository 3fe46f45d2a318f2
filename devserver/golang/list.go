package golang

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Files is what a build is made from and can change: what to watch.
type Files struct {
	// Sources are the Go and other source files, the embedded ones, and go.mod, go.sum and go.work, absolute and sorted.
	Sources []string
	// Dirs are the folders that hold them.
	Dirs []string
	// Serves says whether the program has package wsgi in it. One that has not will never answer.
	Serves bool
}

// servingPackage is what a program must import, by whatever way, to call wsgi.Serve.
const servingPackage = "github.com/snifter-dev/snifter/devserver/wsgi"

// Check says what is wrong with a program that will never answer, as an error that wraps [ErrNotServing].
func (f *Files) Check() error {
	if f.Serves {
		return nil
	}
	return fmt.Errorf("%w: it does not import %s, so it never calls wsgi.Serve", ErrNotServing, servingPackage)
}

// listed is what go list says of a package.
type listed struct {
	ImportPath string
	Dir        string
	Standard   bool
	Module     *struct {
		Main    bool
		GoMod   string
		Replace *struct{ Version string }
	}
	GoFiles, CgoFiles, IgnoredGoFiles, CFiles, CXXFiles, HFiles, SFiles, EmbedFiles []string
	InvalidGoFiles                                                                  []string
}

// List lists the files of the package and of what it imports from its module, its workspace, and modules that are
// replaced by a folder. It needs no package that compiles.
func List(ctx context.Context, opts Options) (*Files, error) {
	goCmd, err := lookGo(opts.Env)
	if err != nil {
		return nil, err
	}
	t, err := Find(opts.Dir, opts.Package)
	if err != nil {
		return nil, err
	}
	cmd := command(ctx, goCmd, t.runDir, opts.Env, "list", "-deps", "-e",
		"-json=ImportPath,Dir,Standard,Module,GoFiles,CgoFiles,IgnoredGoFiles,CFiles,CXXFiles,HFiles,SFiles,EmbedFiles,InvalidGoFiles",
		t.Arg)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("list the files of %s: %w: %s", t.name(), err, strings.TrimSpace(stderr.String()))
	}
	found := files{}
	if t.Dir != "" && t.Arg != "." {
		found.add(filepath.Join(t.Dir, t.Arg))
	}
	if t.Module != "" {
		found.module(filepath.Join(t.Module, "go.mod"))
	}
	if work := lookEnv(opts.Env, "GOWORK"); work != "off" {
		if work == "" {
			if dir := upward(t.runDir, "go.work"); dir != "" {
				work = filepath.Join(dir, "go.work")
			}
		}
		found.add(work)
	}
	serves := false
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("list the files of %s: %w", t.name(), err)
		}
		serves = serves || p.ImportPath == servingPackage
		found.addPackage(&p)
	}
	return found.list(serves), nil
}

// files is a set of absolute paths.
type files map[string]bool

func (f files) add(path string) {
	if fi, err := os.Stat(path); err == nil && fi.Mode().IsRegular() {
		f[path] = true
	}
}

func (f files) module(gomod string) {
	f.add(gomod)
	f.add(strings.TrimSuffix(gomod, ".mod") + ".sum")
}

// addPackage adds a package's files, where they are the user's to change.
func (f files) addPackage(p *listed) {
	if p.Standard || p.Dir == "" {
		return
	}
	if m := p.Module; m != nil {
		local := m.Main || m.Replace != nil && m.Replace.Version == ""
		if !local {
			return
		}
		f.module(m.GoMod)
	}
	for _, names := range [][]string{
		p.GoFiles, p.CgoFiles, p.IgnoredGoFiles, p.InvalidGoFiles, p.CFiles, p.CXXFiles, p.HFiles, p.SFiles, p.EmbedFiles,
	} {
		for _, name := range names {
			f.add(filepath.Join(p.Dir, filepath.FromSlash(name)))
		}
	}
}

func (f files) list(serves bool) *Files {
	dirs := map[string]bool{}
	for path := range f {
		dirs[filepath.Dir(path)] = true
	}
	return &Files{Sources: slices.Sorted(maps.Keys(f)), Dirs: slices.Sorted(maps.Keys(dirs)), Serves: serves}
}
