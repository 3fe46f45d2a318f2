// Package control is the interface of a running snifter: everything that the workbench shows and does goes through
// [Client], in-process over an in-memory pipe, or over a Unix socket, so a script can have all of it too.
package control

import (
	"context"
	"time"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// Client talks to a running snifter, or to a capture opened without a server.
type Client interface {
	Backend
	Close() error
}

// Backend does what a Client asks for. All methods may be called from any goroutine. Errors are fit to be shown.
type Backend interface {
	// Status says what is being served and how it is.
	Status(ctx context.Context) (Status, error)
	// Rows lists exchanges, newest first.
	Rows(ctx context.Context, q Query) (Page, error)
	// Exchange returns one exchange whole, under way or done.
	Exchange(ctx context.Context, id uint64) (*recorder.Exchange, error)
	// Moments takes one exchange apart into its moments, to be stepped through.
	Moments(ctx context.Context, id uint64) (*recorder.Walk, error)
	// Compare holds two exchanges against each other.
	Compare(ctx context.Context, a, b uint64) (*replay.Comparison, error)
	// Replay replays exchanges against the current build and returns their verdicts in order. The exchanges made
	// appear among the updates as any others do.
	Replay(ctx context.Context, q ReplayQuery) ([]replay.Outcome, error)
	// Mark marks or unmarks exchanges: the marked are replayed after each build, and are never dropped for space.
	Mark(ctx context.Context, ids []uint64, marked bool) error
	// Rebuild loads the application anew.
	Rebuild(ctx context.Context) error
	// Watch calls f with batches of updates, at most 30 a second, until the context ends or the connection does; never
	// twice at once, and not again before f has returned. A slow f loses nothing: updates of a row are merged.
	Watch(ctx context.Context, f func(Updates)) error
	Stepper
}

// Query chooses rows.
type Query struct {
	Filter string `json:"filter,omitempty"`
	// Before returns rows with a smaller id, After with a larger one; 0 is no bound.
	Before uint64 `json:"before,omitempty"`
	After  uint64 `json:"after,omitempty"`
	Limit  int    `json:"limit,omitempty"` // 0 is 500
	// Oldest lists from the old end, still newest first within the page.
	Oldest bool `json:"oldest,omitempty"`
}

// Page is a part of a list, newest first.
type Page struct {
	Rows []recorder.Row `json:"rows"`
	// Total counts the exchanges of the capture, without the filter.
	Total int  `json:"total"`
	More  bool `json:"more"` // older ones match too
}

// ReplayQuery chooses what to replay, ids or a filter, and in what manner.
type ReplayQuery struct {
	IDs    []uint64 `json:"ids,omitempty"`
	Filter string   `json:"filter,omitempty"`
	replay.Manner
}

// Status is the state of the server.
type Status struct {
	URL     string      `json:"url"` // "" for a capture opened without a server
	Capture string      `json:"capture"`
	App     string      `json:"app"`     // "app:app (flask.app.Flask)"
	Dir     string      `json:"dir"`     // of the application
	Runtime string      `json:"runtime"` // "CPython 3.11.7"
	Why     string      `json:"why"`     // how the application was found
	Workers int         `json:"workers"`
	Threads int         `json:"threads"`
	Build   BuildStatus `json:"build"`
	Total   int         `json:"total"`   // exchanges in the capture
	Open    int         `json:"open"`    // under way
	Dropped int         `json:"dropped"` // events lost to a full queue
	Parked  int         `json:"parked"`  // stopped at a boundary
	// Trouble says why recording stopped (a full disk, a read-only folder), or "".
	Trouble string `json:"trouble"`
}

// BuildStatus is the state of the newest build.
type BuildStatus struct {
	ID    int                 `json:"build"`
	State string              `json:"state"` // "building", "ok", "failed", "none"
	MS    float64             `json:"ms"`
	Why   string              `json:"why"`
	At    time.Time           `json:"at"`
	Error *recorder.Exception `json:"error"`
}

// Updates is what happened since the last call.
type Updates struct {
	Rows     []recorder.Row   `json:"rows,omitempty"`     // new or changed, oldest first
	Removed  []uint64         `json:"removed,omitempty"`  // dropped for space
	Verdicts []replay.Outcome `json:"verdicts,omitempty"` // from replays, whoever asked
	Output   []Line           `json:"output,omitempty"`   // of the worker, not of an exchange
	Status   *Status          `json:"status,omitempty"`   // when it changed
	Stepping *Stepping        `json:"stepping,omitempty"` // when it changed, and first of all where there is anything
}

// Stepping is what is to be known of stopping: the breakpoints, and the requests that are parked.
type Stepping struct {
	Breakpoints []Breakpoint `json:"breakpoints"`
	Parked      []Parked     `json:"parked"`
}

// Line is a line of output of the worker or of the server's own log.
type Line struct {
	At     time.Time `json:"at"`
	Stream string    `json:"stream"` // "stdout", "stderr", "log"
	Text   string    `json:"text"`
	// Urgent says that whoever is at the screen should see it, though lines of the log are not shown.
	Urgent bool `json:"urgent,omitempty"`
}
