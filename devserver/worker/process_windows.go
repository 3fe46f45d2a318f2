package worker

import (
	"bufio"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

func detach(cmd *exec.Cmd, _ bool) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

func killGroup(p *os.Process) { _ = p.Kill() }

func describeSignal(*os.ProcessState) string { return "" }

// job is a job object, which ends the process and its children when its last handle closes: with the server.
type job struct{ handle windows.Handle }

func newJob(p *os.Process) job {
	h, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return job{}
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE},
	}
	_, err = windows.SetInformationJobObject(h, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err == nil {
		var proc windows.Handle
		if proc, err = windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.Pid)); err == nil {
			err = windows.AssignProcessToJobObject(h, proc)
			_ = windows.CloseHandle(proc)
		}
	}
	if err != nil {
		_ = windows.CloseHandle(h)
		return job{}
	}
	return job{h}
}

func (j job) close() {
	if j.handle != 0 {
		_ = windows.CloseHandle(j.handle)
	}
}

// dial starts a child that connects back over loopback, twice, and proves itself by a secret.
func dial(cmd *exec.Cmd) (l link, c *child, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return l, nil, err
	}
	defer func() { _ = listener.Close() }()
	token := rand.Text()
	cmd.Env = append(cmd.Env, "SNIFTER_WORKER=tcp:"+listener.Addr().String()+":"+token)
	if c, err = startChild(cmd, true); err != nil {
		return l, nil, err
	}
	accepted := make(chan struct{})
	defer close(accepted)
	go func() {
		select {
		case <-c.done:
			_ = listener.Close()
		case <-accepted:
		}
	}()
	_ = listener.(*net.TCPListener).SetDeadline(time.Now().Add(30 * time.Second))
	for l.frames == nil || l.nudge == nil {
		conn, err := listener.Accept()
		if err != nil {
			c.kill()
			l.close()
			return l, nil, errors.Join(errors.New("the worker did not connect"), err)
		}
		role := greet(conn, token)
		switch {
		case role == "frames" && l.frames == nil:
			l.frames = conn
		case role == "nudge" && l.nudge == nil:
			l.nudge = conn
		default:
			_ = conn.Close()
		}
	}
	return l, c, nil
}

// greet reads the line "ROLE TOKEN" that a worker's connection begins with.
func greet(conn net.Conn, token string) string {
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	defer func() { _ = conn.SetReadDeadline(time.Time{}) }()
	// A byte at a time: what follows belongs to the frames.
	line, err := bufio.NewReaderSize(oneByte{conn}, 16).ReadString('\n')
	role, secret, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	if err != nil || subtle.ConstantTimeCompare([]byte(secret), []byte(token)) != 1 {
		return ""
	}
	return role
}

type oneByte struct{ net.Conn }

func (o oneByte) Read(p []byte) (int, error) { return o.Conn.Read(p[:1]) }
