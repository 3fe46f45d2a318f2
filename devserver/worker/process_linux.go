package worker

import (
	"os/exec"
	"syscall"
)

// detach gives a command its own process group, out of reach of the terminal's Ctrl-C, and has the kernel end it when
// the server dies.
func detach(cmd *exec.Cmd, deathSignal bool) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if deathSignal {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	} else {
		// The zygote has a handler, which ends its workers first.
		cmd.SysProcAttr.Pdeathsig = syscall.SIGHUP
	}
}
