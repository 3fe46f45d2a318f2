package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
	"github.com/snifter-dev/snifter/tui/safe"
)

type blameOptions struct {
	show   showOptions
	bisect boolValue
	noise  boolValue
}

func newBlame(std stdio) *cobra.Command {
	o := &blameOptions{show: showOptions{at: intValue{-1, -1, -1}}}
	cmd := &cobra.Command{
		Use:     "blame ID [ID]",
		GroupID: "look",
		Short:   "Say which stage set what, or makes two exchanges differ",
		Long: "Say of an exchange which stage set the status, each header, each key of the environ and each part of the body;\n" +
			"it is what `snifter show ID --blame` shows.\n\n" +
			"With --bisect say which stage makes the difference between two exchanges: on the way in the first that made the\n" +
			"environ differ, on the way out the innermost whose answer differs while those of the stages within it do not,\n" +
			"and which stages only one of them has passed. What differs between replays of the same request by one build\n" +
			"is noise, as far as the capture has them. The exit code is 1 where there is a difference.",
		Example: "  snifter blame 12\n" +
			"  snifter blame --bisect 12 31\n" +
			"  snifter blame --bisect 12 31 --json | jq .out.stage.name",
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.bisect {
				return o.runBisect(cmd, args, std)
			}
			if len(args) == 2 {
				return usage("of two exchanges it is --bisect that says what makes them differ",
					"snifter blame --bisect "+safe.Of(strings.Join(args, " ")).String())
			}
			if o.noise {
				return usage("--noise is of --bisect", "snifter blame --bisect ID ID --noise")
			}
			if err := argsExactly(1, "the id of an exchange")(cmd, args); err != nil {
				return err
			}
			o.show.blame = true
			return o.show.run(cmd, args[0], std)
		},
	}
	g := newFlagGroup("Output")
	g.addOnly(&o.bisect, "bisect", "", "", "which stage makes two exchanges differ")
	g.addOnly(&o.noise, "noise", "", "", "with --bisect, show what was masked as noise")
	g.addOnly(&o.show.json, "json", "", "", "one JSON object")
	addGroups(cmd, g, o.show.capture.readFlags())
	return cmd
}

func (o *blameOptions) runBisect(cmd *cobra.Command, args []string, std stdio) error {
	if len(args) != 2 {
		return usage("--bisect needs the ids of two exchanges", "snifter blame --bisect 12 31", "snifter ls")
	}
	file, err := configuredBy(cmd, std)
	if err != nil {
		return err
	}
	rules, err := file.noise()
	if err != nil {
		return err
	}
	store, err := o.show.capture.open(cmd.Context(), std)
	if err != nil {
		return err
	}
	defer store.Close()
	var passages [2]replay.Passage
	for i, arg := range args {
		if passages[i], err = passage(cmd.Context(), store, arg); err != nil {
			return err
		}
	}
	options, err := learned(cmd.Context(), store, passages, replay.Options{Noise: rules})
	if err != nil {
		return err
	}
	found, err := replay.Bisect(passages[0], passages[1], options)
	var none *replay.NoStagesError
	if errors.As(err, &none) {
		return &problem{code: exitDifferent, what: err.Error(), err: err,
			try: []string{fmt.Sprintf("snifter diff %s %s, which does without", args[0], args[1]),
				"record it anew, without --no-stages"}}
	}
	if err != nil {
		return err
	}
	if err := o.writeBisection(found, std); err != nil {
		return err
	}
	if !found.Same() {
		return &finding{}
	}
	return nil
}

func (o *blameOptions) writeBisection(found *replay.Bisection, std stdio) error {
	out := bufio.NewWriter(std.out)
	var err error
	if o.show.json {
		err = writeJSON(out, found)
	} else {
		err = replay.WriteBisection(out, found, reportOptions(std, bool(o.noise)))
	}
	return errors.Join(err, out.Flush())
}

// mostSiblings bounds how many exchanges are learned from.
const mostSiblings = 4

// learned adds what is known to differ from run to run: between each of two exchanges and others in the capture that the
// same build has made of the same request. The two themselves are not held against each other.
func learned(
	ctx context.Context, store *recorder.Store, passages [2]replay.Passage, o replay.Options,
) (replay.Options, error) {
	for _, p := range passages {
		siblings, err := othersOf(ctx, store, p.Exchange, passages)
		if err != nil {
			return o, err
		}
		o = replay.LearnFrom(p.Exchange, siblings, o)
	}
	return o, nil
}

// othersOf are exchanges beside two that the build of one of them has made of the same request, the newest first.
func othersOf(
	ctx context.Context, store *recorder.Store, of *recorder.Exchange, but [2]replay.Passage,
) ([]*recorder.Exchange, error) {
	request := requestOf(of)
	filter, err := recorder.ParseFilter(fmt.Sprintf("~build %d", of.Build))
	if err != nil {
		return nil, err
	}
	q := recorder.Query{Filter: filter, After: request - 1}
	var others []*recorder.Exchange
	for more := true; more; {
		page, err := store.Rows(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range page.Rows {
			row := &page.Rows[i]
			q.Before = row.ID
			same := row.ID == request || row.Origin != nil && *row.Origin == request
			if !same || row.ID == but[0].Exchange.ID || row.ID == but[1].Exchange.ID || row.State == recorder.Open {
				continue
			}
			x, err := store.Exchange(ctx, row.ID)
			if err != nil {
				return nil, err
			}
			if others = append(others, x); len(others) == mostSiblings {
				return others, nil
			}
		}
		more = page.More
	}
	return others, nil
}

// requestOf is the exchange whose request an exchange has: that which it replays, or itself.
func requestOf(x *recorder.Exchange) uint64 {
	if x.Origin != nil {
		return *x.Origin
	}
	return x.ID
}

// passage is an exchange of a capture, and the same taken apart.
func passage(ctx context.Context, store *recorder.Store, arg string) (replay.Passage, error) {
	id, err := parseID(arg)
	if err != nil {
		return replay.Passage{}, err
	}
	x, err := exchange(ctx, store, id)
	if err != nil {
		return replay.Passage{}, err
	}
	walk, err := store.Moments(ctx, id)
	return replay.Passage{Exchange: x, Walk: walk}, err
}
