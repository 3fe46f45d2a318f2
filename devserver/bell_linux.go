package devserver

import (
	"bytes"
	"encoding/binary"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// inotifyBell hears writes by an inotify instance of its own. The kernel queues a notification before the write that
// it tells of returns, so a look at the queue misses none, and it costs one system call that finds nothing to read.
type inotifyBell struct {
	fd    int
	heard map[string]bool
	dirs  map[int32][]string // by watch descriptor: a folder may be listened to by several paths
	deaf  *paced             // set where a folder could not be watched
	buf   [4096]byte
}

const written = unix.IN_MODIFY | unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_MOVED_FROM | unix.IN_DELETE | unix.IN_ATTRIB

func newBell() bell {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return &paced{}
	}
	return &inotifyBell{fd: fd, heard: map[string]bool{}, dirs: map[int32][]string{}}
}

func (b *inotifyBell) listen(dirs []string) {
	for _, d := range dirs {
		if b.heard[d] {
			continue
		}
		wd, err := unix.InotifyAddWatch(b.fd, d, written)
		if err != nil {
			b.deaf = &paced{}
			continue
		}
		b.heard[d] = true
		b.dirs[int32(wd)] = append(b.dirs[int32(wd)], d)
	}
}

func (b *inotifyBell) rang() (paths []string, any bool) {
	for {
		n, err := unix.Read(b.fd, b.buf[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			break
		}
		var all bool
		paths, all = b.names(paths, b.buf[:n])
		any = any || all
	}
	if b.deaf != nil {
		_, rang := b.deaf.rang()
		any = any || rang
	}
	return paths, any
}

// names reads notifications: see inotify(7). all says that some name no file, so that any may have been written: the
// queue has overflowed, or a folder is gone.
func (b *inotifyBell) names(paths []string, p []byte) (_ []string, all bool) {
	const header = unix.SizeofInotifyEvent
	for len(p) >= header {
		wd := int32(binary.NativeEndian.Uint32(p))
		mask := binary.NativeEndian.Uint32(p[4:])
		end := header + int(binary.NativeEndian.Uint32(p[12:]))
		name, _, _ := bytes.Cut(p[header:end], []byte{0})
		p = p[end:]
		if mask&unix.IN_IGNORED != 0 {
			// The folder may come back, and is listened to anew with the next build.
			for _, d := range b.dirs[wd] {
				delete(b.heard, d)
			}
			delete(b.dirs, wd)
		}
		if len(name) == 0 {
			all = true
			continue
		}
		for _, d := range b.dirs[wd] {
			paths = append(paths, filepath.Join(d, string(name)))
		}
	}
	return paths, all
}

func (b *inotifyBell) close() { _ = unix.Close(b.fd) }
