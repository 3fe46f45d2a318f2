package worker

import (
	"context"
	"errors"
	"os"
	"sort"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/python"
)

// PythonSpec says what Python workers are started from.
type PythonSpec struct {
	// Command is the interpreter, with options if need be.
	Command []string
	Plan    python.Plan
	Dir     string
	// Env is the whole environment, as os.Environ gives it.
	Env          []string
	Threads      int           // requests at once; 0 is 8
	StartTimeout time.Duration // 0 is 60 seconds
	// NoStages has workers tell nothing of the stages within the application.
	NoStages bool
	// InTurn has a request wait until the stages that the one before it has shown are known, which else takes until some
	// time after its end.
	InTurn bool
	// Terminal has a debugger that breakpoint() opens use the terminal of this process.
	Terminal bool
	// Lender is the socket where a debugger asks for it, each time that it wants to talk to the user: it connects, says in
	// a line its process group and who it is, has the terminal when it is answered with a byte, and gives it back by closing
	// the connection. With "" it need not ask.
	Lender string
	// Modules is told the source files that a worker imports once it is ready; it must not block. May be nil.
	Modules func(files []string)
	// Compiled is told a source file that a worker compiles once it is ready, and what it compiled where that was written
	// since, nil otherwise; it must not block. A file of a module is told to Modules, too. May be nil.
	Compiled func(file string, source []byte)
	// Stages has a worker look for the application's stages before it is ready, which Ready then lists.
	Stages *StageSearch
}

// StageSearch says how the stages of a Python application are looked for.
type StageSearch struct {
	// URLs are asked for, each by a GET request within the worker, to find what only a request brings about. With none,
	// no request is made.
	URLs []string
}

// Python starts Python workers of one application, the second and later ones fast: they are forked from a process that
// has the libraries imported which the first one needed (a zygote). Where that can't be done, on Windows or because a
// library starts threads, they are started afresh.
type Python struct {
	spec   PythonSpec
	plan   []byte
	bridge *python.Bridge

	mu      sync.Mutex
	zygote  *zygote
	old     []*zygote // given up, with workers that live on
	judging sync.WaitGroup
	without []string // packages that can't be imported in a zygote
	cold    bool     // no zygote imports anything any more
	closed  bool
}

// NewPython readies what all the workers share. Close must be called at the end.
func NewPython(spec PythonSpec) (*Python, error) {
	if len(spec.Command) == 0 {
		return nil, errors.New("no Python interpreter was named")
	}
	if spec.Threads <= 0 {
		spec.Threads = defaultThreads
	}
	if spec.StartTimeout <= 0 {
		spec.StartTimeout = defaultTimeout
	}
	bridge, err := python.UnpackBridge()
	if err != nil {
		return nil, err
	}
	return &Python{spec: spec, plan: appendPlan(nil, spec), bridge: bridge}, nil
}

// Start starts a worker and waits until it is ready. An application that can't be loaded is a *LoadError. Several may be
// started at once.
func (p *Python) Start(ctx context.Context, output Output) (*Worker, error) {
	w, err := p.start(ctx, p.workerSpec(output))
	if err == nil && p.spec.Stages == nil { // who looks at stages starts no second one
		p.warm(w.ready.Libraries)
	}
	return w, err
}

func (p *Python) workerSpec(output Output) Spec {
	s := p.spec
	return Spec{
		Argv: p.argv(), Dir: s.Dir, Env: s.Env, Threads: s.Threads, StartTimeout: s.StartTimeout, Output: output,
		Modules: s.Modules, Compiled: s.Compiled,
	}
}

func (p *Python) argv() []string {
	command := p.spec.Command
	return append(command[:len(command):len(command)], "-c", python.BridgeCommand, p.bridge.Dir)
}

// Close ends the workers that still run, with all that they started, and the zygote.
func (p *Python) Close() error {
	p.mu.Lock()
	all := p.old
	if p.zygote != nil {
		all = append(all, p.zygote)
	}
	p.zygote, p.old, p.closed = nil, nil, true
	p.mu.Unlock()
	for _, z := range all {
		z.close()
	}
	p.judging.Wait()
	return p.bridge.Close()
}

// appendPlan writes a plan as the bridge reads it.
func appendPlan(b []byte, spec PythonSpec) []byte {
	p := spec.Plan
	texts := func(list []string) marshal.List {
		out := marshal.List{}
		for _, s := range list {
			out = append(out, marshal.FromSystem(s))
		}
		return out
	}
	env := marshal.Dict{}
	for k, v := range p.Env {
		env = append(env, marshal.Pair{Key: marshal.FromSystem(k), Value: marshal.FromSystem(v)})
	}
	sort.Slice(env, func(i, j int) bool { return env[i].Key.(string) < env[j].Key.(string) })
	plan := marshal.Dict{
		{Key: "kind", Value: string(p.Kind)}, {Key: "module", Value: marshal.FromSystem(p.Module)}, {Key: "file", Value: marshal.FromSystem(p.File)},
		{Key: "attr", Value: p.Attr}, {Key: "call", Value: p.Call}, {Key: "args", Value: p.Args},
		{Key: "names", Value: texts(p.Names)}, {Key: "factories", Value: texts(p.Factories)},
		{Key: "settings", Value: p.Settings}, {Key: "section", Value: p.Section}, {Key: "dir", Value: marshal.FromSystem(p.Dir)},
		{Key: "sys_path", Value: texts(p.SysPath)}, {Key: "env", Value: env},
	}
	if spec.Stages != nil {
		plan = append(plan, marshal.Pair{Key: "stages", Value: texts(spec.Stages.URLs)})
	}
	if spec.NoStages {
		plan = append(plan, marshal.Pair{Key: "no_stages", Value: true})
	}
	if spec.InTurn {
		plan = append(plan, marshal.Pair{Key: "in_turn", Value: true})
	}
	if spec.Terminal {
		plan = append(plan, marshal.Pair{Key: "terminal", Value: os.Getpid()}, marshal.Pair{Key: "lender", Value: spec.Lender})
	}
	return marshal.Append(b, plan)
}
