package wsgi

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// exitTime is how long main may take once snifter has told the process to end or is gone.
const exitTime = 900 * time.Millisecond

func serveWorker(how string, app Application, opts []Option) error {
	conn, err := dial(how)
	if err != nil {
		return fmt.Errorf("connect to snifter: %w", err)
	}
	// A worker without a server must not live on because main has something else to do.
	return ServeConn(conn, app, append(opts, func(o *options) {
		o.ending = func() { time.AfterFunc(exitTime, func() { os.Exit(0) }) }
	})...)
}

// dial connects to the server as SNIFTER_WORKER says; see package wire.
func dial(how string) (io.ReadWriteCloser, error) {
	kind, rest, _ := strings.Cut(how, ":")
	switch kind {
	case "fd":
		fd, err := strconv.Atoi(rest)
		if err != nil || fd < 3 {
			return nil, fmt.Errorf("%s: %q is no descriptor", workerVariable, rest)
		}
		// What the application starts must not hold the connection open.
		closeOnExec(fd)
		closeOnExec(fd + 1)
		f := os.NewFile(uintptr(fd), "snifter")
		conn, err := net.FileConn(f)
		if err != nil {
			return nil, err
		}
		return conn, f.Close()
	case "tcp":
		i := strings.LastIndexByte(rest, ':')
		if i < 0 {
			return nil, fmt.Errorf("%s: %q names no token", workerVariable, how)
		}
		return dialTCP(rest[:i], rest[i+1:])
	}
	return nil, fmt.Errorf("%s: %q is of no kind that is known; was this program built against another release?",
		workerVariable, kind)
}

func dialTCP(addr, token string) (io.ReadWriteCloser, error) {
	link := &tcpLink{}
	for _, role := range []string{"frames", "nudge"} {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			_, err = fmt.Fprintf(conn, "%s %s\n", role, token)
		}
		if err != nil {
			return nil, errors.Join(err, link.Close())
		}
		if role == "frames" {
			link.Conn = conn
		} else {
			link.nudge = conn
		}
	}
	return link, nil
}

// tcpLink holds the nudge, which a Go worker has no use for, open as long as the frames.
type tcpLink struct {
	net.Conn
	nudge net.Conn
}

func (l *tcpLink) Close() error {
	var err error
	for _, c := range []net.Conn{l.Conn, l.nudge} {
		if c != nil {
			err = errors.Join(err, c.Close())
		}
	}
	return err
}
