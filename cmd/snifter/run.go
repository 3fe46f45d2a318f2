package main

import (
	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/devserver/control"
)

func newRun(std stdio) *cobra.Command {
	o := newServeOptions()
	cmd := &cobra.Command{
		Use:     "run [APP]",
		GroupID: "serve",
		Short:   "Serve APP, record, watch, and open the workbench",
		Long: "Serve APP, record every exchange, build anew when a file changes, and open the workbench; without a\n" +
			"terminal, in CI, or with --headless, print a line for each exchange instead.\n\n" +
			"APP is module:name, module:factory(\"arg\"), a file (app.py, app.py:name, development.ini), a Go package\n" +
			"(./cmd/site) or a folder. Without APP it is found: as flask, django and pyramid find theirs.",
		Example: "  snifter run app:app\n" +
			"  snifter run app.py --port 0 --headless --json\n" +
			"  snifter run 'site:create_app(\"test\")' --reload-dir ../library\n" +
			"  snifter run ./cmd/site --bind unix:/tmp/site.sock",
		Args: argsAtMost(1, "one application"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd, args, std)
		},
	}
	o.addFlags(cmd)
	return cmd
}

// run serves until the context ends or the workbench is left.
func (o *serveOptions) run(cmd *cobra.Command, args []string, std stdio) error {
	file, err := configuredBy(cmd, std)
	if err != nil {
		return err
	}
	rules, err := file.noise()
	if err != nil {
		return err
	}
	breakpoints, err := o.breakpoints()
	if err != nil {
		return err
	}
	app, err := o.named(cmd, args, std, file)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	listeners, err := o.listen(std)
	if err != nil {
		return err
	}
	plan := servePlan{app: app, listeners: listeners, capture: o.capturePath(app), rules: rules, breakpoints: breakpoints}
	if bool(o.headless || o.json) || !std.screen() {
		err = o.runHeadless(ctx, plan, std)
	} else {
		err = o.runScreen(ctx, plan, std)
	}
	return mistaken(cmd, args, err)
}

// breakpoints are those that are set from the beginning.
func (o *serveOptions) breakpoints() ([]control.Breakpoint, error) {
	if len(o.breaks) > 0 && !bool(o.stages) {
		return nil, usage("--break needs the stages, and --no-stages is set", "leave out one of them")
	}
	list := make([]control.Breakpoint, len(o.breaks))
	for i, text := range o.breaks {
		var err error
		if list[i], err = parseBreakpoint(text, "snifter run --break "); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// named finds the application that the user names, or that is there.
func (o *appOptions) named(cmd *cobra.Command, args []string, std stdio, file *configFile) (*application, error) {
	arg, dir, err := appArgument(args, std, file)
	if err != nil {
		return nil, err
	}
	app, err := o.find(cmd.Context(), dir, arg, std)
	return app, mistaken(cmd, args, err)
}

// appArgument is the application that the user names, and the folder that it is seen from: that of pyproject.toml where
// it is named there. "" has it found.
func appArgument(args []string, std stdio, file *configFile) (arg, dir string, err error) {
	if len(args) > 0 {
		return args[0], std.dir, nil
	}
	if arg := std.getenv("SNIFTER_APP"); arg != "" {
		return arg, std.dir, nil
	}
	arg, err = file.text("app")
	if arg != "" {
		return arg, file.dir(), err
	}
	return "", std.dir, err
}

// mistaken adds to an application that was not found what else the word may have meant: a command.
func mistaken(cmd *cobra.Command, args []string, err error) error {
	if err == nil || len(args) == 0 {
		return err
	}
	p := *explain(err)
	commands := nearCommands(cmd, args[0])
	if p.code != exitNotLoaded || len(commands) == 0 {
		return err
	}
	p.try = append(commands, p.try...)
	return &p
}
