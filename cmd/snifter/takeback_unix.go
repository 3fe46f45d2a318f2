//go:build unix

package main

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// openTTY opens the terminal that this process was started in, whatever its standard streams are.
func openTTY() (*os.File, error) { return os.OpenFile("/dev/tty", os.O_RDWR, 0) }

func hasTerminal() bool {
	tty, err := openTTY()
	if err != nil {
		return false
	}
	_ = tty.Close()
	return true
}

// takeBack puts snifter into the foreground of its terminal, where a process group of its workers was left there.
func takeBack(group int) {
	tty, err := openTTY()
	if err != nil {
		return
	}
	defer tty.Close()
	fd := int(tty.Fd())
	if front, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err != nil || front != group {
		return
	}
	// Who is in the background may take a terminal if it does not heed this signal.
	signal.Ignore(unix.SIGTTOU)
	defer signal.Reset(unix.SIGTTOU)
	_ = unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, unix.Getpgrp())
}
