package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/recorder"
)

type showOptions struct {
	capture     captureOption
	json        boolValue
	body        boolValue
	requestBody boolValue
	blame       boolValue
	stages      boolValue
	moments     boolValue
	at          intValue
}

func newShow(std stdio) *cobra.Command {
	o := &showOptions{at: intValue{-1, 0, math.MaxInt32}}
	cmd := &cobra.Command{
		Use:     "show ID",
		GroupID: "look",
		Short:   "Show one exchange whole",
		Long: "Show one exchange: request, environ, response, chunks, the stages that it passed, what the application wrote,\n" +
			"and its exception. Of one that is under way it is what a snifter that runs was told so far.\n\n" +
			"--moments lists the boundaries of stages in the order in which they were crossed, and --at says how environ,\n" +
			"status, headers and body stood at one of them.",
		Example: "  snifter show 12\n" +
			"  snifter show 12 --json | jq .environ\n" +
			"  snifter show 12 --blame\n" +
			"  snifter show 12 --at 7\n" +
			"  snifter show 12 --body > answer.png",
		Args: argsExactly(1, "the id of an exchange"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd, args[0], std)
		},
	}
	g := newFlagGroup("Output")
	g.addOnly(&o.json, "json", "", "", "one JSON object")
	g.addOnly(&o.body, "body", "", "", "the response's body, byte for byte")
	g.addOnly(&o.requestBody, "request-body", "", "", "the request's body, byte for byte")
	s := newFlagGroup("Stages")
	s.addOnly(&o.blame, "blame", "", "", "which stage set each header, each key of the environ and each part of the body")
	s.addOnly(&o.stages, "stages", "", "", "all that each stage did, with the values")
	s.addOnly(&o.moments, "moments", "", "", "each boundary that was crossed, in order")
	s.addOnly(&o.at, "at", "", "N", "how things stood at that moment of --moments")
	addGroups(cmd, g, s, o.capture.readFlags())
	return cmd
}

func (o *showOptions) run(cmd *cobra.Command, arg string, std stdio) error {
	if err := configureHere(cmd, std); err != nil {
		return err
	}
	if bool(o.json) && bool(o.body || o.requestBody) || bool(o.body && o.requestBody) {
		return usage("--json, --body and --request-body exclude each other", "one of them")
	}
	if bool(o.body || o.requestBody) && (bool(o.blame || o.stages || o.moments) || o.at.n >= 0) {
		return usage("--body and --request-body write a body and nothing else", "leave the other flags out")
	}
	views := 0
	for _, wanted := range []bool{bool(o.blame), bool(o.stages), bool(o.moments), o.at.n >= 0} {
		if wanted {
			views++
		}
	}
	if views > 1 {
		return usage("--blame, --stages, --moments and --at exclude each other", "one of them")
	}
	id, err := parseID(arg)
	if err != nil {
		return err
	}
	store, err := o.capture.open(cmd.Context(), std)
	if err != nil {
		return err
	}
	defer store.Close()
	x, err := committed(cmd.Context(), store, id)
	var from walker = store
	if errors.Is(err, recorder.ErrNoExchange) {
		u := stillUnderWay(cmd.Context(), store.Path(), id)
		if u == nil {
			return notThere(cmd.Context(), store, id, err)
		}
		defer u.Close()
		x, from, err = u.x, u, nil
		u.note(std)
	}
	if err != nil {
		return err
	}
	out := bufio.NewWriter(std.out)
	if bool(o.moments) || o.at.n >= 0 {
		return errors.Join(o.writeWalk(cmd.Context(), out, from, x, std), out.Flush())
	}
	switch {
	case bool(o.json):
		err = writeJSON(out, x)
	case bool(o.body):
		err = writeBody(out, x.Response.Body, std)
	case bool(o.requestBody):
		err = writeBody(out, x.Request.Body, std)
	case bool(o.blame):
		writeTitle(out, x, std)
		writeBlame(out, x, std)
	case bool(o.stages):
		writeTitle(out, x, std)
		writeOnion(out, x, true, std)
	default:
		writeExchange(out, x, std)
	}
	return errors.Join(err, out.Flush())
}

// walker takes exchanges apart.
type walker interface {
	Moments(ctx context.Context, id uint64) (*recorder.Walk, error)
}

// writeWalk writes the moments of an exchange, or how things stood at one of them.
func (o *showOptions) writeWalk(ctx context.Context, out io.Writer, from walker, x *recorder.Exchange, std stdio) error {
	walk, err := from.Moments(ctx, x.ID)
	if err != nil {
		return err
	}
	at := o.at.n
	if at >= len(walk.Moments) {
		what := fmt.Sprintf("exchange %d has no moment %d: they are 0 to %d", x.ID, at, len(walk.Moments)-1)
		return &problem{code: exitDifferent, what: what, try: []string{fmt.Sprintf("snifter show %d --moments lists them", x.ID)}}
	}
	switch {
	case at >= 0 && bool(o.json):
		standing := walk.At(at)
		return writeJSON(out, standingJSON{at, stageName(x, standing.Stage), standing, standing.Environ.Lists()})
	case at >= 0:
		writeMoment(out, x, walk, at, std)
	case bool(o.json):
		for i, m := range walk.Moments {
			if err := writeJSON(out, momentJSON{i, stageName(x, m.Stage), m}); err != nil {
				return err
			}
		}
	default:
		writeMoments(out, x, walk, std)
	}
	return nil
}

// writeBody writes what was recorded of a body, and says on standard error if that is not all of it.
func writeBody(out *bufio.Writer, b recorder.Body, std stdio) error {
	if b.Cut {
		std.note("the body was cut when it was recorded: these are %d of %d bytes (--max-body)", len(b.Bytes), b.Size)
	}
	_, err := out.Write(b.Bytes)
	return err
}
