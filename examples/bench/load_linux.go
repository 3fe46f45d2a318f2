package main

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"syscall"
	"time"
)

// load sends requests over some connections for a while, each the next as soon as the last is answered, from one
// thread: a loop over epoll and calls that never wait, so that it takes little of the machine and the same for every
// server. A connection that a server closes is opened anew, and the time of that counts.
func load(ctx context.Context, to netip.AddrPort, request []byte, conns int, lasting time.Duration) (round, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	poll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return round{}, err
	}
	l := &loader{poll: poll, request: request, conns: make([]client, conns), buf: make([]byte, 64<<10),
		to: syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}, fds: map[int32]*client{}}
	defer l.close()
	l.round.latencies = make([]time.Duration, 0, 1<<16)
	began := time.Now()
	for i := range l.conns {
		if err := l.open(&l.conns[i]); err != nil {
			return round{}, err
		}
	}
	events := make([]syscall.EpollEvent, conns)
	for {
		n, err := syscall.EpollWait(poll, events, 100)
		if err != nil && err != syscall.EINTR {
			return round{}, fmt.Errorf("epoll_wait: %w", err)
		}
		for _, e := range events[:max(n, 0)] {
			if err := l.ready(l.fds[e.Fd]); err != nil {
				return round{}, err
			}
		}
		if took := time.Since(began); took >= lasting || ctx.Err() != nil {
			l.round.took = took
			return l.round, l.starved(ctx)
		}
	}
}

// client is one connection with one request under way.
type client struct {
	fd       int
	sent     time.Time
	answer   answer
	answered int
}

type loader struct {
	poll    int
	to      syscall.SockaddrInet4
	request []byte
	conns   []client
	fds     map[int32]*client
	buf     []byte
	round   round
}

func (l *loader) open(c *client) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	c.fd, c.sent = fd, time.Now()
	c.answer.reset()
	if err := syscall.Connect(fd, &l.to); err != nil {
		_ = syscall.Close(fd)
		return fmt.Errorf("connect: %w", err)
	}
	_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	if err := syscall.SetNonblock(fd, true); err != nil {
		return err
	}
	l.fds[int32(fd)] = c
	e := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP, Fd: int32(fd)}
	if err := syscall.EpollCtl(l.poll, syscall.EPOLL_CTL_ADD, fd, &e); err != nil {
		return err
	}
	return l.send(c)
}

func (l *loader) send(c *client) error {
	n, err := write(c.fd, l.request)
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if n != len(l.request) {
		return fmt.Errorf("only %d of %d bytes of a request were taken", n, len(l.request))
	}
	return nil
}

// ready takes in what has come.
func (l *loader) ready(c *client) error {
	n, err := read(c.fd, l.buf)
	if err == syscall.EAGAIN {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	if n == 0 {
		if !c.answer.end() {
			return fmt.Errorf("the server closed a connection in the middle of a response, after %d bytes of its body", c.answer.body)
		}
		l.whole(c)
		return l.again(c)
	}
	whole, err := c.answer.take(l.buf[:n])
	if err != nil || !whole {
		return err
	}
	l.whole(c)
	if c.answer.closes {
		return l.again(c)
	}
	c.answer.reset()
	c.sent = time.Now()
	return l.send(c)
}

func (l *loader) whole(c *client) {
	c.answered++
	l.round.latencies = append(l.round.latencies, time.Since(c.sent))
}

// again opens a connection in the place of one that has ended.
func (l *loader) again(c *client) error {
	l.drop(c)
	return l.open(c)
}

func (l *loader) drop(c *client) {
	if c.fd > 0 {
		delete(l.fds, int32(c.fd))
		_ = syscall.Close(c.fd)
		c.fd = 0
	}
}

// starved counts the connections that were never answered: a server that serves some of them alone has an easier time.
func (l *loader) starved(ctx context.Context) error {
	for i := range l.conns {
		if l.conns[i].answered == 0 {
			l.round.starved++
		}
	}
	return ctx.Err()
}

func (l *loader) close() {
	for i := range l.conns {
		l.drop(&l.conns[i])
	}
	_ = syscall.Close(l.poll)
}
