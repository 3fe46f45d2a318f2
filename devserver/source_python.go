package devserver

import (
	"context"

	"github.com/snifter-dev/snifter/devserver/worker"
)

// PythonOptions says what Python application to serve.
type PythonOptions = worker.PythonSpec

type pythonSource struct{ workers *worker.Python }

// PythonSource makes workers of a Python application.
func PythonSource(opts PythonOptions) (Source, error) {
	p, err := worker.NewPython(opts)
	if err != nil {
		return nil, err
	}
	return &pythonSource{p}, nil
}

func (s *pythonSource) Language() string { return "python" }

func (s *pythonSource) Prepare(context.Context) error { return nil }

// Files is empty: a worker says itself what it loaded.
func (s *pythonSource) Files() []string { return nil }

func (s *pythonSource) Start(ctx context.Context, output worker.Output) (*worker.Worker, error) {
	return s.workers.Start(ctx, output)
}

func (s *pythonSource) Close() error { return s.workers.Close() }
