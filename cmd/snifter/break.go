package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/near"
	"github.com/snifter-dev/snifter/tui/safe"
)

// serverOptions are the settings of the commands that talk to a running snifter in lines.
type serverOptions struct {
	server stringValue
	json   boolValue
}

func (o *serverOptions) flags() *flagGroup {
	g := newFlagGroup("Server")
	addServer(g, &o.server)
	return g
}

// dial connects to the snifter that is meant.
func (o *serverOptions) dial(cmd *cobra.Command, std stdio, purpose string) (control.Client, error) {
	if err := configureHere(cmd, std); err != nil {
		return nil, err
	}
	server, err := findServer(cmd.Context(), std, string(o.server), new(captureOption), purpose, "snifter run APP, to start one")
	if err != nil {
		return nil, err
	}
	return dialServer(cmd.Context(), server)
}

const stopHelp = "STAGE is the name of a stage as `snifter stack` shows it, or what follows one of its dots (Auth for app.Auth), with\n" +
	"* and ? for other letters; a number is the stage's index in its exchange. BOUNDARY is enter (the default), input,\n" +
	"start_response, write, chunk, close, exit, exception, or * for each."

func newBreak(std stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "break add|ls|rm",
		GroupID: "step",
		Short:   "Set, list and remove breakpoints in a snifter that runs",
		Long: "Set, list and remove the places at which requests stop, in a snifter that runs. A request that comes to one\n" +
			"parks there and the others go on; `snifter step` shows it, changes it and lets it go on.\n\n" +
			"  snifter break add 'STAGE[:BOUNDARY]' [FILTER]\n" +
			"  snifter break ls\n" +
			"  snifter break rm N... | --all\n\n" +
			stopHelp,
		Example: "  snifter break add 'AuthMiddleware:enter'\n" +
			"  snifter break add 'SessionMiddleware:start_response' '~u /login & ~m POST'\n" +
			"  snifter break add '*:exception'\n" +
			"  snifter break ls --json\n" +
			"  snifter break rm 1",
		// Flags are of the commands below: it is the word that is missing or wrong.
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("break needs a word: add, ls or rm", "snifter break add 'STAGE:enter'", "snifter break --help")
			}
			return usage(fmt.Sprintf("break knows no %q: it is add, ls or rm", args[0]),
				"snifter break add '"+safe.Of(args[0]).String()+"', for a stage of that name")
		},
	}
	cmd.AddCommand(newBreakAdd(std), newBreakLs(std), newBreakRm(std))
	for _, c := range cmd.Commands() {
		c.DisableFlagsInUseLine = true
		c.Flags().SortFlags = false
	}
	return cmd
}

func newBreakAdd(std stdio) *cobra.Command {
	o := &serverOptions{}
	cmd := &cobra.Command{
		Use:   "add 'STAGE[:BOUNDARY]' [FILTER]",
		Short: "Have requests stop at a boundary of a stage",
		Long: "Have requests stop at a boundary of a stage, those alone that FILTER chooses as they stand there.\n" +
			"A request that is under way stops at what is left of it.\n\n" +
			stopHelp + "\n\n" + filterHelp,
		Example: "  snifter break add 'AuthMiddleware:enter'\n" +
			"  snifter break add 'app:start_response' '~c 5xx'\n" +
			"  snifter break add 'Session*:enter' '~env REMOTE_USER=anna'",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("break add needs a stage", "snifter break add 'AuthMiddleware:enter'", "snifter stack APP lists the stages")
			}
			b, err := parseBreakpoint(strings.Join(args, " "), "snifter break add ")
			if err != nil {
				return err
			}
			return o.add(cmd, b, std)
		},
	}
	g := newFlagGroup("Output")
	g.addOnly(&o.json, "json", "", "", "a JSON object")
	addGroups(cmd, g, o.flags())
	return cmd
}

// parseBreakpoint reads a breakpoint that stands after the words of a call; what is wrong with it is told as all mistakes in a
// call are.
func parseBreakpoint(text, call string) (control.Breakpoint, error) {
	b, err := control.ParseBreakpoint(text)
	if !errors.Is(err, stepping.ErrStop) {
		return b, err
	}
	place, _, _ := strings.Cut(text, " ")
	stage, boundary, _ := strings.Cut(place, ":")
	var try []string
	for _, meant := range near.Words(boundary, slices.Sorted(maps.Keys(stepping.Boundaries))) {
		try = append(try, fmt.Sprintf("%s'%s:%s'", call, safe.Of(stage), meant))
	}
	if len(try) == 0 {
		try = []string{call + "'AuthMiddleware:enter'", call + "'*:exception'"}
	}
	return b, usage(err.Error(), append(try, "snifter break --help")...)
}

// noteFilter tells where a filter is the name of a boundary: it chooses by the URL.
func noteFilter(b control.Breakpoint, std stdio) {
	if _, ok := stepping.Boundaries[b.Filter]; ok {
		std.note("%s is the filter, which URLs with that word in them match; for the boundary it is '%s:%s'", b.Filter, safe.Of(b.Stage), b.Filter)
	}
}

func (o *serverOptions) add(cmd *cobra.Command, b control.Breakpoint, std stdio) error {
	client, err := o.dial(cmd, std, "to stop requests of")
	if err != nil {
		return err
	}
	defer client.Close()
	if b, err = client.AddBreakpoint(cmd.Context(), b); err != nil {
		return err
	}
	noteUnmet(b, std)
	noteFilter(b, std)
	return o.write([]control.Breakpoint{b}, std)
}

func newBreakLs(std stdio) *cobra.Command {
	o := &serverOptions{}
	cmd := &cobra.Command{
		Use:     "ls",
		Short:   "List the breakpoints",
		Long:    "List the breakpoints of a snifter that runs, with how many requests have met each.",
		Example: "  snifter break ls\n  snifter break ls --json | jq .hits",
		Args:    argsAtMost(0, "no argument"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := o.dial(cmd, std, "to list the breakpoints of")
			if err != nil {
				return err
			}
			defer client.Close()
			list, err := client.Breakpoints(cmd.Context())
			if err != nil {
				return err
			}
			if len(list) == 0 && !bool(o.json) {
				std.note("there is no breakpoint; snifter break add 'STAGE:enter' adds one")
			}
			return o.write(list, std)
		},
	}
	g := newFlagGroup("Output")
	g.addOnly(&o.json, "json", "", "", "a JSON object a line")
	addGroups(cmd, g, o.flags())
	return cmd
}

// write writes breakpoints, for people or as lines of JSON.
func (o *serverOptions) write(list []control.Breakpoint, std stdio) error {
	out := bufio.NewWriter(std.out)
	for _, b := range list {
		if o.json {
			if err := writeJSON(out, b); err != nil {
				return err
			}
			continue
		}
		line := fmt.Sprintf("%3d  %s:%s", b.ID, safe.Of(b.Stage), b.Boundary)
		if b.Filter != "" {
			line += "  " + safe.Of(b.Filter).String()
		}
		if len(b.Stages) > 1 && !strings.ContainsAny(b.Stage, "*?[") {
			line += "  (" + safe.Of(strings.Join(b.Stages, ", ")).String() + ")"
		}
		switch {
		case b.Hits == 1:
			line += "  (met once)"
		case b.Hits > 1:
			line += fmt.Sprintf("  (met %d times)", b.Hits)
		case b.Unknown:
			line += std.paint(yellow, "  (no such stage was seen yet)")
		case b.Never:
			line += std.paint(yellow, "  (a framework's layer has no "+b.Boundary+")")
		case b.TooEarly:
			line += std.paint(yellow, "  (there is no response yet at "+b.Boundary+")")
		}
		fmt.Fprintln(out, line)
	}
	return out.Flush()
}

func newBreakRm(std stdio) *cobra.Command {
	o := &serverOptions{}
	var all boolValue
	cmd := &cobra.Command{
		Use:   "rm N... | --all",
		Short: "Remove breakpoints",
		Long: "Remove breakpoints by their numbers, or all of them. Requests that are parked stay so until\n" +
			"they are let go on: snifter step all continue.",
		Example: "  snifter break rm 1 3\n  snifter break rm --all",
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := breakpointIDs(args, bool(all))
			if err != nil {
				return err
			}
			client, err := o.dial(cmd, std, "to remove breakpoints of")
			if err != nil {
				return err
			}
			defer client.Close()
			if err := removeBreakpoints(cmd.Context(), client, ids); err != nil {
				return err
			}
			if parked, err := client.Parked(cmd.Context()); err == nil && len(parked) > 0 {
				std.note("%s parked still; snifter step all continue lets them go on", human.Of(len(parked), "request"))
			}
			if !bool(o.json) {
				return nil
			}
			left, err := client.Breakpoints(cmd.Context())
			if err != nil {
				return err
			}
			return o.write(left, std)
		},
	}
	g := newFlagGroup("Which")
	g.addOnly(&all, "all", "", "", "all of them")
	output := newFlagGroup("Output")
	output.addOnly(&o.json, "json", "", "", "those that are left, a JSON object a line")
	addGroups(cmd, g, output, o.flags())
	return cmd
}

func breakpointIDs(args []string, all bool) ([]int, error) {
	if all == (len(args) > 0) {
		return nil, usage("break rm needs the numbers of breakpoints, or --all", "snifter break ls", "snifter break rm --all")
	}
	ids := make([]int, 0, len(args))
	for _, arg := range args {
		id, err := strconv.Atoi(arg)
		if err != nil || id <= 0 {
			return nil, usage(fmt.Sprintf("%q is not the number of a breakpoint", arg), "snifter break ls lists them")
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func removeBreakpoints(ctx context.Context, client control.Client, ids []int) error {
	if err := client.RemoveBreakpoints(ctx, ids...); err != nil {
		return &problem{code: exitDifferent, what: err.Error(), err: err, try: []string{"snifter break ls"}}
	}
	return nil
}
