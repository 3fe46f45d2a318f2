package recorder

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// The lock on a capture says that a process writes it. Windows drops it with the process, however that ends.

// tryExclusive takes the lock for this process alone, if no other has it.
func tryExclusive(f *os.File) (bool, error) {
	err := lockFile(f, windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}

// share takes the lock with others, giving up an exclusive one first. Openers come one at a time (see Store.enter), so
// none slips in between.
func share(f *os.File) error {
	_ = windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, new(windows.Overlapped))
	return lockFile(f, 0)
}

func lockFile(f *os.File, flags uint32) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
}
