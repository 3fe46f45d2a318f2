package watch

import "time"

// NewPatient is New with more time for whoever saves a file, for tests on machines that are busy.
func NewPatient(opts Options, grace time.Duration) (*Watcher, error) { return start(opts, grace) }
