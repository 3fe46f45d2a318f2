package control_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/control"
)

func TestDiscover(t *testing.T) {
	dir := shortDir(t)
	if found, err := control.DiscoverIn(t.Context(), dir); err != nil || len(found) != 0 {
		t.Errorf("nowhere: %v, %v", found, err)
	}
	l := newLive(t)
	ctx, cancel := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	defer serving.Wait()
	defer cancel()
	var sockets []string
	for range 2 {
		listener, err := control.ListenIn(dir)
		if err != nil {
			t.Fatal(err)
		}
		sockets = append(sockets, listener.Addr().String())
		serving.Go(func() { control.Serve(ctx, listener, l) })
	}
	stale := filepath.Join(dir, fmt.Sprint(deadPID(t), ".sock"))
	abandon(t, stale)
	mute, err := net.Listen("unix", filepath.Join(dir, "1.sock")) // listens, and is no snifter
	if err != nil {
		t.Fatal(err)
	}
	serving.Go(func() {
		for {
			conn, err := mute.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, "220 mail\r\n")
			conn.Close()
		}
	})
	defer mute.Close()
	os.WriteFile(filepath.Join(dir, "notes"), nil, 0o600)

	found, err := control.DiscoverIn(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var want []control.Server
	for _, s := range sockets {
		want = append(want, control.Server{Socket: s, PID: os.Getpid(), App: "app:app", URL: "http://127.0.0.1:1"})
	}
	if sockets[0] > sockets[1] {
		want[0], want[1] = want[1], want[0]
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := os.Lstat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the stale socket is left: %v", err)
	}
	if _, err := os.Lstat(mute.Addr().String()); err != nil {
		t.Errorf("a socket that is in use is gone: %v", err)
	}
	info, _ := os.Stat(dir)
	file, _ := os.Stat(sockets[0])
	if info.Mode().Perm() != 0o700 || file.Mode().Perm() != 0o600 {
		t.Errorf("modes %v, %v", info.Mode(), file.Mode())
	}
}

// deadPID is the number of a process that has ended.
func deadPID(t *testing.T) int {
	c := exec.Command(os.Args[0], "-test.run=^$")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	return c.Process.Pid
}

// abandon leaves a socket that nobody listens at, as a killed process does.
func abandon(t *testing.T, path string) {
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
}

func TestListenTakesOverADeadSocket(t *testing.T) {
	dir := shortDir(t)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	abandon(t, filepath.Join(dir, fmt.Sprint(os.Getpid(), ".sock")))
	l, err := control.ListenIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if filepath.Base(l.Addr().String()) != fmt.Sprint(os.Getpid(), ".sock") {
		t.Errorf("it listens at %s", l.Addr())
	}
	if info, _ := os.Stat(dir); info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v", info.Mode())
	}
}

func TestListenRefusesAFolderThatIsNone(t *testing.T) {
	dir := shortDir(t)
	if err := os.Symlink(os.TempDir(), dir); err != nil {
		t.Fatal(err)
	}
	if l, err := control.ListenIn(dir); err == nil {
		l.Close()
		t.Error("a symbolic link was taken for the folder")
	}
}
