package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui/safe"
)

func addServer(g *flagGroup, v *stringValue) {
	g.addPath(v, "server", "", "SOCKET", "a snifter that runs, by its control socket")
}

// findServer returns the running snifter with the socket, or the only one, or of several the one that alone records into
// the capture that is named, or is the nearest upward. purpose says what it is wanted for ("to replay against"), instead what
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
		return servers[0], nil
	case 0:
		return control.Server{}, usage("there is nothing "+purpose+": no snifter runs", instead...)
	}
	if path, err := capture.upward(std.dir); err == nil {
		elsewhere := func(s control.Server) bool { return !sameFile(s.Capture, path) }
		if here := slices.DeleteFunc(slices.Clone(servers), elsewhere); len(here) == 1 {
			return here[0], nil
		}
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
