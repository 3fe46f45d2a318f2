package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
)

// marked is how many exchanges are replayed after each save.
const marked = 20

// verdicts is how long it took from a save to the last verdict, and how long the application itself takes for as many
// requests.
type verdicts struct {
	took []time.Duration
	own  time.Duration
}

// line is what is read of a line of `snifter run --headless --json`.
type line struct {
	Type    string `json:"type"`
	Control string `json:"control"`
}

// lines hands the lines that are written to it to a reader.
type lines struct {
	rest []byte
	to   chan line
}

func (l *lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		text, rest, found := bytes.Cut(l.rest, []byte("\n"))
		if !found {
			return len(p), nil
		}
		var one line
		if err := json.Unmarshal(text, &one); err != nil {
			return 0, err
		}
		l.rest = rest
		l.to <- one
	}
}

// await takes lines until one is of a type.
func (l *lines) await(ctx context.Context, kind string) (line, error) {
	timeout := time.After(20 * time.Second)
	for {
		select {
		case one := <-l.to:
			if one.Type == kind {
				return one, nil
			}
		case <-timeout:
			return line{}, fmt.Errorf("no line of type %q within 20 s", kind)
		case <-ctx.Done():
			return line{}, ctx.Err()
		}
	}
}

// measureVerdicts marks exchanges with the Flask example, saves, and waits for their verdicts.
func measureVerdicts(ctx context.Context, e *environment, p plan) (*verdicts, error) {
	s := sites()[0]
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
	out := &lines{to: make(chan line, 1<<16)}
	process, err := startProcess(ctx, e.scratch, addr,
		command{name: snifterName, dir: dir, args: append(s.commandOf(e, true, addr), "--json"), stdout: out}, s.path)
	if err != nil {
		return nil, err
	}
	defer process.stop()
	ready, err := out.await(ctx, "ready")
	if err != nil {
		return nil, err
	}
	if err := mark(ctx, ready.Control); err != nil {
		return nil, err
	}
	v := &verdicts{}
	one, err := load(ctx, addr, scenario{path: s.path}.request(addr.String()), 1, time.Second)
	if err != nil {
		return nil, err
	}
	v.own = marked * one.quantile(0.5)
	ed, err := s.editor(dir)
	if err != nil {
		return nil, err
	}
	for n := range p.verdicts {
		if err := pause(ctx, 500*time.Millisecond); err != nil {
			return nil, err
		}
		began := time.Now()
		if _, err := ed.save(n); err != nil {
			return nil, err
		}
		for range marked {
			if _, err := out.await(ctx, "verdict"); err != nil {
				return nil, err
			}
		}
		v.took = append(v.took, time.Since(began))
	}
	return v, nil
}

// mark makes the exchanges to replay: the first one, from the start, and as many like it as are missing.
func mark(ctx context.Context, socket string) (err error) {
	client, err := control.Dial(ctx, socket)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	status, err := client.Status(ctx)
	if err != nil {
		return err
	}
	addr, err := addrOf(status.URL)
	if err != nil {
		return err
	}
	for range marked {
		if _, err := get(addr, "/"); err != nil {
			return err
		}
	}
	// An answer is in the list a moment after it was given.
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		page, err := client.Rows(ctx, control.Query{Filter: "~c 200", Limit: marked})
		if err != nil {
			return err
		}
		if len(page.Rows) == marked {
			var ids []uint64
			for _, r := range page.Rows {
				ids = append(ids, r.ID)
			}
			return client.Mark(ctx, ids, true)
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("the exchanges did not appear in the list")
}
