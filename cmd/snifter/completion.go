package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

var shells = []string{"bash", "zsh", "fish", "powershell"}

func newCompletion(std stdio) *cobra.Command {
	return &cobra.Command{
		Use:     "completion SHELL",
		GroupID: "more",
		Short:   "Print the completions for bash, zsh, fish or powershell",
		Example: "  source <(snifter completion bash)\n" +
			"  snifter completion fish > ~/.config/fish/completions/snifter.fish",
		Args:      argsExactly(1, "the name of a shell"),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(std.out, true)
			case "zsh":
				return root.GenZshCompletion(std.out)
			case "fish":
				return root.GenFishCompletion(std.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(std.out)
			}
			return usage(fmt.Sprintf("there are no completions for %q", args[0]), "one of "+strings.Join(shells, ", "))
		},
	}
}
