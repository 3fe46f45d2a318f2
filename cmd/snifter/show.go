package main

import (
	"bufio"
	"errors"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/recorder"
)

type showOptions struct {
	capture     captureOption
	json        boolValue
	body        boolValue
	requestBody boolValue
}

func newShow(std stdio) *cobra.Command {
	o := &showOptions{}
	cmd := &cobra.Command{
		Use:     "show ID",
		GroupID: "look",
		Short:   "Show one exchange whole",
		Long:    "Show one exchange: request, environ, response, chunks, what the application wrote, and its exception.",
		Example: "  snifter show 12\n" +
			"  snifter show 12 --json | jq .environ\n" +
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
	addGroups(cmd, g, o.capture.readFlags())
	return cmd
}

func (o *showOptions) run(cmd *cobra.Command, arg string, std stdio) error {
	if err := configureHere(cmd, std); err != nil {
		return err
	}
	if bool(o.json) && bool(o.body || o.requestBody) || bool(o.body && o.requestBody) {
		return usage("--json, --body and --request-body exclude each other", "one of them")
	}
	id, err := parseID(arg)
	if err != nil {
		return err
	}
	store, err := o.capture.open(std)
	if err != nil {
		return err
	}
	defer store.Close()
	x, err := exchange(cmd.Context(), store, id)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(std.out)
	switch {
	case bool(o.json):
		err = writeJSON(out, x)
	case bool(o.body):
		err = writeBody(out, x.Response.Body, std)
	case bool(o.requestBody):
		err = writeBody(out, x.Request.Body, std)
	default:
		writeExchange(out, x, std)
	}
	return errors.Join(err, out.Flush())
}

// writeBody writes what was recorded of a body, and says on standard error if that is not all of it.
func writeBody(out *bufio.Writer, b recorder.Body, std stdio) error {
	if b.Cut {
		std.note("the body was cut when it was recorded: these are %d of %d bytes (--max-body)", len(b.Bytes), b.Size)
	}
	_, err := out.Write(b.Bytes)
	return err
}
