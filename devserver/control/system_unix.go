//go:build unix

package control

import (
	"errors"
	"io/fs"
	"syscall"
)

const modesMatter = true

func ownerUID(info fs.FileInfo) (uid int, known bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}

func inUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

func refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// alive says whether there is a process of this number; one of another user counts.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
