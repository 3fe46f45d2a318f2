package devserver

import (
	"context"

	"github.com/snifter-dev/snifter/devserver/worker"
)

// PythonOptions says what Python application to serve.
type PythonOptions = worker.PythonSpec

type pythonSource struct {
	workers  *worker.Python
	later    func(files []string)
	compiled func(file string, source []byte)
}

// PythonSource makes workers of a Python application.
func PythonSource(opts PythonOptions) (Source, error) {
	s := &pythonSource{later: func([]string) {}, compiled: func(string, []byte) {}}
	others := opts.Modules
	opts.Modules = func(files []string) {
		s.later(files)
		if others != nil {
			others(files)
		}
	}
	opts.Compiled = func(file string, source []byte) { s.compiled(file, source) }
	var err error
	s.workers, err = worker.NewPython(opts)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *pythonSource) onLater(modules func(files []string), compiled func(file string, source []byte)) {
	s.later, s.compiled = modules, compiled
}

func (s *pythonSource) Language() string { return "python" }

func (s *pythonSource) Prepare(context.Context) error { return nil }

// Files is empty: a worker says itself what it loaded.
func (s *pythonSource) Files() []string { return nil }

func (s *pythonSource) Start(ctx context.Context, output worker.Output) (*worker.Worker, error) {
	return s.workers.Start(ctx, output)
}

func (s *pythonSource) Close() error { return s.workers.Close() }
