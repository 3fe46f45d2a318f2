package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/recorder"
)

type lsOptions struct {
	capture captureOption
	json    boolValue
	newest  intValue
}

func newLs(std stdio) *cobra.Command {
	o := &lsOptions{newest: intValue{0, 0, math.MaxInt32}}
	cmd := &cobra.Command{
		Use:     "ls [FILTER]",
		GroupID: "look",
		Short:   "List exchanges, oldest first",
		Long: "List the exchanges of a capture, oldest first.\n\n" +
			filterHelp,
		Example: "  snifter ls\n" +
			"  snifter ls -n 20 '~m POST & ~c 5xx'\n" +
			"  snifter ls --json '~d >100 | ~e' | jq .target",
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd, args, std)
		},
	}
	g := newFlagGroup("Output")
	g.add(&o.newest, "newest", "n", "N", "only the newest N, 0: all")
	g.addOnly(&o.json, "json", "", "", "a JSON object a line")
	addGroups(cmd, g, o.capture.readFlags())
	return cmd
}

func (o *lsOptions) run(cmd *cobra.Command, args []string, std stdio) error {
	if err := configureHere(cmd, std); err != nil {
		return err
	}
	filter, err := parseFilter(args)
	if err != nil {
		return err
	}
	store, err := o.capture.open(cmd.Context(), std)
	if err != nil {
		return err
	}
	defer store.Close()

	out := bufio.NewWriter(std.out)
	defer out.Flush()
	lines := &rowWriter{w: out, json: bool(o.json), std: std}
	for row, err := range rows(cmd.Context(), store, filter, o.newest.n) {
		if err != nil {
			return err
		}
		if err := lines.write(&row); err != nil {
			return err
		}
	}
	return out.Flush()
}

// rowWriter writes rows for people, or as lines of JSON.
type rowWriter struct {
	w     io.Writer
	json  bool
	std   stdio
	begun bool
}

func (l *rowWriter) write(r *recorder.Row) error {
	if l.json {
		return writeJSON(l.w, r)
	}
	if !l.begun {
		l.begun = true
		fmt.Fprintln(l.w, l.std.paint(faint, rowHeader))
	}
	_, err := fmt.Fprintln(l.w, rowLine(r, l.std))
	return err
}

// rows gives the rows that match, oldest first: all of them, or the newest n.
func rows(ctx context.Context, store *recorder.Store, filter *recorder.Filter, n int) iter.Seq2[recorder.Row, error] {
	return func(yield func(recorder.Row, error) bool) {
		q := recorder.Query{Filter: filter, Limit: 1000, Oldest: true}
		if n > 0 {
			q.Limit, q.Oldest = n, false
		}
		for {
			page, err := store.Rows(ctx, q)
			if err != nil {
				yield(recorder.Row{}, err)
				return
			}
			for _, row := range slices.Backward(page.Rows) {
				if !yield(row, nil) {
					return
				}
			}
			if n > 0 || !page.More || len(page.Rows) == 0 {
				return
			}
			q.After = page.Rows[0].ID
		}
	}
}

// configureHere fills a command's settings with the nearest configuration upward from the working directory.
func configureHere(cmd *cobra.Command, std stdio) error {
	_, err := configuredBy(cmd, std)
	return err
}

// configuredBy is configureHere for who wants more of the configuration.
func configuredBy(cmd *cobra.Command, std stdio) (*configFile, error) {
	file, err := findConfig(std.dir)
	if err != nil {
		return nil, err
	}
	return file, configure(cmd, std, file)
}

// parseFilter reads a filter that the shell has split into words. No words are no filter.
func parseFilter(args []string) (*recorder.Filter, error) {
	text := strings.TrimSpace(strings.Join(args, " "))
	if text == "" {
		return nil, nil
	}
	return recorder.ParseFilter(text)
}

const filterHelp = `FILTER, built on mitmproxy's:
  ~m GET  method           ~c 404, 5xx, >=400  status    ~h REGEX  a header "name: value"
  ~u REGEX  URL            ~b REGEX  a body              ~t REGEX  content type
  ~e  an exception         ~lint [RULE]  a breach        ~env KEY=REGEX  an environ key
  ~d >100  milliseconds    ~s >10k  size                 ~build N
  ~stage NAME  was entered ~paused  at a breakpoint      ~replay  ~marked
  ! & | ( )  and, or, not  a bare word matches the URL`
