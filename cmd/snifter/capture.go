package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/python"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/safe"
)

// captureName is where a capture lies, relative to the application's folder, unless it is named.
var captureName = filepath.Join(".snifter", "capture.db")

// captureOption is --capture, which all commands that read or write a capture take.
type captureOption struct {
	path stringValue
}

func (o *captureOption) addTo(g *flagGroup, usage string) {
	g.addPath(&o.path, "capture", "", "FILE", usage)
}

// readFlags is the group of the commands that read a capture.
func (o *captureOption) readFlags() *flagGroup {
	g := newFlagGroup("Capture")
	o.addTo(g, "the capture (nearest .snifter/capture.db upward, beside the application, of what runs)")
	return g
}

// open opens the capture for reading.
func (o *captureOption) open(ctx context.Context, std stdio) (*recorder.Store, error) {
	path, err := o.find(ctx, std, "")
	if err != nil {
		return nil, err
	}
	return recorder.OpenReadOnly(path)
}

// find returns the capture that is named, or else the nearest one upward; where there is none, that beside the application
// whose folder is given, "" for the one that `snifter run` serves here, or that of the only snifter that runs, whose
// application may lie elsewhere. It is there.
func (o *captureOption) find(ctx context.Context, std stdio, beside string) (string, error) {
	path, err := o.upward(std.dir)
	if !errors.Is(err, fs.ErrNotExist) || o.path != "" {
		return path, err
	}
	if beside == "" {
		beside = servedHere(std)
	}
	if beside != "" && beside != std.dir {
		path = filepath.Join(beside, captureName)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		err = noCapture("there is no capture in "+std.dir+" or above, and none in "+beside, fs.ErrNotExist)
	}
	return o.runningCapture(ctx, std, err)
}

// servedHere is the folder of the application that `snifter run` serves without an argument, "" where that is not known.
func servedHere(std stdio) string {
	file, err := findConfig(std.dir)
	if err != nil {
		return ""
	}
	var o appOptions
	cmd := &cobra.Command{}
	addGroups(cmd, o.appFlags())
	if err := fill(cmd, std, file); err != nil {
		return ""
	}
	arg, dir, err := appArgument(nil, std, file)
	if err != nil {
		return ""
	}
	app, err := o.locate(dir, arg, std)
	if err != nil {
		return ""
	}
	return app.dir()
}

// upward returns the capture that is named, or else the nearest one upward from dir.
func (o *captureOption) upward(dir string) (string, error) {
	if path := string(o.path); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", noCapture("there is no capture "+path, err)
		}
		return path, nil
	}
	for at := range python.Upward(dir) {
		path := filepath.Join(at, captureName)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", noCapture("the capture "+path+" can't be looked at", err)
		}
	}
	return "", noCapture("there is no capture in "+dir+" or above", fs.ErrNotExist)
}

// runningCapture is the capture of the only snifter that runs, or of the one that is of this folder; missing says that there is no
// other. Where several run, it lists theirs.
func (o *captureOption) runningCapture(ctx context.Context, std stdio, missing error) (string, error) {
	servers, err := control.Discover(ctx)
	if err != nil || len(servers) == 0 {
		return "", missing
	}
	if s, ok := theOne(servers, o, std); ok {
		servers = []control.Server{s}
	}
	if len(servers) == 1 {
		if _, err := os.Stat(servers[0].Capture); err != nil {
			return "", missing
		}
		return servers[0].Capture, nil
	}
	p := *explain(missing)
	p.try = nil
	for _, s := range servers {
		p.try = append(p.try, fmt.Sprintf("--capture %s  (%s at %s)", safe.Of(s.Capture), safe.Of(s.App), s.URL))
	}
	return "", &p
}

func noCapture(what string, err error) *problem {
	p := &problem{code: exitDifferent, what: what, err: err,
		try: []string{"snifter run, which records into " + captureName + " beside the application", "--capture FILE"}}
	if !errors.Is(err, fs.ErrNotExist) {
		p.what += ": " + err.Error()
		p.try = p.try[1:]
	}
	return p
}

// parseID reads the id of an exchange, with or without the # that lists show.
func parseID(text string) (uint64, error) {
	digits := text
	if len(text) > 1 && text[0] == '#' {
		digits = text[1:]
	}
	id, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || id == 0 {
		return 0, usage(fmt.Sprintf("%q is not the id of an exchange", text), "snifter ls lists the ids")
	}
	return id, nil
}

// commitTime is how long after its end an exchange is in the capture at the latest.
const commitTime = 100 * time.Millisecond

// exchange returns one exchange of a capture that is over; one that is not there is a problem that says that it is under way,
// or which are there.
func exchange(ctx context.Context, store *recorder.Store, id uint64) (*recorder.Exchange, error) {
	x, err := committed(ctx, store, id)
	if !errors.Is(err, recorder.ErrNoExchange) {
		return x, err
	}
	if u := stillUnderWay(ctx, store.Path(), id); u != nil {
		defer u.Close()
		state, try := u.state()
		if state == "" {
			return u.x, nil
		}
		return nil, &problem{code: exitDifferent, what: state, try: []string{try}, err: err}
	}
	return nil, notThere(ctx, store, id, err)
}

// committed returns one exchange of a capture.
func committed(ctx context.Context, store *recorder.Store, id uint64) (*recorder.Exchange, error) {
	x, err := store.Exchange(ctx, id)
	// A snifter that runs commits an exchange within commitTime of its end, which whoever saw the answer may outrun.
	for began := time.Now(); errors.Is(err, recorder.ErrNoExchange) && time.Since(began) < commitTime; {
		time.Sleep(commitTime / 20)
		x, err = store.Exchange(ctx, id)
	}
	return x, err
}

// notThere says which exchanges there are in the place of one that is not.
func notThere(ctx context.Context, store *recorder.Store, id uint64, err error) error {
	p := &problem{code: exitDifferent, what: fmt.Sprintf("there is no exchange %d in the capture", id), err: err}
	oldest, err := store.Rows(ctx, recorder.Query{Limit: 1, Oldest: true})
	if err != nil {
		return err
	}
	newest, err := store.Rows(ctx, recorder.Query{Limit: 1})
	if err != nil {
		return err
	}
	if len(oldest.Rows) == 0 || len(newest.Rows) == 0 {
		p.try = []string{"send a request to the application first: the capture is empty"}
		return p
	}
	from, to := oldest.Rows[0].ID, newest.Rows[0].ID
	p.try = []string{fmt.Sprintf("the capture holds %d to %d", from, to)}
	if id > from && id < to {
		before, err := store.Rows(ctx, recorder.Query{Before: id, Limit: 1})
		if err != nil {
			return err
		}
		after, err := store.Rows(ctx, recorder.Query{After: id, Limit: 1, Oldest: true})
		if err != nil {
			return err
		}
		if len(before.Rows) > 0 && len(after.Rows) > 0 {
			p.try = []string{fmt.Sprintf("the nearest are %d and %d", before.Rows[0].ID, after.Rows[0].ID)}
		}
	}
	return p
}
