package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/snifter-dev/snifter/devserver/python"
)

// application is what was found to serve, and how to run it.
type application struct {
	found       python.Found
	interpreter python.Interpreter // of a Python application
	environ     []string           // for the workers
}

// isGo tells a Go application from a Python one.
func (a *application) isGo() bool { return a.found.Plan.Kind == python.KindGo }

// dir is the application's folder.
func (a *application) dir() string {
	if a.isGo() {
		return a.found.Plan.Package
	}
	return a.found.Plan.Dir
}

// String says in a line what was found, and why.
func (a *application) String() string {
	line := a.found.Description
	if a.found.Why != "" {
		line += " (" + a.found.Why + ")"
	}
	if a.isGo() {
		return line
	}
	i := a.interpreter
	name := i.Implementation
	if name == "" {
		name = "Python"
	}
	line += fmt.Sprintf(" on %s %s", name, i.Version)
	if i.Why != "" {
		line += " (" + i.Why + ")"
	}
	return line
}

// find finds the application that arg names, seen from dir, and what it needs to run. Nothing of the user's is run.
func (o *appOptions) find(ctx context.Context, dir, arg string, std stdio) (*application, error) {
	a, err := o.locate(dir, arg, std)
	if err != nil || a.isGo() {
		return a, err
	}
	plan := &a.found.Plan
	plan.SysPath = append(slices.Clone([]string(o.appDir)), plan.SysPath...)
	plan.Call = plan.Call || bool(o.factory)
	from := plan.Dir
	if from == "" {
		from = o.seenFrom(dir)
	}
	a.interpreter, err = python.FindInterpreter(ctx, python.InterpreterOptions{
		Python: o.pythonPath(std.dir), Dir: from, Getenv: stdio{environ: a.environ}.getenv,
	})
	if err == nil {
		err = a.interpreter.Missing(ctx, *plan, a.environ)
	}
	return a, err
}

// locate finds the application that arg names, seen from dir, without what it needs to run.
func (o *appOptions) locate(dir, arg string, std stdio) (*application, error) {
	dir = o.seenFrom(dir)
	if info, err := os.Stat(dir); o.chdir != "" && (err != nil || !info.IsDir()) {
		return nil, usage("--chdir: there is no folder " + dir)
	}
	environ, err := o.withEnvFiles(std)
	if err != nil {
		return nil, err
	}
	found, err := python.FindApp(dir, arg, environ.getenv)
	if err != nil {
		return nil, err
	}
	return &application{found: found, environ: environ.environ}, nil
}

// seenFrom is the folder that an application is seen from: the one to change to, if one is given.
func (o *appOptions) seenFrom(dir string) string {
	if o.chdir != "" {
		return string(o.chdir)
	}
	return dir
}

// pythonPath makes a --python that is a path absolute; a version ("3.12") and a name are left to be looked for.
func (o *appOptions) pythonPath(dir string) string {
	name := string(o.python)
	if path := filepath.Join(dir, name); name != "" && !filepath.IsAbs(name) {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return name
}

// withEnvFiles is the environment with the variables of --env-file. What is set already stays, as with flask.
func (o *appOptions) withEnvFiles(std stdio) (stdio, error) {
	for _, path := range o.envFile {
		vars, err := python.ReadEnvFile(path, std.getenv)
		if err != nil {
			return std, usage("--env-file: " + err.Error())
		}
		for _, key := range slices.Sorted(maps.Keys(vars)) {
			if _, set := std.lookupEnv(key); !set {
				std.environ = append(slices.Clip(std.environ), key+"="+vars[key])
			}
		}
	}
	return std, nil
}
