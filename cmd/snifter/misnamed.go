package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
	"github.com/snifter-dev/snifter/tui/near"
)

// misnamed tells of a stage that replays can't leave out or enter, and of those that may have been meant; wrong is as much of it
// as is known.
func misnamed(err error, wrong *replay.StageError) *problem {
	p := &problem{code: exitUsage, what: err.Error(), err: err}
	for _, name := range near.Stages(wrong.Pattern, wrong.Stages) {
		if wrong.Pattern != "" && name != wrong.Pattern {
			p.try = append(p.try, name+" in the place of "+wrong.Pattern)
		}
	}
	if id := wrong.Exchange; id != 0 {
		p.try = append(p.try, fmt.Sprintf("snifter show %d, for its stages", id))
	} else {
		p.try = append(p.try, "snifter show ID, for the stages of an exchange")
	}
	return p
}

// misnamedThere is misnamed for a server that has replayed an exchange, and tells of it in words alone.
func misnamedThere(ctx context.Context, client control.Client, id uint64, s replay.Surgery, err error) error {
	x, failed := client.Exchange(ctx, id)
	if failed != nil {
		return errors.Join(err, failed)
	}
	wrong := &replay.StageError{Exchange: id}
	for i := range x.Stages {
		if s := &x.Stages[i]; s.Index > 0 {
			wrong.Stages = append(wrong.Stages, s.Name)
		}
	}
	for _, pattern := range append(slices.Clone(s.Skip), s.Enter) {
		means := func(s recorder.Stage) bool { return x.Means(pattern, &s) }
		if pattern != "" && !slices.ContainsFunc(x.Stages, means) {
			wrong.Pattern = pattern
		}
	}
	return misnamed(err, wrong)
}
