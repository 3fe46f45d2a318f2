package worker

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

// process is a worker's operating system process.
type process interface {
	pid() int
	kill()
	// exited is closed when the process has ended; state says how, from then on.
	exited() <-chan struct{}
	state() string
}

// child is a process that was started directly.
type child struct {
	cmd  *exec.Cmd
	done chan struct{}
	how  string
	job  job
}

// startChild starts a command in a process group of its own. The goroutine that starts it keeps its thread until the
// process has ended, since Linux takes the end of the thread for the death of the parent.
func startChild(cmd *exec.Cmd, deathSignal bool) (*child, error) {
	c := &child{cmd: cmd, done: make(chan struct{})}
	detach(cmd, deathSignal)
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			c.job = newJob(cmd.Process)
		}
		started <- err
		if err != nil {
			return
		}
		c.how = describe(cmd.Wait(), cmd.ProcessState)
		c.job.close()
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

func (c *child) pid() int                { return c.cmd.Process.Pid }
func (c *child) exited() <-chan struct{} { return c.done }
func (c *child) state() string           { return c.how }

func (c *child) kill() {
	select {
	case <-c.done:
	default:
		killGroup(c.cmd.Process)
	}
}

func describe(err error, s *os.ProcessState) string {
	var exit *exec.ExitError
	if s == nil || err != nil && !errors.As(err, &exit) {
		return fmt.Sprintf("ended: %v", err)
	}
	if how := describeSignal(s); how != "" {
		return how
	}
	return fmt.Sprintf("exited with status %d", s.ExitCode())
}

// maxLine bounds a line of output; a longer one is told in pieces.
const maxLine = 64 << 10

// printed reads what processes print, line by line, and keeps the end of it.
type printed struct {
	output Output
	pipes  []*os.File
	ended  sync.WaitGroup

	mu   sync.Mutex
	tail []byte
}

// maxTail is how much of the end is kept, to tell why a process died before it was ready.
const maxTail = 4 << 10

func (p *printed) read(stream string) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.pipes = append(p.pipes, r)
	p.ended.Add(1)
	go func() {
		defer p.ended.Done()
		p.lines(stream, r)
	}()
	return w, nil
}

func (p *printed) lines(stream string, r io.Reader) {
	b := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := b.ReadSlice('\n')
		if len(line) > 0 {
			p.mu.Lock()
			if p.tail = append(p.tail, line...); len(p.tail) > maxTail {
				p.tail = append(p.tail[:0], p.tail[len(p.tail)-maxTail:]...)
			}
			p.mu.Unlock()
			if p.output != nil {
				p.output(stream, strings.ToValidUTF8(string(line), "\uFFFD"))
			}
		}
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
	}
}

// close waits for what was printed to be read. A child of the process may hold the pipe open: it is not waited for.
func (p *printed) close() {
	patience := time.AfterFunc(200*time.Millisecond, p.closePipes)
	p.ended.Wait()
	patience.Stop()
	p.closePipes()
}

func (p *printed) closePipes() {
	for _, r := range p.pipes {
		_ = r.Close() // only read from; closed twice at most
	}
}

func (p *printed) last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.TrimSpace(strings.ToValidUTF8(string(p.tail), "\uFFFD"))
}
