// Package golang builds Go applications: it finds the main package, runs the go command, and reads what the compiler
// says into positions.
//
// The time from a save to the first answer is mostly that of the go command, so it is run once a build, with the
// ordinary build cache, and asked for no more than is needed: no version control stamp, and no symbol table or DWARF, which
// the linker takes a good part of its time for. Tracebacks need neither.
package golang

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Errors that callers branch on. They are wrapped with what was looked at.
var (
	// ErrNoGo: there is no go command.
	ErrNoGo = errors.New("the go command is not installed, or not in PATH (see https://go.dev/dl)")
	// ErrNoPackage: there is no Go package where one was named.
	ErrNoPackage = errors.New("no Go package")
	// ErrNotMain: the package is a library.
	ErrNotMain = errors.New("not a main package")
	// ErrNotServing: the program has nothing to serve by. See [Files.Check].
	ErrNotServing = errors.New("the program can't be served")
)

// Options says what to build.
type Options struct {
	// Dir is the folder to start from; "" is the working folder.
	Dir string
	// Package is a folder ("./cmd/site"), a .go file, a module's root, or an import path; "" is Dir itself. Where a
	// module's root holds no main package, the only one under cmd is taken.
	Package string
	// Env is the environment of the go command; nil is the process's own. GOFLAGS is respected.
	Env []string
	// Output is the folder to put the program in; "" makes a private temporary one.
	Output string
}

// Binary is a program that was built.
type Binary struct {
	// Path is the program. It lies in a folder of its own.
	Path string
	// Package is what it was built from, as the go command was told; PackageDir is its folder.
	Package    string
	PackageDir string
	// ModuleRoot is the folder of go.mod, or "".
	ModuleRoot string
	// Took is how long the go command took.
	Took time.Duration
}

// Remove removes the program with its folder. On Windows that fails as long as it runs.
func (b *Binary) Remove() error { return os.RemoveAll(filepath.Dir(b.Path)) }

// Build builds the package. Where the source is at fault, the error is a *[CompileError]; where there is nothing to build,
// it wraps ErrNoGo, ErrNoPackage or ErrNotMain.
func Build(ctx context.Context, opts Options) (*Binary, error) {
	goCmd, err := lookGo(opts.Env)
	if err != nil {
		return nil, err
	}
	t, err := Find(opts.Dir, opts.Package)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(opts.Output, "snifter-go-") // 0700
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", t.name(), err)
	}
	bin := &Binary{
		Path: filepath.Join(folder, programName(t.Dir)), Package: t.Arg, PackageDir: t.Dir, ModuleRoot: t.Module,
	}
	if bin.Took, err = t.build(ctx, goCmd, opts.Env, bin.Path); err != nil {
		_ = os.RemoveAll(folder)
		return nil, err
	}
	return bin, nil
}

func programName(dir string) string {
	name := filepath.Base(dir)
	if name == "." || name == string(filepath.Separator) {
		name = "app"
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return name
}

// build runs go build.
func (t *Target) build(ctx context.Context, goCmd string, env []string, out string) (time.Duration, error) {
	args := append([]string{"build", "-o", out}, buildFlags(env)...)
	cmd := command(ctx, goCmd, t.runDir, env, append(args, t.Arg)...)
	started := time.Now()
	said, err := cmd.CombinedOutput()
	took := time.Since(started)
	if err == nil {
		if fi, statErr := os.Stat(out); statErr != nil || !fi.Mode().IsRegular() || fi.Mode()&0o111 == 0 && runtime.GOOS != "windows" {
			return took, fmt.Errorf("%s: %w", t.name(), ErrNotMain) // go build is content with a library
		}
		return took, nil
	}
	if ctx.Err() != nil {
		return took, ctx.Err()
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return took, fmt.Errorf("run %s: %w", goCmd, err)
	}
	return took, newCompileError(t, string(said))
}

// buildFlags are the flags that save time, but for those that GOFLAGS has a say in.
func buildFlags(env []string) []string {
	goflags := lookEnv(env, "GOFLAGS")
	var flags []string
	if !strings.Contains(goflags, "-buildvcs") {
		flags = append(flags, "-buildvcs=false")
	}
	if !strings.Contains(goflags, "-ldflags") {
		flags = append(flags, "-ldflags=-s -w")
	}
	return flags
}

func command(ctx context.Context, goCmd, dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, goCmd, args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.WaitDelay = 2 * time.Second // a compiler that go has started holds its output open
	return cmd
}

func lookGo(env []string) (string, error) {
	if env == nil {
		path, err := exec.LookPath("go")
		if err != nil {
			return "", ErrNoGo
		}
		return path, nil
	}
	name := "go"
	if runtime.GOOS == "windows" {
		name = "go.exe"
	}
	for _, dir := range filepath.SplitList(lookEnv(env, "PATH")) {
		path := filepath.Join(dir, name)
		if fi, err := os.Stat(path); err == nil && fi.Mode().IsRegular() && (runtime.GOOS == "windows" || fi.Mode()&0o111 != 0) {
			return filepath.Abs(path)
		}
	}
	return "", ErrNoGo
}

// lookEnv returns a variable of an environment; the last one counts, as exec has it.
func lookEnv(env []string, key string) string {
	if env == nil {
		return os.Getenv(key)
	}
	for i := len(env) - 1; i >= 0; i-- {
		if k, v, ok := strings.Cut(env[i], "="); ok && (k == key || runtime.GOOS == "windows" && strings.EqualFold(k, key)) {
			return v
		}
	}
	return ""
}
