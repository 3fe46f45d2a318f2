package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// process is a server that was started.
type process struct {
	name   string
	addr   netip.AddrPort
	cmd    *exec.Cmd
	log    string // the file that has its standard error
	exited chan struct{}
	ending sync.Once
}

// command is how a server is started; stdout is nil for what nobody reads.
type command struct {
	name   string
	dir    string
	args   []string
	env    []string
	stdout io.Writer
}

// startProcess starts a server that listens at addr, and waits for the first answer to GET path.
func startProcess(ctx context.Context, scratch string, addr netip.AddrPort, c command, path string) (*process, error) {
	p := &process{name: c.name, addr: addr, log: filepath.Join(scratch, fmt.Sprintf("%s-%d.log", c.name, addr.Port())), exited: make(chan struct{})}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd = exec.Command(c.args[0], c.args[1:]...)
	p.cmd.Dir, p.cmd.Env = c.dir, append(os.Environ(), c.env...)
	p.cmd.Stdout, p.cmd.Stderr = c.stdout, log
	p.cmd.SysProcAttr = ownGroup()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := p.await(ctx, path); err != nil {
		p.stop()
		said, _ := os.ReadFile(p.log)
		return nil, fmt.Errorf("%s did not start: %w\n%s", c.name, err, said)
	}
	return p, nil
}

// await waits for an answer with status 200.
func (p *process) await(ctx context.Context, path string) error {
	for {
		answer, err := get(p.addr, path)
		if err == nil && bytes.HasPrefix(answer, []byte("HTTP/1.")) && len(answer) > 12 && string(answer[9:12]) == "200" {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-p.exited:
			return errors.New("it has ended")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// stop ends a server and whatever it has started in its process group.
func (p *process) stop() { p.ending.Do(p.end) }

func (p *process) end() {
	signalGroup(p.cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(10 * time.Second):
	}
	signalGroup(p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.exited
}

// usage is what the server and its children have used, once they have come to rest: what a server does after it has
// answered is part of what the answers cost.
func (p *process) usage(ctx context.Context) (usage, error) {
	before, err := usageOf(p.cmd.Process.Pid)
	for range 100 {
		select {
		case <-ctx.Done():
			return usage{}, ctx.Err()
		case <-time.After(60 * time.Millisecond):
		}
		var now usage
		if now, err = usageOf(p.cmd.Process.Pid); err != nil {
			return usage{}, fmt.Errorf("%s: %w", p.name, err)
		}
		if now.cpu-before.cpu <= tick {
			return now, nil
		}
		before = now
	}
	return before, err
}

// get sends one request over a connection of its own and returns all that is answered.
func get(addr netip.AddrPort, path string) ([]byte, error) {
	conn, err := net.DialTimeout("tcp", addr.String(), 5*time.Second)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, addr); err != nil {
		return nil, err
	}
	return io.ReadAll(bufio.NewReader(conn))
}

// freeAddr finds a port of the loopback that nobody listens at.
func freeAddr() (netip.AddrPort, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return netip.AddrPort{}, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort(), nil
}
