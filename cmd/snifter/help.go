package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/snifter-dev/snifter/tui/safe"
)

// annotationGroup keeps, for the help, how a command's flags are grouped.
const annotationGroup = "snifter-group"

// addGroups gives a command flags, in titled groups.
func addGroups(cmd *cobra.Command, groups ...*flagGroup) {
	cmd.Flags().SortFlags = false
	for _, g := range groups {
		g.flags.VisitAll(func(f *pflag.Flag) { f.Annotations[annotationGroup] = []string{g.title} })
		cmd.Flags().AddFlagSet(g.flags)
	}
}

// newHelp makes `snifter help COMMAND`, which is COMMAND --help.
func newHelp(std stdio) *cobra.Command {
	return &cobra.Command{
		Use:    "help [COMMAND]",
		Short:  "Tell of a command",
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err == nil && len(rest) == 0 {
				writeHelp(std, about)
				return nil
			}
			unknown := args[len(args)-max(len(rest), 1)]
			return usage(fmt.Sprintf("there is no command %s", safe.Of(unknown)), append(nearCommands(cmd.Root(), unknown), "snifter --help lists them")...)
		},
	}
}

// writeHelp writes a command's help: what it does, how it is called, examples, and the flags on one screen.
func writeHelp(std stdio, cmd *cobra.Command) {
	w := std.out
	about := cmd.Long
	if about == "" {
		about = cmd.Short
	}
	fmt.Fprintf(w, "%s\n\nUsage: %s\n", about, usageLine(cmd))
	if cmd.Example != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
	}
	if !cmd.HasParent() {
		writeCommands(w, cmd)
		fmt.Fprintf(w, "\n%s run --help lists the flags; %s COMMAND --help tells of a command.\n", cmd.Name(), cmd.Name())
		return
	}
	writeFlags(w, cmd)
}

func usageLine(cmd *cobra.Command) string {
	line := cmd.UseLine()
	if cmd.HasAvailableLocalFlags() && !strings.Contains(line, "[flags]") {
		line += " [flags]"
	}
	return line
}

func writeCommands(w io.Writer, root *cobra.Command) {
	for _, g := range root.Groups() {
		fmt.Fprintf(w, "\n%s:\n", g.Title)
		for _, c := range root.Commands() {
			if c.GroupID == g.ID && !c.Hidden {
				fmt.Fprintf(w, "  %-22s %s\n", strings.TrimPrefix(c.UseLine(), root.Name()+" "), c.Short)
			}
		}
	}
}

func writeFlags(w io.Writer, cmd *cobra.Command) {
	title := ""
	var settings, only []string
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		if group := f.Annotations[annotationGroup]; len(group) > 0 && group[0] != title {
			title = group[0]
			fmt.Fprintf(w, "\n%s:\n", title)
		}
		if isSetting(f) {
			settings = append(settings, "--"+f.Name)
		} else {
			only = append(only, "--"+f.Name)
		}
		fmt.Fprintf(w, "  %s\n", flagLine(f, cmd.Flags()))
	})
	if len(settings) == 0 {
		return
	}
	which := "Each flag is"
	switch {
	case len(only) > 0 && len(only) < len(settings):
		which = "Each flag but " + listed(only) + " is"
	case len(settings) == 1 && len(only) > 0:
		which = settings[0] + " is"
	case len(only) > 0:
		which = listed(settings) + " are each"
	}
	name := strings.TrimPrefix(settings[0], "--")
	fmt.Fprintf(w, "\n%s\n", wrapped(fmt.Sprintf("%s also an environment variable (--%s: %s) and a key of [tool.snifter] "+
		"in the nearest pyproject.toml (%s); a flag counts first, then the variable, then the file.",
		which, name, variable(name), name), 105))
}

// listed is "a, b and c".
func listed(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// wrapped breaks a text into lines of at most so many columns.
func wrapped(text string, width int) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case column == 0:
		case column+1+len(word) > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// flagLine is a flag in one line: its names, its value, what it does, its default.
func flagLine(f *pflag.Flag, flags *pflag.FlagSet) string {
	short := "    "
	if f.Shorthand != "" {
		short = "-" + f.Shorthand + ", "
	}
	name := short + "--" + f.Name
	if flags.Lookup("no-"+f.Name) != nil {
		name = short + "--[no-]" + f.Name
	}
	if value := f.Annotations[annotationValue]; len(value) > 0 && value[0] != "" {
		name += " " + value[0]
	}
	line := fmt.Sprintf("%-30s %s", name, f.Usage)
	switch f.DefValue {
	case "", "0", "-1", "false", "true":
		return line
	}
	return line + " (" + f.DefValue + ")"
}
