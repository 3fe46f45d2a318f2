package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/safe"
)

// plan is how the demo's application is served.
func (d *demonstration) plan(ctx context.Context, serve *serveOptions, std stdio) (servePlan, error) {
	app, err := serve.find(ctx, d.dir, d.app, std)
	if err != nil {
		return servePlan{}, err
	}
	listeners, err := serve.listen(std)
	if err != nil {
		return servePlan{}, err
	}
	rules, err := replay.ParseRules(nil, nil, nil)
	return servePlan{app: app, listeners: listeners, capture: filepath.Join(d.dir, captureName), rules: rules}, err
}

// show opens the workbench on the demo, with a little traffic.
func (d *demonstration) show(ctx context.Context, serve *serveOptions, std stdio) error {
	plan, err := d.plan(ctx, serve, std)
	if err != nil {
		return err
	}
	plan.began = func(s *serving) {
		client := newDemoClient(s.target)
		s.owned.Go(func() {
			defer client.close()
			client.traffic(s.stopping)
		})
	}
	std.note("the demo is in %s: edit %s", d.dir, d.file)
	err = serve.runScreen(ctx, plan, std)
	if err == nil {
		std.note("the demo is in %s: snifter run %s there, or snifter ls", d.dir, d.app)
	}
	return err
}

// tell plays the whole story as text, with the real parts.
func (d *demonstration) tell(ctx context.Context, serve *serveOptions, std stdio) error {
	plan, err := d.plan(ctx, serve, std)
	if err != nil {
		return err
	}
	plan.log = newLog(serve.level(), func(l control.Line) { std.note("%s", safe.Of(l.Text)) })
	s, err := serve.start(ctx, plan)
	if err != nil {
		return err
	}
	t := &story{demonstration: d, s: s, std: std, client: newDemoClient(s.target), changes: s.recorder.Subscribe()}
	defer t.changes.Close()
	defer t.client.close()
	err = s.built(ctx, false)
	if err == nil {
		err = t.play(ctx)
	}
	return errors.Join(err, s.close())
}

// story is the demo as text.
type story struct {
	*demonstration
	s       *serving
	std     stdio
	client  *demoClient
	changes *recorder.Subscription
	builds  []*event.Build // not yet told
	chapter int
}

// storyTime bounds each wait of the story.
const storyTime = 3 * time.Minute

func (t *story) play(ctx context.Context) error {
	steps := []func(context.Context) error{t.serve, t.record, t.look, t.blame, t.edit, t.replay, t.breakAndMend}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	t.title("That was it")
	t.say("In a terminal `snifter demo` opens the workbench on the same application, for you to edit.")
	t.say("In a folder of yours: `snifter run`.")
	return nil
}

func (t *story) title(text string) {
	t.chapter++
	fmt.Fprintf(t.std.out, "\n%s\n\n", t.std.paint(bold, fmt.Sprintf("%d. %s", t.chapter, text)))
}

func (t *story) say(format string, args ...any) { fmt.Fprintf(t.std.out, format+"\n", args...) }

func (t *story) serve(ctx context.Context) error {
	t.title("Serve")
	t.say("A small library, with three middlewares, lies in %s.", t.dir)
	t.say("$ snifter run %s", t.app)
	t.say("serving %s at %s", safe.Of(t.s.app.String()), t.s.server.URL())
	return t.build(ctx)
}

func (t *story) record(ctx context.Context) error {
	t.title("Every exchange is recorded")
	for _, r := range demoRequests {
		if err := t.client.send(ctx, r); err != nil {
			return err
		}
	}
	page, err := t.await(ctx, len(demoRequests))
	if err != nil {
		return err
	}
	t.say("$ snifter ls")
	lines := &rowWriter{w: t.std.out, std: t.std}
	for i := len(page.Rows) - 1; i >= 0; i-- {
		if err := lines.write(&page.Rows[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t *story) look(ctx context.Context) error {
	page, err := t.await(ctx, len(demoRequests))
	if err != nil {
		return err
	}
	id := page.Rows[0].ID
	t.title("Look inside: the one that failed")
	x, err := t.s.recorder.Exchange(ctx, id)
	if err != nil {
		return err
	}
	t.say("$ snifter show %d", id)
	var text bytes.Buffer
	writeExchange(&text, x, t.std)
	t.excerpt(text.String(), "request", "wsgi.errors", "exception")
	return nil
}

// excerpt prints the head of an exchange and some of its sections.
func (t *story) excerpt(text string, sections ...string) {
	parts := strings.Split(text, "\n\n")
	for i, part := range parts {
		wanted := i == 0
		for _, s := range sections {
			wanted = wanted || strings.Contains(strings.SplitN(part, "\n", 2)[0], s)
		}
		if wanted {
			t.say("%s\n", strings.TrimRight(part, "\n"))
		}
	}
	t.say("... and the environ, the headers, the chunks and their times.")
}

func (t *story) blame(ctx context.Context) error {
	page, err := t.await(ctx, len(demoRequests))
	if err != nil {
		return err
	}
	id := page.Rows[len(page.Rows)-1].ID
	t.title("Who did what: every middleware is a stage")
	x, err := t.s.recorder.Exchange(ctx, id)
	if err != nil {
		return err
	}
	t.say("$ snifter show %d --blame", id)
	writeBlame(t.std.out, x, t.std)
	t.say("\nNothing in the middlewares knows of it. `snifter break` stops a request at any of them.")
	return nil
}

func (t *story) edit(ctx context.Context) error {
	t.title("Edit and save: the application is built anew, behind a listener that stays open")
	before, after, err := t.replaceInFile(t.old, t.new)
	if err != nil {
		return err
	}
	t.say("%s\n%s\n%s", t.file, t.std.paint(red, "- "+before), t.std.paint(green, "+ "+after))
	return t.build(ctx)
}

func (t *story) replay(ctx context.Context) error {
	t.title("Replay what was recorded against the new build: what changed?")
	t.say("$ snifter replay")
	r := &replayReport{std: t.std}
	exchanges, err := choice{}.exchanges(ctx, t.s.recorder, t.std)
	if err != nil {
		return err
	}
	if err := t.s.replay(ctx, exchanges, replay.Manner{}, r.result); err != nil {
		return err
	}
	var found *finding
	if err := r.end(); err != nil && !errors.As(err, &found) {
		return err
	}
	t.say("\nThe exit code is 1 where anything changed: a regression test. Nothing else than the price did.")
	return nil
}

func (t *story) breakAndMend(ctx context.Context) error {
	t.title("A save that breaks, and one that mends")
	path := filepath.Join(t.dir, t.file)
	good, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, text := range [][]byte{append(bytes.Clone(good), t.broken...), good} {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
		if err := t.build(ctx); err != nil {
			return err
		}
		before, err := t.s.recorder.Rows(ctx, recorder.Query{Limit: 1})
		if err != nil {
			return err
		}
		if err := t.client.send(ctx, demoRequests[2]); err != nil {
			return err
		}
		page, err := t.awaitRows(ctx, 1, func(rows []recorder.Row) bool {
			return !isOpen(rows[0]) && rows[0].ID > before.Rows[0].ID
		})
		if err != nil {
			return err
		}
		t.say("%s", rowLine(&page.Rows[0], t.std))
	}
	t.say("\nNo request was refused meanwhile, and nothing had to be started by hand.")
	return nil
}

// replaceInFile edits the file, and returns the line before and after.
func (t *story) replaceInFile(from, to string) (before, after string, err error) {
	path := filepath.Join(t.dir, t.file)
	text, err := os.ReadFile(path)
	if err != nil {
		return "", "", err
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, from) {
			after = strings.Replace(line, from, to, 1)
			text = bytes.Replace(text, []byte(line), []byte(after), 1)
			return strings.TrimRight(line, "\n"), strings.TrimRight(after, "\n"), os.WriteFile(path, text, 0o644)
		}
	}
	return "", "", &problem{code: exitDifferent, what: path + " was edited: the story does not fit it any more",
		try: []string{"snifter demo with another folder"}}
}

// build waits for the next build that is decided, and tells of it.
func (t *story) build(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storyTime)
	defer cancel()
	for len(t.builds) == 0 {
		batch, err := t.changes.Next(ctx)
		if err != nil {
			return fmt.Errorf("waiting for a build: %w", err)
		}
		for _, e := range batch.Builds {
			if b, ok := e.Payload.(*event.Build); ok && e.Kind == event.BuildDone {
				t.builds = append(t.builds, b)
			}
		}
	}
	b := t.builds[0]
	t.builds = t.builds[1:]
	if b.Failed != nil {
		t.say("%s", t.std.paint(red, fmt.Sprintf("build %d failed in %s (%s): %s", b.ID, human.Duration(b.Took), safe.Of(b.Why),
			safe.Of(b.Failed.Type+": "+b.Failed.Message))))
		return nil
	}
	t.say("build %d in %s (%s)", b.ID, human.Duration(b.Took), safe.Of(b.Why))
	return nil
}

// await waits until so many exchanges are done, and returns their rows, newest first.
func (t *story) await(ctx context.Context, n int) (recorder.Page, error) {
	return t.awaitRows(ctx, n, func(rows []recorder.Row) bool { return len(rows) == n && !slices.ContainsFunc(rows, isOpen) })
}

func isOpen(r recorder.Row) bool { return r.State == recorder.Open }

// awaitRows waits until the newest rows, so many at most, are as they are to be.
func (t *story) awaitRows(ctx context.Context, n int, ok func([]recorder.Row) bool) (recorder.Page, error) {
	ctx, cancel := context.WithTimeout(ctx, storyTime)
	defer cancel()
	changes := t.s.recorder.Subscribe()
	defer changes.Close()
	for {
		page, err := t.s.recorder.Rows(ctx, recorder.Query{Limit: n})
		if err != nil {
			return page, err
		}
		if ok(page.Rows) {
			return page, nil
		}
		if _, err := changes.Next(ctx); err != nil {
			return page, fmt.Errorf("waiting for the exchanges: %w", err)
		}
	}
}
