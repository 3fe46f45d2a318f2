package watch

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// limitReached tells inotify's limits from other errors: inotify_add_watch(2) gives ENOSPC for the number of watches,
// inotify_init(2) EMFILE for that of instances.
func limitReached(path string, err error) *LimitError {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return &LimitError{Path: path, Sysctl: sysctlWatches, Value: sysctl(sysctlWatches), Err: err}
	case errors.Is(err, syscall.EMFILE) && path == "":
		return &LimitError{Path: path, Sysctl: sysctlInstances, Value: sysctl(sysctlInstances), Err: err}
	}
	return nil
}

func sysctl(name string) int {
	text, err := os.ReadFile("/proc/sys/" + strings.ReplaceAll(name, ".", "/"))
	if err != nil {
		return 0
	}
	value, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return value
}
