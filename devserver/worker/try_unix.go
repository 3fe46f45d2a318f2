//go:build unix

package worker

import "syscall"

const canTry = true

// tryWrite writes what a non-blocking descriptor takes. That it takes nothing now is no error.
func tryWrite(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Write(int(fd), p)
		switch err {
		case nil:
			return n, nil
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return 0, nil
		}
		return 0, err
	}
}
