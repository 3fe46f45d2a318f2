package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/tui/human"
)

// everyRequest stands in the place of an id.
const everyRequest = "all"

// withAll is what can be done with all that is parked, wherever each stands, and what is said of it.
var withAll = map[stepping.Action]string{stepping.Continue: "%s let go on", stepping.Abort: "%s aborted"}

// actAll does something with each request that is parked.
func (o *stepOptions) actAll(cmd *cobra.Command, action stepping.Action, std stdio) error {
	text, ok := withAll[action]
	if !ok {
		return usage(fmt.Sprintf("%s is done with one request at a time", action), "snifter step, for their ids", "snifter step all continue", "snifter step all abort")
	}
	if bool(o.wait) || cmd.Flags().Changed("stop") {
		return usage("--wait and --stop go with one id", "snifter step all "+string(action))
	}
	client, err := o.dial(cmd, std, "to step through")
	if err != nil {
		return err
	}
	defer client.Close()
	ctx := cmd.Context()
	list, err := client.Parked(ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		std.note("nothing is parked")
		return nil
	}
	done := 0
	for i := range list {
		_, err := client.Step(ctx, control.StepCommand{ID: list[i].ID, Action: string(action), Stop: list[i].Stop})
		switch {
		case err == nil:
			done++
		case !slices.ContainsFunc([]error{control.ErrChanged, control.ErrNotParked, control.ErrPast}, func(e error) bool { return errors.Is(err, e) }):
			return err
		} // else another was faster, or its time was over
	}
	std.note(text, human.Of(done, "request"))
	return nil
}
