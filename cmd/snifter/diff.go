package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/replay"
)

type diffOptions struct {
	capture captureOption
	json    boolValue
	chunks  boolValue
	stages  boolValue
	noise   boolValue
}

func newDiff(std stdio) *cobra.Command {
	o := &diffOptions{}
	cmd := &cobra.Command{
		Use:     "diff ID ID",
		GroupID: "compare",
		Short:   "Compare two exchanges",
		Long: "Compare two exchanges as a replay and its origin are compared: status, headers, body by its type,\n" +
			"exceptions and lint. The exit code is 1 where they differ by more than noise.",
		Example: "  snifter diff 12 31\n" +
			"  snifter diff 12 31 --json | jq '.parts[] | select(.noise | not)'",
		Args: argsExactly(2, "the ids of two exchanges"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd, args, std)
		},
	}
	g := newFlagGroup("Output")
	g.addOnly(&o.json, "json", "", "", "one JSON object")
	g.addOnly(&o.chunks, "chunks", "", "", "compare the chunk boundaries too")
	g.addOnly(&o.stages, "stages", "", "", "compare what each stage did too")
	g.addOnly(&o.noise, "noise", "", "", "show what was masked as noise")
	addGroups(cmd, g, o.capture.readFlags())
	return cmd
}

func (o *diffOptions) run(cmd *cobra.Command, args []string, std stdio) error {
	file, err := configuredBy(cmd, std)
	if err != nil {
		return err
	}
	rules, err := file.noise()
	if err != nil {
		return err
	}
	a, errA := parseID(args[0])
	b, errB := parseID(args[1])
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	store, err := o.capture.open(cmd.Context(), std)
	if err != nil {
		return err
	}
	defer store.Close()
	before, err := exchange(cmd.Context(), store, a)
	if err != nil {
		return err
	}
	after, err := exchange(cmd.Context(), store, b)
	if err != nil {
		return err
	}
	c := replay.Compare(before, after, replay.Options{Noise: rules, Chunks: bool(o.chunks), Stages: bool(o.stages)})
	if o.json {
		err = writeJSON(std.out, c)
	} else {
		err = replay.WriteReport(std.out,
			replay.Outcome{ID: b, Origin: a, Verdict: c.Verdict, Reasons: c.Reasons}, c,
			reportOptions(std, bool(o.noise)))
	}
	if err != nil {
		return fmt.Errorf("the comparison can't be written: %w", err)
	}
	if c.Verdict == replay.Changed || c.Verdict == replay.Broken {
		return &finding{}
	}
	return nil
}
