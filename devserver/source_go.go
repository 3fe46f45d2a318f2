package devserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/golang"
	"github.com/snifter-dev/snifter/devserver/worker"
)

// GoOptions says what Go application to serve.
type GoOptions struct {
	Dir     string // where the program runs
	Package string // a main package that calls wsgi.Serve: see golang.Options
	Env     []string
	Threads int
	// StartTimeout is how long the program may take until it calls wsgi.Serve; 0 is the worker's default.
	StartTimeout time.Duration
	// NoStages has the program tell nothing of the stages of its stack.
	NoStages bool
}

type goSource struct {
	opts    GoOptions
	scratch string
	built   int
	program string
	listed  *golang.Files
}

// GoSource makes workers of a Go application. Each build is a program in a private folder.
func GoSource(opts GoOptions) (Source, error) {
	scratch, err := os.MkdirTemp("", "snifter-go-")
	if err != nil {
		return nil, fmt.Errorf("a folder for the program: %w", err)
	}
	return &goSource{opts: opts, scratch: scratch}, nil
}

func (s *goSource) Language() string { return "go" }

func (s *goSource) Close() error { return os.RemoveAll(s.scratch) }

// Prepare compiles. Each program has a path of its own, since the one before may still run.
func (s *goSource) Prepare(ctx context.Context) error {
	s.built++
	out := filepath.Join(s.scratch, strconv.Itoa(s.built))
	if err := os.Mkdir(out, 0o700); err != nil {
		return err
	}
	opts := golang.Options{Dir: s.opts.Dir, Package: s.opts.Package, Env: s.opts.Env, Output: out}
	// The list is of what is on disk now, broken or not: a file that is mended must be watched.
	listed := make(chan *golang.Files, 1)
	go func() {
		files, err := golang.List(ctx, opts)
		if err != nil {
			files = nil // the build fails too, and says why
		}
		listed <- files
	}()
	b, err := golang.Build(ctx, opts)
	if files := <-listed; files != nil {
		s.listed = files
		if err == nil {
			err = files.Check()
		}
	}
	if err != nil {
		var compile *golang.CompileError
		if errors.As(err, &compile) {
			return &worker.LoadError{Raised: compileError(compile)}
		}
		return err
	}
	if s.program != "" {
		// A running program keeps its file; on systems where it does not, Close removes it.
		_ = os.RemoveAll(filepath.Dir(s.program))
	}
	s.program = b.Path
	return nil
}

func (s *goSource) Start(ctx context.Context, output worker.Output) (*worker.Worker, error) {
	return worker.Start(ctx, worker.Spec{
		Argv: []string{s.program}, Dir: s.opts.Dir, Env: s.opts.Env, Threads: s.opts.Threads,
		StartTimeout: s.opts.StartTimeout, Output: output, NoStages: s.opts.NoStages,
	})
}

// Files lists the sources of the last build.
func (s *goSource) Files() []string {
	if s.listed == nil {
		return nil
	}
	return s.listed.Sources
}

// compileError tells what the compiler said in the form of an exception: a frame for each place.
func compileError(e *golang.CompileError) *event.Raised {
	r := &event.Raised{Where: event.InLoad, Type: "compile error", Text: e.Output}
	for _, p := range e.Positions {
		r.Frames = append(r.Frames, event.Frame{
			File: p.File, Line: p.Line, Function: p.Message, Source: p.Source, Context: p.Context, ContextFrom: p.ContextFrom,
		})
	}
	switch {
	case len(e.Positions) > 0:
		p := e.Positions[0]
		r.Message = fmt.Sprintf("%s:%d:%d: %s", filepath.Base(p.File), p.Line, p.Column, p.Message)
	default:
		r.Message = e.Output
	}
	return r
}
