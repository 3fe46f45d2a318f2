package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/near"
)

// command makes the command of the flags.
func (o *stepOptions) command(id uint64, action stepping.Action, at *control.Parked, std stdio) (control.StepCommand, error) {
	c := control.StepCommand{
		ID: id, Action: string(action), Stop: o.stop.n, Unset: o.unset, Status: marshal.Latin1([]byte(stepping.StatusOf(string(o.status)))), Message: string(o.message),
	}
	var err error
	if c.Environ, err = environOf(o.environ); err != nil {
		return c, err
	}
	fields, err := headersOf(o.headers)
	if err != nil {
		return c, err
	}
	switch action {
	case stepping.Modify:
		if len(fields) > 0 {
			c.Headers = replaced(at.Headers, fields)
			c.Stop, c.Version = cmp.Or(c.Stop, at.Stop), at.Version // they are those that stood there
		}
		c.Chunk, err = fileOf("chunk", string(o.chunk), std)
	case stepping.Respond:
		c.Headers = replaced([]recorder.Header{}, fields)
		c.Chunk, err = fileOf("body", string(o.body), std)
	case stepping.Raise:
		if c.Type = string(o.raised); c.Type == "" {
			c.Type = "RuntimeError"
		}
	}
	if err != nil {
		return c, err
	}
	if err := c.Check(); err != nil {
		try := []string{"snifter step --help"}
		for _, a := range stepActions {
			if a.action == action && len(a.flags) > 0 {
				try = append([]string{fmt.Sprintf("snifter step %d %s with --%s", id, action, strings.Join(a.flags, ", --"))}, try...)
			}
		}
		return c, usage(err.Error(), try...)
	}
	return c, nil
}

// actionOf is the action of a word.
func actionOf(word string) (stepping.Action, error) {
	words := make([]string, len(stepActions))
	for i, a := range stepActions {
		if words[i] = string(a.action); words[i] == word {
			return a.action, nil
		}
	}
	var try []string
	for _, meant := range near.Words(word, words) {
		try = append(try, "snifter step ID "+meant)
	}
	if len(try) == 0 {
		try = []string{"snifter step --help"}
	}
	return "", usage(fmt.Sprintf("step knows no %q: it is one of %s", word, strings.Join(words, ", ")), try...)
}

// onlyFlagsOf says which flag is of no use to an action.
func onlyFlagsOf(cmd *cobra.Command, action stepping.Action) error {
	var takes []string
	of := map[string][]string{}
	for _, a := range stepActions {
		if a.action == action {
			takes = a.flags
		}
		for _, f := range a.flags {
			of[f] = append(of[f], string(a.action))
		}
	}
	var wrong error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if of[f.Name] == nil || slices.Contains(takes, f.Name) || wrong != nil {
			return
		}
		wrong = usage(fmt.Sprintf("--%s goes with %s", f.Name, strings.Join(of[f.Name], " and ")),
			fmt.Sprintf("snifter step ID %s --%s ...", of[f.Name][0], f.Name))
	})
	return wrong
}

func environOf(texts []string) (map[string]string, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	environ := map[string]string{}
	for _, text := range texts {
		key, value, found := strings.Cut(text, "=")
		if !found || key == "" {
			return nil, usage(fmt.Sprintf("--environ: %q is no KEY=VALUE", text), "--environ REMOTE_USER=anna", "--unset KEY, to remove one")
		}
		environ[key] = stepping.Typed(key, value)
	}
	return environ, nil
}

// headersOf reads "Name: value", and "Name:" for a header that is not to be. A value is native text, of the bytes that
// were typed.
func headersOf(texts []string) ([]recorder.Header, error) {
	fields := make([]recorder.Header, 0, len(texts))
	for _, text := range texts {
		name, value, found := strings.Cut(text, ":")
		if !found || name == "" {
			return nil, usage(fmt.Sprintf("--header: %q is no 'Name: value'", text), "--header 'Content-Type: text/plain'")
		}
		fields = append(fields, recorder.Header{name, marshal.Latin1([]byte(strings.TrimSpace(value)))})
	}
	return fields, nil
}

// replaced is a list of headers with fields in the place of those of the same name; a field without a value removes them.
func replaced(headers, fields []recorder.Header) []recorder.Header {
	out := slices.DeleteFunc(slices.Clone(headers), func(h recorder.Header) bool {
		return slices.ContainsFunc(fields, func(f recorder.Header) bool { return strings.EqualFold(f[0], h[0]) })
	})
	for _, f := range fields {
		if f[1] != "" {
			out = append(out, f)
		}
	}
	return slices.Clip(out)
}

// fileOf reads a file that a flag names, or standard input; nil for "".
func fileOf(flag, name string, std stdio) ([]byte, error) {
	var p []byte
	var err error
	switch {
	case name == "":
		return nil, nil
	case name == "-":
		p, err = io.ReadAll(std.in)
	case filepath.IsAbs(name):
		p, err = os.ReadFile(name)
	default:
		p, err = os.ReadFile(filepath.Join(std.dir, name))
	}
	if err != nil {
		return nil, usage("--"+flag+": "+err.Error(), "--"+flag+" -, for standard input")
	}
	return append([]byte{}, p...), nil
}
