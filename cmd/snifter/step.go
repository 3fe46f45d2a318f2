package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/safe"
)

type stepOptions struct {
	serverOptions
	wait    boolValue
	timeout durationValue
	stop    intValue

	environ listValue
	unset   listValue
	status  stringValue
	headers listValue
	chunk   stringValue
	body    stringValue
	raised  stringValue
	message stringValue
}

// stepActions are the words of `snifter step ID`, with the flags that each takes.
var stepActions = []struct {
	action stepping.Action
	flags  []string
}{
	{stepping.Continue, nil}, {stepping.Step, nil}, {stepping.Into, nil}, {stepping.Over, nil}, {stepping.Out, nil},
	{stepping.Modify, []string{"environ", "unset", "status", "header", "chunk"}},
	{stepping.Respond, []string{"status", "header", "body"}},
	{stepping.Raise, []string{"type", "message"}},
	{stepping.Abort, nil},
}

func newStep(std stdio) *cobra.Command {
	o := &stepOptions{stop: intValue{min: 1, max: math.MaxInt32}}
	cmd := &cobra.Command{
		Use:     "step [ID|all [ACTION]]",
		GroupID: "step",
		Short:   "Show what is parked; go on, step, edit, answer, raise, abort",
		Long: "Without ID show the requests that are parked in a snifter that runs, with ID one of them whole: where it stands,\n" +
			"its environ, status and headers, and what has changed since it last stopped. ACTION is:\n\n" +
			"  continue   go on, to the next breakpoint\n" +
			"  step       go on to the next boundary of any stage (into is the same)\n" +
			"  over       to the exit of this stage; at a block to its next boundary; once it is left, to any of it or around it\n" +
			"  out        to the next boundary of the stage around this one\n" +
			"  edit       change something and stay: --environ --unset, --status --header, --chunk\n" +
			"  respond    answer here, and skip the stages within: --status --header --body\n" +
			"  raise      raise an exception here: --type --message\n" +
			"  abort      behave as if the client had gone\n\n" +
			"After step, into, over and out it waits until the request has stopped anew, and shows it. With all in the place of\n" +
			"ID, all that is parked goes on, or is aborted.",
		Example: "  snifter step --wait --json\n" +
			"  snifter step 12 edit --environ REMOTE_USER=anna\n" +
			"  snifter step 12 over\n" +
			"  snifter step 12 respond --status '403 Forbidden' --header 'Content-Type: text/plain' --body no.txt\n" +
			"  snifter step 12 continue\n" +
			"  snifter step all continue",
		Args: argsAtMost(2, "an id and an action"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd, args, std)
		},
	}
	g := newFlagGroup("Changes")
	g.addOnly(&o.environ, "environ", "", "KEY=VALUE", "set a key of the environ (a flag or number stays one); repeatable")
	g.addOnly(&o.unset, "unset", "", "KEY", "remove a key of the environ; repeatable")
	g.addOnly(&o.status, "status", "", "STATUS", "'404 Not Found', or 404 alone")
	g.addOnly(&o.headers, "header", "", "HEADER", "'Name: value' in the place of any of that name, 'Name:' for none; repeatable")
	g.addOnly(&o.chunk, "chunk", "", "FILE", "the block at hand, - for standard input")
	g.addOnly(&o.body, "body", "", "FILE", "of the answer, - for standard input")
	g.addOnly(&o.raised, "type", "", "TYPE", "of the exception (RuntimeError)")
	g.addOnly(&o.message, "message", "", "TEXT", "of the exception")
	meant := newFlagGroup("Which stop")
	meant.addOnly(&o.stop, "stop", "", "N", "only where it stands at this one still (\"stop\" of --json)")
	wait := newFlagGroup("Waiting")
	wait.addOnly(&o.wait, "wait", "", "", "until something is parked; with ID, until it is parked or over")
	wait.addOnly(&o.timeout, "timeout", "", "TIME", "how long to wait, 0: any")
	out := newFlagGroup("Output")
	out.addOnly(&o.json, "json", "", "", "a JSON object a line: what is parked")
	addGroups(cmd, g, meant, wait, out, o.flags())
	return cmd
}

func (o *stepOptions) run(cmd *cobra.Command, args []string, std stdio) error {
	var id uint64
	var action stepping.Action
	var err error
	all := len(args) > 0 && args[0] == everyRequest
	if len(args) > 0 && !all {
		if id, err = parseID(args[0]); err != nil {
			return err
		}
	}
	if len(args) > 1 {
		if action, err = actionOf(args[1]); err != nil {
			return err
		}
	}
	if err := onlyFlagsOf(cmd, action); err != nil {
		return err
	}
	if cmd.Flags().Changed("timeout") && !bool(o.wait) && !moves(action) {
		return usage("--timeout goes with --wait", cmd.CommandPath()+" "+strings.Join(append(args, "--wait --timeout "+o.timeout.String()), " "))
	}
	if cmd.Flags().Changed("stop") && action == "" {
		return usage("--stop goes with an action", "snifter step ID continue --stop N")
	}
	switch {
	case len(args) == 0 || all && action == "":
		return o.list(cmd, std)
	case action == "":
		return o.show(cmd, id, std)
	case all:
		return o.actAll(cmd, action, std)
	}
	return o.act(cmd, id, action, std)
}

// list shows what is parked.
func (o *stepOptions) list(cmd *cobra.Command, std stdio) error {
	client, err := o.dial(cmd, std, "to step through")
	if err != nil {
		return err
	}
	defer client.Close()
	ctx := cmd.Context()
	list, err := client.Parked(ctx)
	if err == nil && len(list) == 0 && bool(o.wait) {
		list, err = awaitAny(ctx, client, time.Duration(o.timeout))
	}
	if err != nil {
		return err
	}
	if len(list) == 0 && !bool(o.json) {
		std.note("nothing is parked; snifter break add 'STAGE:enter' has requests stop")
	}
	if err := o.writeAll(list, false, std); err != nil {
		return err
	}
	return warnCrowded(ctx, client, std)
}

// show shows one request whole.
func (o *stepOptions) show(cmd *cobra.Command, id uint64, std stdio) error {
	client, err := o.dial(cmd, std, "to step through")
	if err != nil {
		return err
	}
	defer client.Close()
	ctx := cmd.Context()
	p, err := parkedNow(ctx, client, id)
	if err == nil && p == nil && bool(o.wait) {
		var x *recorder.Exchange
		if p, x, err = awaitOne(ctx, client, id, 0, time.Duration(o.timeout)); err == nil && p == nil {
			return &problem{code: exitDifferent, what: over(x, ", and did not park")}
		}
	}
	if err != nil {
		return err
	}
	if p == nil {
		return notParked(ctx, client, id)
	}
	return o.writeAll([]control.Parked{*p}, true, std)
}

// act does something with one request.
func (o *stepOptions) act(cmd *cobra.Command, id uint64, action stepping.Action, std stdio) error {
	client, err := o.dial(cmd, std, "to step through")
	if err != nil {
		return err
	}
	defer client.Close()
	ctx := cmd.Context()
	before, err := parkedNow(ctx, client, id)
	if err != nil {
		return err
	}
	if before == nil {
		return notParked(ctx, client, id)
	}
	c, err := o.command(id, action, before, std)
	if err != nil {
		return err
	}
	now, err := client.Step(ctx, c)
	switch {
	case errors.Is(err, control.ErrChanged):
		return &problem{code: exitDifferent, what: err.Error(), err: err, try: []string{fmt.Sprintf("snifter step %d, for how it stands", id)}}
	case errors.Is(err, control.ErrNotParked), errors.Is(err, control.ErrPast):
		return &problem{code: exitDifferent, what: err.Error(), err: err, try: []string{"snifter step, for what is parked"}}
	case err != nil:
		return err
	case now != nil && now.Trouble != "":
		return &problem{code: exitDifferent, what: fmt.Sprintf("exchange %d stays where it is: %s", id, safe.Of(now.Trouble))}
	case now != nil:
		noteAbsent(c, before, o.headers, std)
		return o.writeAll([]control.Parked{*now}, false, std)
	}
	return o.follow(ctx, client, before, action, std)
}

// noteAbsent says what was to be removed by an edit, and was not there.
func noteAbsent(c control.StepCommand, at *control.Parked, headers []string, std stdio) {
	for _, key := range c.Unset {
		if _, there := at.Environ.Get(key); !there {
			std.note("there was no %s in the environ to be removed", safe.Of(key))
		}
	}
	for _, text := range headers {
		name, value, _ := strings.Cut(text, ":")
		named := func(h recorder.Header) bool { return strings.EqualFold(h[0], name) }
		if strings.TrimSpace(value) == "" && !slices.ContainsFunc(at.Headers, named) {
			std.note("there was no header %s to be removed", safe.Of(name))
		}
	}
}

// wentOn says what came of a request by what was done with it last.
var wentOn = map[stepping.Action]string{
	stepping.Continue: "goes on", stepping.Respond: "is answered", stepping.Raise: "goes on with the exception",
	stepping.Abort: "is aborted",
}

// moves says whether an action leads to a further boundary, which is waited for.
func moves(action stepping.Action) bool {
	return slices.Contains([]stepping.Action{stepping.Step, stepping.Into, stepping.Over, stepping.Out}, action)
}

// moveTime is how long a step may take to come to the next boundary before it is left alone.
const moveTime = 10 * time.Second

// follow shows where a request has stopped anew, where that is wanted.
func (o *stepOptions) follow(ctx context.Context, client control.Client, before *control.Parked, action stepping.Action, std stdio) error {
	patience := time.Duration(o.timeout)
	switch {
	case !bool(o.wait) && !moves(action):
		std.note("exchange %d %s", before.ID, wentOn[action])
		return nil
	case !bool(o.wait) && patience == 0:
		patience = moveTime
	}
	p, x, err := awaitOne(ctx, client, before.ID, before.Stop, patience)
	if err != nil {
		return err
	}
	if p == nil {
		std.note("%s", over(x, ""))
		return nil
	}
	return o.writeAll([]control.Parked{*p}, false, std)
}

// notParked says of a request that is not parked how it is, and what is parked.
func notParked(ctx context.Context, client control.Client, id uint64) error {
	list, err := client.Parked(ctx)
	if err != nil {
		return err
	}
	p := &problem{code: exitDifferent, what: fmt.Sprintf("exchange %d is not parked: it is under way", id), err: control.ErrNotParked}
	switch x, err := client.Exchange(ctx, id); {
	case errors.Is(err, recorder.ErrNoExchange):
		p.what = fmt.Sprintf("there is no exchange %d", id)
	case err != nil:
		return err
	case x.State != recorder.Open:
		p.what = over(x, byTimeout(x))
	}
	for _, parked := range list {
		p.try = append(p.try, fmt.Sprintf("snifter step %d  (%s)", parked.ID, whereOf(&parked)))
	}
	if len(list) == 0 {
		p.what += "; nothing is parked"
		p.try = []string{"snifter break add 'STAGE:enter', to have requests stop", "snifter step --wait"}
	}
	return p
}

// writeAll writes requests that are parked, whole or in short.
func (o *stepOptions) writeAll(list []control.Parked, whole bool, std stdio) error {
	out := bufio.NewWriter(std.out)
	for i := range list {
		if o.json {
			if err := writeJSON(out, &list[i]); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(out)
		}
		writeParked(out, &list[i], whole, std)
	}
	return out.Flush()
}
