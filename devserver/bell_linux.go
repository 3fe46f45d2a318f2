package devserver

import (
	"golang.org/x/sys/unix"
)

// inotifyBell hears writes by an inotify instance of its own. The kernel queues a notification before the write that
// it tells of returns, so a look at the queue misses none, and it costs one system call that finds nothing to read.
type inotifyBell struct {
	fd    int
	heard map[string]bool
	deaf  *paced // set where a folder could not be watched
	buf   [4096]byte
}

const written = unix.IN_MODIFY | unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_MOVED_FROM | unix.IN_DELETE | unix.IN_ATTRIB

func newBell() bell {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return &paced{}
	}
	return &inotifyBell{fd: fd, heard: map[string]bool{}}
}

func (b *inotifyBell) listen(dirs []string) {
	for _, d := range dirs {
		if b.heard[d] {
			continue
		}
		if _, err := unix.InotifyAddWatch(b.fd, d, written); err != nil {
			b.deaf = &paced{}
			continue
		}
		b.heard[d] = true
	}
}

func (b *inotifyBell) rang() bool {
	rang := false
	for {
		n, err := unix.Read(b.fd, b.buf[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			break
		}
		rang = true
	}
	return rang || b.deaf != nil && b.deaf.rang()
}

func (b *inotifyBell) close() { _ = unix.Close(b.fd) }
