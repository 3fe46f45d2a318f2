//go:build linux || darwin

package http1

import (
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// direct writes to a socket without ever waiting for it.
type direct struct {
	conn syscall.RawConn
	try  func(fd uintptr) bool // made once: a closure a write would be an allocation a write

	one  []byte
	many [][]byte
	iov  [3][]byte
	n    int
	err  error
}

// newDirect returns nil where nc is no socket.
func newDirect(nc net.Conn) *direct {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	d := &direct{conn: rc}
	d.try = func(fd uintptr) bool {
		for {
			if d.many != nil {
				d.n, d.err = unix.Writev(int(fd), d.many)
			} else {
				d.n, d.err = syscall.Write(int(fd), d.one)
			}
			if d.err != syscall.EINTR {
				return true
			}
		}
	}
	return d
}

// write returns how much of p the socket took, 0 where it is full.
func (d *direct) write(p []byte) (int, error) {
	d.one = p
	return d.do()
}

// writev is write for three pieces.
func (d *direct) writev(a, b, c []byte) (int, error) {
	d.iov = [3][]byte{a, b, c}
	d.many = d.iov[:]
	return d.do()
}

func (d *direct) do() (int, error) {
	err := d.conn.Write(d.try)
	n, tried := d.n, d.err
	d.one, d.many, d.iov, d.n, d.err = nil, nil, [3][]byte{}, 0, nil
	switch {
	case err != nil:
		return 0, err
	case errors.Is(tried, syscall.EAGAIN):
		return 0, nil
	case tried != nil:
		return 0, tried
	}
	return n, nil
}
