//go:build unix

package recorder

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// The lock on a capture says that a process writes it. The kernel drops it with the process, however that ends.
// flock is not fcntl: it does not touch the locks that SQLite holds on files of its own.

// tryExclusive takes the lock for this process alone, if no other has it.
func tryExclusive(f *os.File) (bool, error) {
	err := retryInterrupted(func() error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// share takes the lock with others, or turns an exclusive one into such.
func share(f *os.File) error {
	return retryInterrupted(func() error { return unix.Flock(int(f.Fd()), unix.LOCK_SH) })
}

func retryInterrupted(f func() error) error {
	for {
		if err := f(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
