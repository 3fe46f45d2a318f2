package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/snifter-dev/snifter/tui/safe"
)

// listen opens the listeners of a server, before anything else starts, so that a busy port is known at once.
func (o *serveOptions) listen(std stdio) (_ []net.Listener, err error) {
	addresses := []string(o.bind)
	if len(addresses) == 0 {
		addresses = []string{net.JoinHostPort(strings.Trim(string(o.host), "[]"), strconv.Itoa(o.port.n))}
	}
	var listeners []net.Listener
	defer func() {
		if err != nil {
			for _, l := range listeners {
				_ = l.Close()
			}
		}
	}()
	for _, address := range addresses {
		l, err := o.listenOn(address, std)
		if err != nil {
			return nil, err
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

func (o *serveOptions) listenOn(address string, std stdio) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return listenUnix(strings.TrimPrefix(path, "//"))
	}
	host, port, err := splitAddress(address)
	if err != nil {
		return nil, err
	}
	if !isLoopback(host) {
		if !o.allowRemote {
			return nil, usage(fmt.Sprintf("%s can be reached from other machines, and snifter is a debugger: it shows and keeps all that passes", address),
				"--host 127.0.0.1", "--allow-remote, if the network is yours")
		}
		// runserver's words.
		std.note("WARNING: This is a development server. Do not use it in a production setting.")
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, errAddressInUse):
		return nil, portBusy(host, port, err)
	case errors.Is(err, syscall.EACCES):
		return nil, &problem{code: exitPortBusy, what: "port " + port + " is not for every user", err: err,
			try: []string{"--port 8000, or another above 1023"}}
	}
	return nil, &problem{code: exitUsage, what: "listen on " + address + ": " + unwrapped(err), err: err,
		try: []string{"--host 127.0.0.1", "--bind HOST:PORT"}}
}

// splitAddress reads HOST:PORT, HOST alone (gunicorn has port 8000 then) and :PORT.
func splitAddress(address string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(address)
	if err != nil {
		host, port = strings.Trim(address, "[]"), strconv.Itoa(defaultPort)
		if strings.Contains(host, ":") && net.ParseIP(host) == nil {
			return "", "", usage(fmt.Sprintf("%q is not an address", address), "--bind HOST:PORT", "--bind unix:PATH")
		}
	}
	if host == "" {
		host = defaultHost
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return "", "", usage(fmt.Sprintf("%q is not a port", port), "a number from 1 to 65535, or 0 for a free one")
	}
	return host, port, nil
}

// isLoopback tells whether a host is this machine alone. A name other than localhost may be anything.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// portBusy says who holds a port, where that can be seen.
func portBusy(host, port string, err error) *problem {
	p := &problem{code: exitPortBusy, err: err,
		what: fmt.Sprintf("port %s of %s is in use", port, host),
		try:  []string{"--port " + nextPort(port), "--port 0 for a free one"}}
	if n, err := strconv.Atoi(port); err == nil {
		if holder, ok := portHolder(n); ok {
			p.what += " by " + holder.String()
			p.try = append(p.try, fmt.Sprintf("kill %d, to end it", holder.pid))
		}
	}
	return p
}

func nextPort(port string) string {
	n, _ := strconv.Atoi(port)
	if n <= 0 || n >= 65535 {
		return strconv.Itoa(defaultPort)
	}
	return strconv.Itoa(n + 1)
}

// process is a process of this machine.
type process struct {
	pid     int
	command string
}

func (p process) String() string { return fmt.Sprintf("process %d: %s", p.pid, safe.Of(p.command)) }

// listenUnix listens on a Unix socket. One that nobody listens on any more is replaced; anything else is left alone.
func listenUnix(path string) (net.Listener, error) {
	l, err := net.Listen("unix", path)
	if err == nil || !errors.Is(err, errAddressInUse) {
		if err != nil {
			err = &problem{code: exitUsage, what: "listen on unix:" + path + ": " + unwrapped(err), err: err,
				try: []string{"--bind unix:PATH with a folder that is there, and a path of at most 100 bytes"}}
		}
		return l, err
	}
	busy := func(why string) error {
		return &problem{code: exitPortBusy, what: path + " " + why, err: err, try: []string{"--bind with another path"}}
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeSocket == 0 {
		return nil, busy("is there already, and is no socket")
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		_ = conn.Close()
		return nil, busy("is in use: a server listens there")
	}
	if err := os.Remove(path); err != nil {
		return nil, busy("is left from a server that is gone, and can't be removed")
	}
	return net.Listen("unix", path)
}

// unwrapped is the innermost cause of an error of the net package, which names the address a second time.
func unwrapped(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		var sys *os.SyscallError
		if errors.As(op.Err, &sys) {
			return sys.Err.Error()
		}
		return op.Err.Error()
	}
	return err.Error()
}

// tlsConfig loads the certificate, or returns nil where none is named.
func (o *serveOptions) tlsConfig() (*tls.Config, error) {
	cert, key := string(o.certfile), string(o.keyfile)
	switch {
	case cert == "" && key == "":
		return nil, nil
	case cert == "":
		return nil, usage("--ssl-keyfile needs --ssl-certfile")
	case key == "":
		key = cert // one file with both, as gunicorn and uvicorn allow
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, &problem{code: exitUsage, what: "the certificate can't be used: " + err.Error(), err: err,
			try: []string{"--ssl-certfile and --ssl-keyfile with files in PEM form that belong together"}}
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}}, nil
}
