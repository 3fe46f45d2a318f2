package main

import (
	"github.com/spf13/cobra"
)

type attachOptions struct {
	server stringValue
	theme  choiceValue
}

func newAttach(std stdio) *cobra.Command {
	o := &attachOptions{theme: newTheme()}
	cmd := &cobra.Command{
		Use:     "attach",
		GroupID: "serve",
		Short:   "Open the workbench on a snifter that runs",
		Long: "Open the workbench on a snifter that runs, say without a screen of its own: the only one, or the one that\n" +
			"--server names. Leaving the workbench leaves the server running.",
		Example: "  snifter attach\n" +
			"  snifter attach --server /run/user/1000/snifter/4711.sock",
		Args: argsAtMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := configureHere(cmd, std); err != nil {
				return err
			}
			if !std.screen() {
				return usage("there is no terminal to open the workbench in", "snifter ls", "snifter show ID")
			}
			ctx := cmd.Context()
			server, err := findServer(ctx, std, string(o.server), new(captureOption), "to attach to",
				"snifter run APP, to start one", "snifter open FILE, for a capture")
			if err != nil {
				return err
			}
			client, err := dialServer(ctx, server)
			if err != nil {
				return err
			}
			return openWorkbench(ctx, client, o.theme.word, nil, std)
		},
	}
	g := newFlagGroup("Attach")
	addServer(g, &o.server)
	addTheme(g, &o.theme)
	addGroups(cmd, g)
	return cmd
}
