package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/devserver/python"
)

//go:embed demo/python/*.py demo/golang/*.go
var demoFiles embed.FS

type demoOptions struct {
	language choiceValue
	port     intValue
	theme    choiceValue
}

func newDemo(std stdio) *cobra.Command {
	o := &demoOptions{language: choiceValue{"", []string{"python", "go"}}, port: intValue{0, 0, 65535}, theme: newTheme()}
	cmd := &cobra.Command{
		Use:     "demo [DIR]",
		GroupID: "serve",
		Short:   "A worked example that is inside the binary",
		Long: "Copy a small application with three middlewares to DIR, serve it, and open the workbench with a little\n" +
			"traffic: edit the files and see what happens. Without a terminal the whole story is told as text: requests,\n" +
			"what was recorded, an edit, the rebuild, the replay, the verdicts, a save that breaks and one that mends.\n\n" +
			"It is in Python where there is one, else in Go. DIR is ./snifter-demo, or without a terminal a temporary folder\n" +
			"that is removed at the end. Files that are in DIR already stay as they are.",
		Example: "  snifter demo\n" +
			"  snifter demo | less\n" +
			"  snifter demo --language go ~/try",
		Args: argsAtMost(1, "a folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd, args, std)
		},
	}
	g := newFlagGroup("Demo")
	g.addOnly(&o.language, "language", "", "LANGUAGE", "python or go")
	g.addOnly(&o.port, "port", "p", "PORT", "port to listen on, 0 for a free one")
	addTheme(g, &o.theme)
	addGroups(cmd, g)
	return cmd
}

func (o *demoOptions) run(cmd *cobra.Command, args []string, std stdio) error {
	if err := configure(cmd, std, &configFile{}); err != nil {
		return err
	}
	if o.language.word == "" {
		language, err := demoLanguage(cmd.Context(), std)
		if err != nil {
			return err
		}
		o.language.word = language
	}
	dir := "snifter-demo"
	switch {
	case len(args) > 0:
		dir = args[0]
	case !std.screen():
		temporary, err := os.MkdirTemp("", "snifter-demo-")
		if err != nil {
			return fmt.Errorf("a folder for the demo: %w", err)
		}
		defer os.RemoveAll(temporary)
		dir = temporary
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(std.dir, dir)
	}
	d, err := newDemonstration(dir, o.language.word)
	if err != nil {
		return err
	}
	serve := newServeOptions()
	serve.port.n, serve.theme = o.port.n, o.theme
	if std.screen() {
		return d.show(cmd.Context(), serve, std)
	}
	return d.tell(cmd.Context(), serve, std)
}

// demoLanguage is Python where there is one, else Go.
func demoLanguage(ctx context.Context, std stdio) (string, error) {
	_, err := python.FindInterpreter(ctx, python.InterpreterOptions{Dir: std.dir, Getenv: std.getenv})
	if err == nil {
		return "python", nil
	}
	if _, lookErr := exec.LookPath("go"); lookErr == nil {
		return "go", nil
	}
	p := *explain(err)
	p.try = append(p.try, "or install Go: the demo is there in both")
	return "", &p
}

// demonstration is the demo's application in a folder, and the edits that its story makes.
type demonstration struct {
	dir  string
	app  string // what to serve, as the user would name it
	file string // the file that is edited
	// old becomes new: the change that the replay finds. broken is a line that no compiler takes.
	old, new, broken string
}

// newDemonstration copies the application of a language to a folder. Files that are there already are left alone, for
// the user may have edited them.
func newDemonstration(dir, language string) (*demonstration, error) {
	d := &demonstration{dir: dir, app: "app:app", file: "app.py",
		old: `return f"{book['cents']`, new: `return f"${book['cents']`, broken: "def broken(:\n"}
	from := "demo/python"
	if language == "go" {
		d.app, d.file, from = ".", "app.go", "demo/golang"
		d.old, d.new, d.broken = `Sprintf("%d.%02d"`, `Sprintf("$%d.%02d"`, "func broken( {\n"
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("a folder for the demo: %w", err)
	}
	files, err := fs.ReadDir(demoFiles, from)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		text, err := demoFiles.ReadFile(from + "/" + f.Name())
		if err != nil {
			return nil, err
		}
		if err := writeNew(filepath.Join(dir, f.Name()), text); err != nil {
			return nil, err
		}
	}
	if language == "go" {
		return d, writeNew(filepath.Join(dir, "go.mod"), []byte(demoModule()))
	}
	return d, nil
}

func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("a file of the demo: %w", err)
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// demoModule is the go.mod of the demo's application. It takes snifter from the source tree that this binary was built
// from, if it is still there, else the version of the binary.
func demoModule() string {
	const path = "github.com/snifter-dev/snifter"
	text := "module library\n\ngo 1.26.0\n\nrequire " + path + " "
	if _, file, _, ok := runtime.Caller(0); ok {
		root := filepath.Dir(filepath.Dir(filepath.Dir(file)))
		if mod, err := os.ReadFile(filepath.Join(root, "go.mod")); err == nil && strings.HasPrefix(string(mod), "module "+path+"\n") {
			return text + "v0.0.0\n\nreplace " + path + " => " + root + "\n"
		}
	}
	version := "latest"
	if build, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(build.Main.Version, "v") {
		version = build.Main.Version
	}
	return text + version + "\n"
}
