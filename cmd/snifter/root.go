package main

import (
	"github.com/spf13/cobra"
)

// The groups of the commands, as the root's help shows them.
var groups = []*cobra.Group{
	{ID: "serve", Title: "Serve and watch"},
	{ID: "step", Title: "Stop requests, and step"},
	{ID: "look", Title: "Look at what was recorded"},
	{ID: "compare", Title: "Compare"},
	{ID: "more", Title: "More"},
}

// newRoot makes the tree of commands. `snifter` and `snifter APP` are `snifter run`.
func newRoot(std stdio) *cobra.Command {
	serve := newServeOptions()
	root := &cobra.Command{
		Use:   "snifter [APP]",
		Short: "Serve a WSGI application, record every exchange, and look inside",
		Long: "snifter serves a WSGI application where you ran `flask run`, records every exchange, rebuilds when you\n" +
			"save, replays what you marked, and shows it all in a terminal workbench.",
		Example: "  snifter                      find the application in this folder and serve it\n" +
			"  snifter app:app --port 5000  serve this one, there\n" +
			"  snifter demo                 see all of it work, in a minute",
		Args:              argsAtMost(1, "an application"),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE: func(cmd *cobra.Command, args []string) error {
			return serve.run(cmd, args, std)
		},
	}
	root.AddGroup(groups...)
	serve.addFlags(root)
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.SetHelpCommand(newHelp(std))
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { writeHelp(std, cmd) })
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newRun(std),
		newDemo(std),
		newAttach(std),
		newOpen(std),
		newLs(std),
		newShow(std),
		newDiff(std),
		newReplay(std),
		newStack(std),
		newBlame(std),
		newBreak(std),
		newStep(std),
		newCheck(std),
		newVersion(std),
		newMan(std),
		newCompletion(std),
	)
	for _, cmd := range root.Commands() {
		cmd.DisableFlagsInUseLine = true
		cmd.Flags().SortFlags = false
	}
	return root
}
