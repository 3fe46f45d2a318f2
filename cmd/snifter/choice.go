package main

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
	"github.com/snifter-dev/snifter/tui/safe"
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

// exchanges are those chosen, oldest first, of what is recorded now: not of what the replay itself records. Which of those that
// a filter finds are left out since somebody had a hand in them is said.
func (c choice) exchanges(ctx context.Context, rec *recorder.Recorder, std stdio) (iter.Seq2[*recorder.Exchange, error], error) {
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
	told := map[uint64]bool{} // they may be gone through twice
	return replay.Chosen(c.filter, rec.Exchanges(ctx, q), func(x *recorder.Exchange) {
		if !told[x.ID] {
			told[x.ID] = true
			tellLeftOut(x, std)
		}
	}), nil
}

// tellLeftOut says that an exchange is not replayed, and how it would be.
func tellLeftOut(x *recorder.Exchange, std stdio) {
	std.note("%d %s %s is left out: it was %s; its id has it replayed, or ~paused in the filter", x.ID, safe.Of(x.Request.Method),
		safe.Of(x.Request.Target), safe.Of(x.ByHand()))
}

// tellLeftOutThere says so of what a running snifter is going to leave out.
func (c choice) tellLeftOutThere(ctx context.Context, client control.Client, std stdio) error {
	if len(c.ids) > 0 {
		return nil
	}
	found, err := client.Rows(ctx, control.Query{Filter: "(" + c.query().Filter + ") ~paused"})
	if err != nil {
		return err
	}
	for _, row := range slices.Backward(found.Rows) {
		stopped := func(yield func(*recorder.Exchange, error) bool) { yield(client.Exchange(ctx, row.ID)) }
		for _, err := range replay.Chosen(c.filter, stopped, func(x *recorder.Exchange) { tellLeftOut(x, std) }) {
			if err != nil {
				return err
			}
		}
	}
	return nil
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
