package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/python"
	"github.com/snifter-dev/snifter/replay"
	"github.com/snifter-dev/snifter/tui/safe"
)

func addServer(g *flagGroup, v *stringValue) {
	g.addPath(v, "server", "", "SOCKET", "a snifter that runs, by its control socket")
}

// findServer returns the running snifter with the socket, or the only one unless another capture is of this folder, or of several
// the one that alone records into the capture that is named, or is of this folder. purpose says what it is wanted for ("to replay against"), instead what
// else could be named.
func findServer(
	ctx context.Context, std stdio, socket string, capture *captureOption, purpose string, instead ...string,
) (control.Server, error) {
	servers, err := control.Discover(ctx)
	if err != nil {
		return control.Server{}, err
	}
	if socket != "" {
		for _, s := range servers {
			if s.Socket == socket {
				return s, nil
			}
		}
		return control.Server{Socket: socket, URL: socket}, nil
	}
	switch len(servers) {
	case 1:
		if string(capture.path) == "" && ofAnother(servers, std) {
			return control.Server{}, usage("there is nothing "+purpose+": the only snifter that runs is of another folder",
				append([]string{serverLine(servers[0])}, instead...)...)
		}
		return servers[0], nil
	case 0:
		return control.Server{}, usage("there is nothing "+purpose+": no snifter runs", instead...)
	}
	if s, ok := theOne(servers, capture, std); ok {
		return s, nil
	}
	var try []string
	for _, s := range servers {
		try = append(try, serverLine(s))
	}
	for _, other := range instead {
		if strings.HasPrefix(other, "--") { // one more snifter would be of no use
			try = append(try, other)
		}
	}
	return control.Server{}, usage("several snifters run; say which is the one "+purpose, try...)
}

// theOne is that of several running snifters which alone records into the capture that is named, or, where none is, is of the
// nearest folder upward that has one, or a capture.
func theOne(servers []control.Server, capture *captureOption, std stdio) (control.Server, bool) {
	if path := string(capture.path); path != "" {
		return only(servers, func(s control.Server) bool { return sameFile(s.Capture, path) })
	}
	for at := range python.Upward(std.dir) {
		if s, ok, known := ofFolder(servers, at); known {
			return s, ok
		}
	}
	return control.Server{}, false
}

// ofAnother says that the nearest folder upward that has a capture is of none of the snifters that run: an id of an exchange, or
// a stage, would be meant of that.
func ofAnother(servers []control.Server, std stdio) bool {
	for at := range python.Upward(std.dir) {
		if _, ok, known := ofFolder(servers, at); known {
			return !ok
		}
	}
	return false
}

// ofFolder is the one that alone records in a folder, or, where none does, alone serves an application of it. known is false
// where there is neither, nor a capture in the folder.
func ofFolder(servers []control.Server, dir string) (s control.Server, ok, known bool) {
	path := filepath.Join(dir, captureName)
	for _, is := range []func(control.Server) bool{
		func(s control.Server) bool { return sameFile(s.Capture, path) },
		func(s control.Server) bool { return sameFile(s.Dir, dir) },
	} {
		if slices.ContainsFunc(servers, is) {
			s, ok = only(servers, is)
			return s, ok, true
		}
	}
	_, err := os.Stat(path)
	return s, false, err == nil
}

// recordsAt is the running snifter that listens at an address and records into a capture.
func recordsAt(ctx context.Context, target replay.Target, capture string) (control.Server, bool) {
	servers, err := control.Discover(ctx)
	if err != nil {
		return control.Server{}, false
	}
	return only(servers, func(s control.Server) bool { return sameFile(s.Capture, capture) && listensAt(s.URL, target) })
}

// listensAt says that an address is that of a server of this machine, by whichever of its names. At another of the machine's
// addresses another may listen on the same port.
func listensAt(url string, target replay.Target) bool {
	at, err := replay.ParseTarget(url)
	if err != nil || at.Network != target.Network {
		return false
	}
	if at.Address == target.Address || at.Network == "unix" {
		return at.Address == target.Address || sameFile(at.Address, target.Address)
	}
	listens, port, _ := net.SplitHostPort(at.Address)
	host, asked, _ := net.SplitHostPort(target.Address)
	ip, named := net.ParseIP(listens), host == "localhost"
	return port == asked && (named && ip.IsLoopback() || (named || net.ParseIP(host).IsLoopback()) && ip.IsUnspecified())
}

// only is the only one of which something holds.
func only(servers []control.Server, is func(control.Server) bool) (control.Server, bool) {
	found := slices.DeleteFunc(slices.Clone(servers), func(s control.Server) bool { return !is(s) })
	if len(found) != 1 {
		return control.Server{}, false
	}
	return found[0], true
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// dialServer connects to a running snifter.
func dialServer(ctx context.Context, server control.Server) (control.Client, error) {
	client, err := control.Dial(ctx, server.Socket)
	if err == nil {
		return client, nil
	}
	p := &problem{code: exitDifferent, what: err.Error(), err: err}
	running, _ := control.Discover(ctx)
	for _, s := range running {
		p.try = append(p.try, serverLine(s))
	}
	if len(p.try) == 0 {
		p.try = []string{"snifter run APP, to start one"}
	}
	return nil, p
}

// serverLine names a running snifter as --server takes it.
func serverLine(s control.Server) string {
	return fmt.Sprintf("--server %s  (%s at %s)", s.Socket, safe.Of(s.App), s.URL)
}
