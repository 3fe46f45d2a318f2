package main

import (
	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/worker"
)

// source is what makes workers of the application, whose debuggers may be lent the terminal.
func (o *serveOptions) source(a *application, terminal *lender, inTurn bool) (devserver.Source, error) {
	if a.isGo() {
		return devserver.GoSource(devserver.GoOptions{
			Dir: a.found.Plan.Dir, Package: a.found.Plan.Package, Env: a.environ, Threads: o.threads.n,
			NoStages: !bool(o.stages),
		})
	}
	return devserver.PythonSource(worker.PythonSpec{
		Command: []string{a.interpreter.Path}, Plan: a.found.Plan, Dir: a.found.Plan.Dir, Env: a.environ,
		Threads: o.threads.n, NoStages: !bool(o.stages), InTurn: inTurn, Terminal: terminal != nil, Lender: terminal.path(),
	})
}
