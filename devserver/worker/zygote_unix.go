//go:build unix

package worker

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// zygote is the process that forks Python workers. What passes on its control socket is told in the bridge's zygote.py.
type zygote struct {
	control *net.UnixConn
	child   *child
	printed *printed
	over    chan struct{} // closed when the control socket has ended

	send sync.Mutex // held while a message is written

	mu       sync.Mutex
	last     int64
	forking  map[int64]chan forked
	children map[int]*forkedProcess
	retired  bool // ends with its last worker
	warmed   bool // was told what to import
	warming  chan warmed
}

type forked struct {
	process *forkedProcess
	stale   string
}

type warmed struct{ threads, spoiled []string }

var errZygote = errors.New("the process that forks Python workers ended")

// forkedProcess is a worker that was forked. The zygote is its parent and tells of its end.
type forkedProcess struct {
	id   int
	done chan struct{}
	how  string
	mu   sync.Mutex
	dead bool
}

func (f *forkedProcess) pid() int                { return f.id }
func (f *forkedProcess) exited() <-chan struct{} { return f.done }
func (f *forkedProcess) state() string           { return f.how }

func (f *forkedProcess) kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return
	}
	if err := syscall.Kill(-f.id, syscall.SIGKILL); err != nil {
		_ = syscall.Kill(f.id, syscall.SIGKILL) // it is not yet in a group of its own, or has ended
	}
}

func (f *forkedProcess) ended(how string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.dead {
		f.dead, f.how = true, how
		close(f.done)
	}
}

// watch waits for the end of a process whose parent, the zygote, is gone, so that nobody tells of it.
func (f *forkedProcess) watch() {
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for range look.C {
		// One that has ended may stay a zombie, where the process that inherits it does not care.
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", f.id))
		if err := syscall.Kill(f.id, 0); err != nil || bytes.Contains(stat, []byte(") Z ")) {
			f.ended("ended")
			return
		}
	}
}

func startZygote(spec Spec) (*zygote, error) {
	control, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(spec.Argv[0], spec.Argv[1:]...)
	cmd.Dir = spec.Dir
	cmd.Env = append(spec.Env[:len(spec.Env):len(spec.Env)], "SNIFTER_ZYGOTE=fd:3")
	cmd.ExtraFiles = []*os.File{theirs}
	p := &printed{}
	stderr, err := p.read("stderr")
	if err != nil {
		_, _ = control.Close(), theirs.Close()
		return nil, err
	}
	cmd.Stderr = stderr
	c, err := startChild(cmd, false)
	_, _ = theirs.Close(), stderr.Close() // the child has its own
	if err != nil {
		_ = control.Close()
		p.close()
		return nil, err
	}
	z := &zygote{
		control: control.(*net.UnixConn), child: c, printed: p, over: make(chan struct{}),
		forking: map[int64]chan forked{}, children: map[int]*forkedProcess{}, warming: make(chan warmed, 1),
	}
	go z.read()
	return z, nil
}

// close ends the zygote and its workers, and waits for that.
func (z *zygote) close() {
	_ = z.control.CloseWrite()
	if !within(z.over, endPatience) {
		z.child.kill()
	}
	<-z.over
	<-z.child.exited()
}

// read takes what the zygote says, until it ends.
func (z *zygote) read() {
	err := z.messages()
	if !errors.Is(err, io.EOF) || !within(z.child.exited(), endPatience) {
		z.child.kill()
	}
	<-z.child.exited()
	_ = z.control.Close()
	z.printed.close()
	z.mu.Lock()
	for _, reply := range z.forking {
		close(reply)
	}
	clear(z.forking)
	// Its workers may live on, if it died by itself.
	for _, f := range z.children {
		go f.watch()
	}
	clear(z.children)
	close(z.over)
	z.mu.Unlock()
}

const maxMessage = 1 << 20

func (z *zygote) messages() error {
	var size [4]byte
	for {
		if _, err := io.ReadFull(z.control, size[:]); err != nil {
			return err
		}
		n := binary.LittleEndian.Uint32(size[:])
		if n > maxMessage {
			return fmt.Errorf("%w: a message of %d bytes", wire.ErrFrame, n)
		}
		p := make([]byte, n)
		if _, err := io.ReadFull(z.control, p); err != nil {
			return err
		}
		d, _, err := marshal.DecodeDict(p)
		if err != nil {
			return err
		}
		z.take(d)
	}
}

func (z *zygote) take(d marshal.Dict) {
	z.mu.Lock()
	defer z.mu.Unlock()
	switch d.Str("op") {
	case "forked":
		f := &forkedProcess{id: int(d.Int("pid")), done: make(chan struct{})}
		z.children[f.id] = f
		z.reply(d.Int("id"), forked{process: f})
	case "stale":
		z.reply(d.Int("id"), forked{stale: d.Str("why")})
	case "exit":
		pid := int(d.Int("pid"))
		if f := z.children[pid]; f != nil {
			delete(z.children, pid)
			f.ended(describeStatus(syscall.WaitStatus(d.Int("status"))))
		}
		z.endIfUnused()
	case "warm":
		threads, _ := d.Get("threads")
		spoiled, _ := d.Get("spoiled")
		z.warming <- warmed{wire.Strings(threads), wire.Strings(spoiled)}
	}
}

func (z *zygote) reply(id int64, f forked) {
	if c := z.forking[id]; c != nil {
		delete(z.forking, id)
		c <- f
	} else if f.process != nil {
		f.process.kill() // nobody waits for it any more
	}
}

// retire has the zygote end with its last worker.
func (z *zygote) retire() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.retired = true
	z.endIfUnused()
}

func (z *zygote) endIfUnused() {
	if z.retired && len(z.children) == 0 && len(z.forking) == 0 {
		_ = z.control.CloseWrite()
	}
}

func describeStatus(s syscall.WaitStatus) string {
	if s.Signaled() {
		return signalled(s.Signal())
	}
	return fmt.Sprintf("exited with status %d", s.ExitStatus())
}

func (z *zygote) tell(d marshal.Dict, files ...*os.File) error {
	body := marshal.Append(nil, d)
	p := append(binary.LittleEndian.AppendUint32(nil, uint32(len(body))), body...)
	var rights []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		rights = syscall.UnixRights(fds...)
	}
	z.send.Lock()
	defer z.send.Unlock()
	n, _, err := z.control.WriteMsgUnix(p, rights, nil)
	if err == nil && n < len(p) {
		_, err = z.control.Write(p[n:])
	}
	return err
}

// fork has a worker forked with its four descriptors. stale is a reason not to fork from this zygote.
func (z *zygote) fork(ctx context.Context, threads int, files ...*os.File) (f *forkedProcess, stale string, err error) {
	reply := make(chan forked, 1)
	z.mu.Lock()
	select {
	case <-z.over:
		z.mu.Unlock()
		return nil, "", errZygote
	default:
	}
	z.last++
	id := z.last
	z.forking[id] = reply
	z.mu.Unlock()
	err = z.tell(marshal.Dict{
		{Key: "op", Value: "fork"}, {Key: "id", Value: id}, {Key: "threads", Value: threads},
	}, files...)
	if err != nil {
		z.mu.Lock()
		delete(z.forking, id)
		z.mu.Unlock()
		return nil, "", fmt.Errorf("%w: %w", errZygote, err)
	}
	select {
	case r, ok := <-reply:
		if !ok {
			return nil, "", errZygote
		}
		return r.process, r.stale, nil
	case <-ctx.Done():
		z.mu.Lock()
		delete(z.forking, id)
		z.mu.Unlock()
		select {
		case r := <-reply:
			if r.process != nil {
				r.process.kill()
			}
		default:
		}
		return nil, "", ctx.Err()
	}
}
