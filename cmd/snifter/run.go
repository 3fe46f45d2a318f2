package main

import (
	"github.com/spf13/cobra"
)

func newRun(std stdio) *cobra.Command {
	o := newServeOptions()
	cmd := &cobra.Command{
		Use:     "run [APP]",
		GroupID: "serve",
		Short:   "Serve APP, record, watch, and open the workbench",
		Long: "Serve APP, record every exchange, build anew when a file changes, and open the workbench; without a\n" +
			"terminal, or with --headless, print a line for each exchange.\n\n" +
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
	config, err := findConfig(std.dir)
	if err != nil {
		return err
	}
	return configure(cmd, std, config)
}
