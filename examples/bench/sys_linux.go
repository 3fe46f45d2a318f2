package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// supported says whether this system can be measured on.
const supported = true

// read and write are calls that return at once, since the sockets do not wait: the scheduler need not be told of them.

func read(fd int, p []byte) (int, error) {
	n, _, e := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

func write(fd int, p []byte) (int, error) {
	n, _, e := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

// tick is the unit of times in /proc/PID/stat: USER_HZ, which is 100 on every architecture that Go runs on.
const tick = 10 * time.Millisecond

// usage is what a process and all its descendants have used.
type usage struct {
	cpu time.Duration
	rss int64 // bytes, now
}

// usageOf reads it from /proc. What descendants used that ended and were waited for counts with their parents.
func usageOf(pid int) (usage, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return usage{}, err
	}
	type process struct {
		parent int
		usage  usage
	}
	all := map[int]process{}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		id, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		// The second field is the name in parentheses, and may hold anything (proc(5)).
		f := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		if len(f) < 22 {
			continue
		}
		number := func(field int) int64 {
			n, _ := strconv.ParseInt(string(f[field-3]), 10, 64)
			return n
		}
		all[id] = process{parent: int(number(4)), usage: usage{
			cpu: time.Duration(number(14)+number(15)+number(16)+number(17)) * tick,
			rss: number(24) * int64(os.Getpagesize()),
		}}
	}
	if _, there := all[pid]; !there {
		return usage{}, fmt.Errorf("process %d has ended", pid)
	}
	var sum usage
	for id, p := range all {
		for up := id; up > 1; up = all[up].parent {
			if up == pid {
				sum.cpu += p.usage.cpu
				sum.rss += p.usage.rss
				break
			}
		}
	}
	return sum, nil
}

// ownGroup puts a command into a process group of its own.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func signalGroup(pid int, s syscall.Signal) { _ = syscall.Kill(-pid, s) }
