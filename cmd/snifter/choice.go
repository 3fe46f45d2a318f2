package main

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// choice is which exchanges to replay: ids, or a filter.
type choice struct {
	ids    []uint64
	filter string
}

// maxRange bounds a range of ids that is written out: 1-1000000.
const maxRange = 1_000_000

// numbers are ids, or were meant to be.
var numbers = regexp.MustCompile(`^#?[0-9]+(-[0-9]+)?$`)

// parseChoice reads ids and ranges of ids (12 14-20), or else a filter.
func parseChoice(args []string) (choice, error) {
	var c choice
	for _, arg := range args {
		ids, ok := parseIDs(arg)
		if !ok && numbers.MatchString(arg) {
			return c, usage(fmt.Sprintf("%q names no exchanges: ids go up from 1, and a range holds a million at most", arg),
				"12, or 14-20", "~u "+arg+", for those whose URL has that")
		}
		if !ok {
			c = choice{filter: strings.TrimSpace(strings.Join(args, " "))}
			_, err := recorder.ParseFilter(c.filter)
			return c, err
		}
		c.ids = append(c.ids, ids...)
	}
	return c, nil
}

func parseIDs(arg string) ([]uint64, bool) {
	first, last, ranged := strings.Cut(strings.TrimPrefix(arg, "#"), "-")
	from, err := strconv.ParseUint(first, 10, 63)
	to := from
	if ranged && err == nil {
		to, err = strconv.ParseUint(last, 10, 63)
	}
	if err != nil || from == 0 || to < from || to-from > maxRange {
		return nil, false
	}
	var ids []uint64
	for id := from; id <= to; id++ {
		ids = append(ids, id)
	}
	return ids, true
}

// query is the choice as a running snifter takes it.
func (c choice) query() control.ReplayQuery {
	if len(c.ids) == 0 && c.filter == "" {
		return control.ReplayQuery{Filter: "!~replay"}
	}
	return control.ReplayQuery{IDs: c.ids, Filter: c.filter}
}

// exchanges are those chosen, oldest first, of what is recorded now: not of what the replay itself records.
func (c choice) exchanges(ctx context.Context, rec *recorder.Recorder) (iter.Seq2[*recorder.Exchange, error], error) {
	newest, err := rec.Rows(ctx, recorder.Query{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(newest.Rows) == 0 {
		return nil, &problem{code: exitDifferent, what: "the capture is empty: there is nothing to replay"}
	}
	if len(c.ids) > 0 {
		return c.byID(ctx, rec), nil
	}
	q := recorder.Query{Before: newest.Rows[0].ID + 1}
	if c.filter != "" {
		if q.Filter, err = recorder.ParseFilter(c.filter); err != nil {
			return nil, err
		}
	}
	exchanges := rec.Exchanges(ctx, q)
	if strings.Contains(c.filter, "~replay") {
		return exchanges, nil
	}
	return replay.Originals(exchanges), nil
}

func (c choice) byID(ctx context.Context, rec *recorder.Recorder) iter.Seq2[*recorder.Exchange, error] {
	return func(yield func(*recorder.Exchange, error) bool) {
		for _, id := range c.ids {
			x, err := exchange(ctx, rec.Store(), id)
			if !yield(x, err) || err != nil {
				return
			}
		}
	}
}
