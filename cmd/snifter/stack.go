package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/devserver"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/worker"
	"github.com/snifter-dev/snifter/tui/safe"
)

type stackOptions struct {
	appOptions
	urls listValue
	json boolValue
}

func newStack(std stdio) *cobra.Command {
	o := &stackOptions{}
	cmd := &cobra.Command{
		Use:     "stack [APP]",
		GroupID: "look",
		Short:   "Show the stages of APP: each middleware, with file and line",
		Long: "Load APP and show its stages as a tree, the outermost first: every WSGI middleware, the application, and the\n" +
			"layers of Django, Flask, Pyramid, Falcon and Bottle. Nothing is served, and no file of APP is changed.\n\n" +
			"Without --url no request is made, and stages that only a request makes or imports, and views, may be missing.\n" +
			"With --url a GET request is made for it, and more where the first shows stages that were not known.\n\n" +
			"A stage of the kind compiled is there, and can't be seen into: it has no record of its own in a request.\n\n" +
			"APP is what `snifter run` takes; without it, it is found.",
		Example: "  snifter stack app:app\n" +
			"  snifter stack app.py --url / --url /login\n" +
			"  snifter stack --json | jq .children",
		Args: argsAtMost(1, "one application"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd, args, std)
		},
	}
	g := newFlagGroup("Finding")
	g.addOnly(&o.urls, "url", "", "PATH", "make a GET request to see what it passes; repeatable")
	out := newFlagGroup("Output")
	out.addOnly(&o.json, "json", "", "", "a JSON object a line: the outermost stage, with its children")
	addGroups(cmd, g, out, o.appFlags())
	return cmd
}

func (o *stackOptions) run(cmd *cobra.Command, args []string, std stdio) error {
	for _, url := range o.urls {
		if !strings.HasPrefix(url, "/") && !strings.HasPrefix(url, "http://") && !strings.HasPrefix(url, "https://") {
			return usage("--url: "+strconv.Quote(url)+" is no path", "--url /"+url)
		}
	}
	file, err := configuredBy(cmd, std)
	if err != nil {
		return err
	}
	app, err := o.named(cmd, args, std, file)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	ready, err := o.load(ctx, app, std)
	if err != nil {
		return mistaken(cmd, args, err)
	}
	for _, note := range ready.StageNotes {
		std.note("%s", safe.Of(note))
	}
	if app.isGo() && len(o.urls) > 0 {
		std.note("the stages of a Go program are those of wsgi.NewStack: no request was made")
	}
	out := bufio.NewWriter(std.out)
	stages := stageTree(ready.Stages)
	if o.json {
		for _, s := range stages {
			if err := writeJSON(out, s); err != nil {
				return err
			}
		}
	} else {
		writeStages(out, stages, std.dir)
	}
	return out.Flush()
}

// load starts a worker of the application, which finds the stages, and ends it.
func (o *stackOptions) load(ctx context.Context, app *application, std stdio) (_ *wire.Ready, err error) {
	source, err := o.source(app)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if err := source.Prepare(ctx); err != nil {
		return nil, stackNotLoaded(app, err)
	}
	w, err := source.Start(ctx, func(_, text string) { fmt.Fprintln(std.err, safeLines(text)) })
	if err != nil {
		return nil, stackNotLoaded(app, err)
	}
	ready := w.Ready()
	w.Stop()
	<-w.Done()
	return &ready, nil
}

func (o *stackOptions) source(app *application) (devserver.Source, error) {
	if app.isGo() {
		return devserver.GoSource(devserver.GoOptions{
			Dir: app.found.Plan.Dir, Package: app.found.Plan.Package, Env: app.environ,
		})
	}
	return devserver.PythonSource(worker.PythonSpec{
		Command: []string{app.interpreter.Path}, Plan: app.found.Plan, Dir: app.found.Plan.Dir, Env: app.environ,
		Stages: &worker.StageSearch{URLs: o.urls},
	})
}

// stackNotLoaded tells of an application that can't be loaded as `snifter run` does.
func stackNotLoaded(app *application, err error) error {
	var load *worker.LoadError
	raised := &event.Raised{Message: err.Error(), Text: err.Error()}
	if errors.As(err, &load) {
		raised = load.Raised
	} else if errors.Is(err, context.Canceled) {
		return err
	}
	return &problem{code: exitNotLoaded, where: app.found.Description, err: err,
		what: "the application could not be loaded\n" + safeLines(raisedText(raised)), try: notLoadedHints(app, raised)}
}

// stageJSON is a stage with those within it. Other programs depend on the names.
type stageJSON struct {
	Index    int64        `json:"index"`
	Name     string       `json:"name"`
	Kind     string       `json:"kind"`
	Role     string       `json:"role,omitempty"`
	File     string       `json:"file"`
	Line     int64        `json:"line"`
	Children []*stageJSON `json:"children"`
}

// stageTree puts the stages, each of which comes after the one that it lies within, into one another.
func stageTree(stages []wire.Stage) []*stageJSON {
	var outermost []*stageJSON
	byIndex := map[int64]*stageJSON{}
	for _, s := range stages {
		j := &stageJSON{Index: s.Index, Name: s.Name, Kind: s.Kind, Role: s.Role, File: s.File, Line: s.Line,
			Children: []*stageJSON{}}
		byIndex[s.Index] = j
		if within := byIndex[s.Within]; within != nil && within != j {
			within.Children = append(within.Children, j)
		} else {
			outermost = append(outermost, j)
		}
	}
	return outermost
}

// writeStages writes the stages as a tree: index, name, kind and role, file and line.
func writeStages(w io.Writer, stages []*stageJSON, dir string) {
	type row struct{ index, name, kind, place safe.Text }
	var rows []row
	widest, widestKind := 0, 0
	var add func(s *stageJSON, depth int)
	add = func(s *stageJSON, depth int) {
		kind := strings.TrimSpace(s.Kind + " " + s.Role)
		r := row{safe.Of(strconv.FormatInt(s.Index, 10)), safe.Join(indent(depth), safe.Of(s.Name)), safe.Of(kind), safe.Of(place(s, dir))}
		widest, widestKind = max(widest, r.name.Width()), max(widestKind, r.kind.Width())
		rows = append(rows, r)
		for _, c := range s.Children {
			add(c, depth+1)
		}
	}
	for _, s := range stages {
		add(s, 0)
	}
	for _, r := range rows {
		line := fmt.Sprintf("%*s  %s  %s  %s", len(strconv.Itoa(len(rows))), r.index, r.name.Fit(widest), r.kind.Fit(widestKind), r.place)
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// place is where a stage stands, seen from the working directory where it lies within that; of what was installed, the
// part within its environment.
func place(s *stageJSON, dir string) string {
	if s.File == "" {
		return ""
	}
	file := s.File
	if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
		file = rel
	} else if i := strings.LastIndex(file, string(filepath.Separator)+"site-packages"+string(filepath.Separator)); i >= 0 {
		file = "..." + file[i:]
	}
	if s.Line == 0 {
		return file
	}
	return file + ":" + strconv.FormatInt(s.Line, 10)
}
