package main

import (
	"net/netip"
	"path/filepath"
	"strconv"
)

// threads is how many requests the threaded servers run at once. All serve with one process.
const threads = 8

// peer is a server that is compared.
type peer struct {
	name string
	// command is how it serves module:app from the folder dir.
	command func(e *environment, dir, module string, addr netip.AddrPort) []string
	// only is the module that it is asked to serve, "" for any.
	only string
}

// environment is where all programs are.
type environment struct {
	snifter string // the program
	python  string // of the virtual environment with the peers
	scratch string // a folder for everything else
	root    string // of the module
}

func (e *environment) program(name string) string { return filepath.Join(filepath.Dir(e.python), name) }

const snifterName = "snifter"

func peers() []peer {
	count := strconv.Itoa(threads)
	return []peer{
		{name: snifterName, command: func(e *environment, dir, module string, addr netip.AddrPort) []string {
			return []string{e.snifter, "run", module + ":app", "--headless", "--bind", addr.String(), "--python", e.python,
				"--threads", count, "--capture", e.capture(addr)}
		}},
		// Its own HTTP: the router, which keeps connections alive and hands requests to the process with the threads.
		{name: "uWSGI", command: func(e *environment, dir, module string, addr netip.AddrPort) []string {
			return []string{e.program("uwsgi"), "--http", addr.String(), "--http-keepalive", "--http-auto-chunked",
				"--module", module + ":app", "--virtualenv", filepath.Dir(filepath.Dir(e.python)), "--threads", count,
				"--master", "--die-on-term", "--need-app", "--disable-logging"}
		}},
		{name: "gunicorn sync", command: func(e *environment, dir, module string, addr netip.AddrPort) []string {
			return []string{e.python, "-m", "gunicorn", module + ":app", "--bind", addr.String(), "--workers", "1"}
		}},
		{name: "gunicorn gthread", command: func(e *environment, dir, module string, addr netip.AddrPort) []string {
			return []string{e.python, "-m", "gunicorn", module + ":app", "--bind", addr.String(), "--workers", "1",
				"--worker-class", "gthread", "--threads", count}
		}},
		{name: "waitress", command: func(e *environment, dir, module string, addr netip.AddrPort) []string {
			return []string{e.python, "-m", "waitress", "--listen", addr.String(), "--threads", count, module + ":app"}
		}},
		{name: "flask run", only: flaskModule, command: func(e *environment, dir, module string, addr netip.AddrPort) []string {
			return []string{e.python, "-m", "flask", "--app", module, "run", "--host", addr.Addr().String(),
				"--port", strconv.Itoa(int(addr.Port()))}
		}},
	}
}

// capture is the file into which snifter at an address records.
func (e *environment) capture(addr netip.AddrPort) string {
	return filepath.Join(e.scratch, "capture-"+strconv.Itoa(int(addr.Port()))+".db")
}
