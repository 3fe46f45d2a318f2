package watch

import (
	"errors"
	"fmt"
)

// LimitError says that the system gives out no more watches.
type LimitError struct {
	Path   string // the folder that could not be watched
	Sysctl string // "fs.inotify.max_user_watches"
	Value  int    // its value; 0 where it can't be read
	Err    error
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the system gives out no more file watches: %s is %d; raise it (sudo sysctl %s=%d), watch "+
		"fewer folders (--reload-dir, --reload-exclude), or use --poll", e.Sysctl, e.Value, e.Sysctl, e.enough())
}

func (e *LimitError) Unwrap() error { return e.Err }

func (e *LimitError) enough() int {
	if e.Sysctl == sysctlInstances {
		return max(1024, 2*e.Value)
	}
	return max(524_288, 2*e.Value)
}

const (
	sysctlWatches   = "fs.inotify.max_user_watches"
	sysctlInstances = "fs.inotify.max_user_instances"
)

// explain says what was being watched when an error came, and which limit was hit where one was.
func explain(path string, err error) error {
	var limit *LimitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &limit):
		return err
	}
	if limit := limitReached(path, err); limit != nil {
		return limit
	}
	if path == "" {
		return fmt.Errorf("watch: %w", err)
	}
	return fmt.Errorf("watch %s: %w", path, err)
}
