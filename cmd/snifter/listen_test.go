package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitAddress(t *testing.T) {
	for address, want := range map[string][2]string{
		"127.0.0.1:9000": {"127.0.0.1", "9000"},
		":9000":          {"127.0.0.1", "9000"},
		"localhost":      {"localhost", "8000"},
		"[::1]:0":        {"::1", "0"},
		"::1":            {"::1", "8000"},
		"[::1]":          {"::1", "8000"},
	} {
		host, port, err := splitAddress(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if diff := cmp.Diff(want, [2]string{host, port}); diff != "" {
			t.Errorf("%s: %s", address, diff)
		}
	}
	for _, address := range []string{"a:b:c", "localhost:http", "localhost:70000", "localhost:-1"} {
		if host, port, err := splitAddress(address); err == nil {
			t.Errorf("%s: %s %s", address, host, port)
		}
	}
}

func TestOtherMachinesNeedAWord(t *testing.T) {
	var messages bytes.Buffer
	std := stdio{err: &messages}
	o := newServeOptions()
	for _, address := range []string{"0.0.0.0:0", "[::]:0", "example.com:0", "192.0.2.1:0"} {
		if l, err := o.listenOn(address, std); err == nil {
			l.Close()
			t.Errorf("%s was listened on", address)
		} else if explain(err).code != exitUsage {
			t.Errorf("%s: %v", address, err)
		}
	}
	o.allowRemote = true
	l, err := o.listenOn("0.0.0.0:0", std)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if !bytes.Contains(messages.Bytes(), []byte("WARNING: This is a development server.")) {
		t.Errorf("nobody was warned: %s", &messages)
	}
}

func TestUnixSocketOfAServerThatIsGone(t *testing.T) {
	dir, err := os.MkdirTemp("", "snifter") // t.TempDir's names are too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s")
	old, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var p *problem
	if _, err := listenUnix(path); !errors.As(err, &p) || p.code != exitPortBusy {
		t.Errorf("a socket that is in use: %v", err)
	}
	old.(*net.UnixListener).SetUnlinkOnClose(false)
	old.Close()
	l, err := listenUnix(path)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listenUnix(path); !errors.As(err, &p) || p.code != exitPortBusy {
		t.Errorf("a file: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "mine" {
		t.Errorf("the file was touched: %q, %v", text, err)
	}
}
