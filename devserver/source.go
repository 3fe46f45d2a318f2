package devserver

import (
	"context"

	"github.com/snifter-dev/snifter/devserver/worker"
)

// Source makes worker processes of an application. One goroutine at a time calls it.
type Source interface {
	// Prepare readies a build of what is on disk: it compiles what must be compiled. A build that can't be made is a
	// *worker.LoadError.
	Prepare(ctx context.Context) error
	// Start starts a worker of what was prepared and waits until it is ready. An application that can't be loaded is a
	// *worker.LoadError.
	Start(ctx context.Context, output worker.Output) (*worker.Worker, error)
	// Files lists sources that are known before a worker says what it loaded, and when none could be started.
	Files() []string
	// Language is "python" or "go".
	Language() string
	// Close ends what the source keeps running, and removes what it wrote.
	Close() error
}

// lateSource is a source whose workers load some of their files when a request needs them. It tells of such files before
// the answer to that request, as worker.PythonSpec has it; neither may block. onLater is called before the first Start.
type lateSource interface {
	onLater(modules func(files []string), compiled func(file string, source []byte))
}
