package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// site is an example of a real shape, with a place in its sources to edit and a path whose answer shows the edit.
type site struct {
	name    string // "Flask"
	dir     string // under examples/python
	file    string // in it
	old     string // in the file, replaced by new with a number in the place of its %s
	new     string
	path    string
	peer    string
	command func(e *environment, addr netip.AddrPort) []string
}

func sites() []site {
	return []site{
		{
			name: "Flask", dir: "flask_app", file: "guestbook/__init__.py", path: "/",
			old: `GREETING="Welcome"`, new: `GREETING="Welcome %s"`, peer: "flask run",
			command: func(e *environment, addr netip.AddrPort) []string {
				return []string{e.python, "-m", "flask", "--app", "guestbook", "--debug", "run", "--host", addr.Addr().String(),
					"--port", strconv.Itoa(int(addr.Port()))}
			},
		},
		{
			name: "Django", dir: "django_project", file: "notes/middleware.py", path: "/",
			old: `f"view;`, new: `f"view%s;`, peer: "runserver",
			command: func(e *environment, addr netip.AddrPort) []string {
				return []string{e.python, "manage.py", "runserver", addr.String()}
			},
		},
	}
}

// reloads is how long a server took from a save to the first answer by the new code.
type reloads struct {
	site, server string
	took         []time.Duration
	refused      int // requests that got no answer
	stale        int // answers by the old code after the save
	start        time.Duration
}

// measureReloads saves a file again and again and asks until the answer is new.
func measureReloads(ctx context.Context, e *environment, p plan, out io.Writer) ([]*reloads, error) {
	var all []*reloads
	for _, s := range sites() {
		for _, own := range []bool{true, false} {
			name, saves := s.peer, p.slowSaves
			if own {
				name, saves = snifterName, p.saves
			}
			fmt.Fprintf(out, "measuring %d saves of %s under %s\n", saves, s.name, name)
			r, err := measureReload(ctx, e, s, name, own, saves)
			if err != nil {
				return nil, fmt.Errorf("%s under %s: %w", s.name, name, err)
			}
			all = append(all, r)
		}
	}
	return all, nil
}

func measureReload(ctx context.Context, e *environment, s site, name string, own bool, saves int) (*reloads, error) {
	dir, err := os.MkdirTemp(e.scratch, "site-")
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(e.root, "examples", "python", s.dir))); err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	args := s.commandOf(e, own, addr)
	r := &reloads{site: s.name, server: name}
	began := time.Now()
	process, err := startProcess(ctx, e.scratch, addr, command{name: name, dir: dir, args: args}, s.path)
	if err != nil {
		return nil, err
	}
	defer process.stop()
	r.start = time.Since(began)
	ed, err := s.editor(dir)
	if err != nil {
		return nil, err
	}
	for n := range saves {
		if err := pause(ctx, betweenSaves(own)); err != nil {
			return nil, err
		}
		if err := r.save(ctx, ed, n, addr, s.path); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// betweenSaves is how long a server is left alone. The others look at the files once a second: they are met at any
// moment of that, though not before they have looked once, since they never see a save before that.
func betweenSaves(own bool) time.Duration {
	if own {
		return 200*time.Millisecond + rand.N(500*time.Millisecond)
	}
	return 1500*time.Millisecond + rand.N(time.Second)
}

func (s site) commandOf(e *environment, own bool, addr netip.AddrPort) []string {
	if !own {
		return s.command(e, addr)
	}
	return []string{e.snifter, "run", "--headless", "--bind", addr.String(), "--python", e.python,
		"--capture", e.capture(addr)}
}

// save saves once and asks until the answer is new.
func (r *reloads) save(ctx context.Context, ed *editor, n int, addr netip.AddrPort, path string) error {
	began := time.Now()
	mark, err := ed.save(n)
	if err != nil {
		return err
	}
	for time.Since(began) < 20*time.Second {
		answer, err := get(addr, path)
		switch {
		case err != nil || len(answer) == 0:
			r.refused++
		case bytes.Contains(answer, []byte(mark)):
			r.took = append(r.took, time.Since(began))
			return nil
		default:
			r.stale++
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("save %d was not seen within 20 s", n)
}

// editor changes one place of one file.
type editor struct {
	path  string
	front []byte
	back  []byte
	mark  string
}

func (s site) editor(dir string) (*editor, error) {
	path := filepath.Join(dir, filepath.FromSlash(s.file))
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	front, back, found := bytes.Cut(text, []byte(s.old))
	if !found {
		return nil, fmt.Errorf("%s does not hold %q", path, s.old)
	}
	return &editor{path: path, front: front, back: back, mark: s.new}, nil
}

// save writes the file with a new number, and returns what an answer by the new code holds. The size changes with each
// save: Python takes a cached module for fresh by the second of its source's change and its size.
func (e *editor) save(n int) (string, error) {
	number := "edit" + strings.Repeat("x", n%7) + strconv.Itoa(n)
	text := slices.Concat(e.front, fmt.Appendf(nil, e.mark, number), e.back)
	return number, os.WriteFile(e.path, text, 0o644)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
