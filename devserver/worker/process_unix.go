//go:build unix

package worker

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
)

// killGroup kills a process and every process of its group.
func killGroup(p *os.Process) {
	if err := syscall.Kill(-p.Pid, syscall.SIGKILL); err != nil {
		_ = p.Kill() // it has ended, which is all that is wanted
	}
}

func describeSignal(s *os.ProcessState) string {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return signalled(ws.Signal())
	}
	return ""
}

func signalled(s syscall.Signal) string { return fmt.Sprintf("killed by signal %d (%s)", int(s), s) }

// job holds what Windows needs to end a process together with its children.
type job struct{}

func newJob(*os.Process) job { return job{} }
func (job) close()           {}

// socketPair makes a connected pair of stream sockets: ours, and the child's as a file to pass on.
func socketPair() (net.Conn, *os.File, error) {
	// Between the call and CloseOnExec no process may be started, or it would keep the sockets.
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	for _, fd := range fds {
		// Larger than usual, so that one write carries many frames. Less is no fault.
		_ = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_SNDBUF, 1<<20)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "worker"), os.NewFile(uintptr(fds[1]), "worker")
	conn, err := net.FileConn(ours) // a duplicate
	_ = ours.Close()
	if err != nil {
		_ = theirs.Close()
		return nil, nil, err
	}
	return conn, theirs, nil
}

// dial starts a child with its sockets as descriptors 3 and 4.
func dial(cmd *exec.Cmd) (l link, c *child, err error) {
	var frames, nudge *os.File
	if l.frames, frames, err = socketPair(); err != nil {
		return l, nil, err
	}
	if l.nudge, nudge, err = socketPair(); err != nil {
		l.close()
		_ = frames.Close()
		return l, nil, err
	}
	cmd.ExtraFiles = []*os.File{frames, nudge}
	cmd.Env = append(cmd.Env, "SNIFTER_WORKER=fd:3")
	c, err = startChild(cmd, true)
	_, _ = frames.Close(), nudge.Close() // the child has its own
	if err != nil {
		l.close()
	}
	return l, c, err
}
