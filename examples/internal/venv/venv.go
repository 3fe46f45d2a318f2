// Package venv makes the virtual environments that tests need, once, and keeps them in the user's cache folder.
package venv

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/snifter-dev/snifter/devserver/python"
)

// Python returns the Python of a virtual environment in which everything is installed that a requirements file pins.
// The file has to pin with hashes. The environment is made when it is first asked for, which needs the package index,
// and is kept under a name that depends on the file and the Python; tests of several processes may ask at once.
func Python(t testing.TB, requirements string) string {
	t.Helper()
	path, err := Ensure(t.Context(), requirements)
	if err != nil {
		t.Fatalf("a virtual environment for %s: %v", requirements, err)
	}
	return path
}

// Ensure is Python for programs that are no tests.
func Ensure(ctx context.Context, requirements string) (string, error) {
	pins, err := os.ReadFile(requirements)
	if err != nil {
		return "", err
	}
	// The environment is made for itself: it does not depend on the one that happens to be active.
	base, err := python.FindInterpreter(ctx, python.InterpreterOptions{Dir: os.TempDir(), Getenv: withoutEnvironments})
	if err != nil {
		return "", err
	}
	dir, err := cacheDir()
	if err != nil {
		return "", err
	}
	env := filepath.Join(dir, key(pins, base))

	unlock, err := lockedfile.MutexAt(env + ".lock").Lock()
	if err != nil {
		return "", fmt.Errorf("lock: %w", err)
	}
	defer unlock()
	// It is made in its final place, as the programs in it hold their own path; only what is marked is whole.
	program, mark := programIn(env), filepath.Join(env, "complete")
	if _, err := os.Stat(mark); err == nil {
		if _, err := os.Stat(program); err == nil {
			return program, nil
		}
	}
	if err := build(ctx, base.Path, env, program, pins); err != nil {
		return "", err
	}
	temporary := mark + ".tmp"
	if err := os.WriteFile(temporary, nil, 0o644); err != nil {
		return "", err
	}
	return program, os.Rename(temporary, mark)
}

func build(ctx context.Context, base, env, program string, pins []byte) error {
	if err := os.RemoveAll(env); err != nil {
		return err
	}
	if err := run(ctx, nil, base, "-m", "venv", env); err != nil {
		return err
	}
	pinned := filepath.Join(env, "requirements.txt")
	if err := os.WriteFile(pinned, pins, 0o644); err != nil {
		return err
	}
	return run(ctx, []string{"PIP_REQUIRE_VIRTUALENV=1"}, program, "-m", "pip", "install", "--quiet",
		"--disable-pip-version-check", "--no-input", "--require-hashes", "-r", pinned)
}

func run(ctx context.Context, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

func withoutEnvironments(name string) string {
	switch name {
	case "VIRTUAL_ENV", "CONDA_PREFIX":
		return ""
	}
	return os.Getenv(name)
}

// cacheDir is the folder of all the environments.
func cacheDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "snifter", "venvs")
	if err := os.MkdirAll(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return dir, nil
}

// key names an environment by what is in it and what it is made of.
func key(pins []byte, base python.Interpreter) string {
	h := sha256.New()
	real, err := filepath.EvalSymlinks(base.Path)
	if err != nil {
		real = base.Path
	}
	fmt.Fprintf(h, "1 %s %s %s %s\n", runtime.GOOS, runtime.GOARCH, real, base.Version)
	h.Write(pins)
	return hex.EncodeToString(h.Sum(nil))[:20]
}

func programIn(env string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(env, "Scripts", "python.exe")
	}
	return filepath.Join(env, "bin", "python")
}
