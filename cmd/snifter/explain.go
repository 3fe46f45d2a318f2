package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/golang"
	"github.com/snifter-dev/snifter/devserver/python"
	"github.com/snifter-dev/snifter/devserver/watch"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/safe"
)

// explain puts an error of any of the parts into the user's words, with the exit code that it stands for.
func explain(err error) *problem {
	var (
		p        *problem
		notFound *python.NotFoundError
		compile  *golang.CompileError
		limit    *watch.LimitError
		store    *recorder.StoreError
		filter   *recorder.FilterError
		crash    *tui.PanicError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &notFound):
		return explainNotFound(notFound)
	case errors.As(err, &compile):
		return &problem{code: exitNotLoaded, what: "the Go program does not compile\n" + strings.TrimSpace(compile.Output), err: err}
	case errors.As(err, &filter):
		return explainFilter(filter)
	case errors.As(err, &store):
		return &problem{code: exitDifferent, what: store.Error(), try: lines(store.Hint), err: err}
	case errors.As(err, &limit):
		return &problem{code: exitDifferent, what: err.Error(), try: []string{"--poll"}, err: err}
	case errors.Is(err, control.ErrNoStages):
		return &problem{code: exitDifferent, what: err.Error(), err: err, try: []string{"snifter run APP, without --no-stages"}}
	case errors.Is(err, replay.ErrStage):
		wrong := new(replay.StageError)
		errors.As(err, &wrong)
		return misnamed(err, wrong)
	case errors.As(err, &crash):
		return &problem{code: exitDifferent, what: "the workbench failed unexpectedly: " + fmt.Sprint(crash.Value), err: err,
			try: []string{"--headless, and report this at " + issuesURL}}
	}
	return &problem{code: exitDifferent, what: err.Error(), err: err}
}

// lines is a hint as a list of things to try.
func lines(hint string) []string {
	if hint == "" {
		return nil
	}
	return strings.Split(hint, "\n")
}

// explainNotFound tells of an application or an interpreter that was not found: what was looked for and where.
func explainNotFound(e *python.NotFoundError) *problem {
	what := e.What
	for _, a := range e.Tried {
		what += "\ntried " + a.String()
	}
	return &problem{code: exitNotLoaded, what: what, try: lines(e.Hint), err: e}
}

// explainFilter points at the place in the filter.
func explainFilter(e *recorder.FilterError) *problem {
	at := min(max(e.Pos, 0), len(e.Input))
	what := fmt.Sprintf("the filter can't be read: %s\n  %s\n  %s^", e.Msg, e.Input, safe.Spaces(safe.Of(e.Input[:at]).Width()))
	return &problem{code: exitUsage, what: what, try: lines(e.Hint), err: e}
}
