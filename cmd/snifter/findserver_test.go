package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/snifter-dev/snifter/replay"
)

func TestListensAt(t *testing.T) {
	dir := t.TempDir()
	socket, other := filepath.Join(dir, "socket"), filepath.Join(dir, "other")
	for _, path := range []string{socket, other} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		url, to string
		want    bool
	}{
		{"http://127.0.0.1:8000", "127.0.0.1:8000", true},
		{"http://127.0.0.1:8000", "http://localhost:8000", true},
		{"http://[::1]:8000", "localhost:8000", true},
		{"http://0.0.0.0:8000", "127.0.0.1:8000", true},
		{"http://[::]:8000", "http://localhost:8000/", true},
		{"http://192.168.1.5:8000", "192.168.1.5:8000", true},
		{"http://127.0.0.1:8000", "127.0.0.1:8001", false},
		{"http://127.0.0.1:8000", "localhost:8001", false},
		{"http://127.0.0.1:8000", "[::1]:8000", false},
		{"http://192.168.1.5:8000", "localhost:8000", false},
		{"http://0.0.0.0:8000", "192.168.1.6:8000", false},
		{"http://127.0.0.1:8000", "example.com:8000", false},
		{"unix:" + socket, "unix:" + dir + "/./socket", true},
		{"unix:" + socket, "unix:" + other, false},
		{"unix:" + socket, "127.0.0.1:8000", false},
	} {
		target, err := replay.ParseTarget(c.to)
		if err != nil {
			t.Fatal(err)
		}
		if got := listensAt(c.url, target); got != c.want {
			t.Errorf("%s listens at %s: %t", c.url, c.to, got)
		}
	}
}
