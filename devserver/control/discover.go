package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Server is a running snifter.
type Server struct {
	Socket  string `json:"control"`
	PID     int    `json:"pid"`
	App     string `json:"app"`
	URL     string `json:"url"`
	Capture string `json:"capture"`
	Dir     string `json:"dir"` // of the application
}

const socketSuffix = ".sock"

// Listen makes the socket of this process, 0600 in a folder of 0700, and its listener lets in this user alone. The
// socket's path is l.Addr().String(); closing the listener removes it.
func Listen() (net.Listener, error) {
	dir, err := socketDir()
	if err != nil {
		return nil, err
	}
	return ListenIn(dir)
}

// ListenIn is Listen with the sockets' folder named.
func ListenIn(dir string) (net.Listener, error) {
	if err := private(dir); err != nil {
		return nil, err
	}
	// One process may serve twice; nobody else's socket can have its number while it lives.
	for n := range 100 {
		name := strconv.Itoa(os.Getpid())
		if n > 0 {
			name += "-" + strconv.Itoa(n)
		}
		l, err := listenAt(filepath.Join(dir, name+socketSuffix))
		if err == nil || !inUse(err) {
			return l, err
		}
	}
	return nil, fmt.Errorf("the control socket: too many of this process in %s", dir)
}

func listenAt(path string) (net.Listener, error) {
	if dead, _ := deadSocket(path); dead {
		_ = os.Remove(path) // left by a process that had this number before
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("the control socket: %w", err)
	}
	return &ownListener{l}, nil
}

// ownListener turns away the processes of other users, where the system tells who they are. The folder's mode does so
// already; not every system heeds it for sockets.
type ownListener struct{ net.Listener }

func (l *ownListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if uid, known := peerUID(conn); !known || uid == os.Getuid() {
			return conn, nil
		}
		_ = conn.Close()
	}
}

// socketDir is where the sockets of this user are.
func socketDir() (string, error) {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return filepath.Join(dir, "snifter"), nil
		}
	}
	name := "snifter"
	if uid := os.Getuid(); uid >= 0 {
		name += "-" + strconv.Itoa(uid)
	}
	return filepath.Join(os.TempDir(), name), nil
}

// private makes the folder, and refuses one that someone else could have prepared: the temporary directory is open to
// all.
func private(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the folder of the control socket: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("the folder of the control socket: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder; the control socket needs one there that only you can open", dir)
	}
	if uid, known := ownerUID(info); known && uid != os.Getuid() {
		return fmt.Errorf("%s belongs to another user (uid %d); set XDG_RUNTIME_DIR to a folder of yours", dir, uid)
	}
	if modesMatter && info.Mode().Perm() != 0o700 {
		if err := os.Chmod(dir, 0o700); err != nil {
			return fmt.Errorf("the folder of the control socket: %w", err)
		}
	}
	return nil
}

// Discover lists the running snifters of this user by their process ids, and removes the sockets of those that are
// gone.
func Discover(ctx context.Context) ([]Server, error) {
	dir, err := socketDir()
	if err != nil {
		return nil, err
	}
	return DiscoverIn(ctx, dir)
}

// DiscoverIn is Discover with the sockets' folder named.
func DiscoverIn(ctx context.Context, dir string) ([]Server, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for running snifters: %w", err)
	}
	var mu sync.Mutex
	var found []Server
	var asking sync.WaitGroup
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), socketSuffix) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		asking.Go(func() {
			c, server, err := dial(ctx, path)
			if err != nil {
				if dead, _ := deadSocket(path); dead {
					_ = os.Remove(path)
				}
				return
			}
			_ = c.Close()
			server.Socket = path
			mu.Lock()
			found = append(found, server)
			mu.Unlock()
		})
	}
	asking.Wait()
	slices.SortFunc(found, func(a, b Server) int { return strings.Compare(a.Socket, b.Socket) })
	slices.SortStableFunc(found, func(a, b Server) int { return a.PID - b.PID })
	return found, ctx.Err()
}

// deadSocket says whether nobody listens at a socket any more. Between making and listening a living process's socket
// refuses too, so its process must be gone as well, or be this one.
func deadSocket(path string) (bool, error) {
	conn, err := net.Dial("unix", path)
	if err == nil {
		_ = conn.Close()
		return false, nil
	}
	if !refused(err) {
		return false, err
	}
	name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), socketSuffix), "-")
	pid, err := strconv.Atoi(name)
	if err != nil {
		return false, err
	}
	return pid == os.Getpid() || !alive(pid), nil
}
