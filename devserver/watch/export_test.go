package watch

import (
	"errors"
	"time"
)

// NewPatient is New with more time for whoever saves a file, for tests on machines that are busy.
func NewPatient(opts Options, grace time.Duration) (*Watcher, error) { return start(opts, grace) }

// AddCompiledAt is AddCompiled right after something is done, of which nothing is judged before.
func (w *Watcher) AddCompiledAt(do func() error, file string, source []byte) error {
	return w.call(func() error { return errors.Join(do(), w.addCompiled(file, source)) })
}
