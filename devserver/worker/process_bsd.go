//go:build unix && !linux

package worker

import (
	"os/exec"
	"syscall"
)

// detach gives a command its own process group, out of reach of the terminal's Ctrl-C. That the server died, the child
// sees by its socket.
func detach(cmd *exec.Cmd, _ bool) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
