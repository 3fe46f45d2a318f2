package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
)

// Stepper is the part of a [Client] that stops requests at the boundaries of stages. A capture that was opened without a
// server answers ErrNoServer.
type Stepper interface {
	// Breakpoints lists them by id.
	Breakpoints(ctx context.Context) ([]Breakpoint, error)
	// AddBreakpoint adds one by its Stage, Boundary and Filter, and returns it with its id. A filter that can't be read is a
	// *recorder.FilterError.
	AddBreakpoint(ctx context.Context, b Breakpoint) (Breakpoint, error)
	// RemoveBreakpoints removes them by id; without any id, all. Requests that are parked stay so.
	RemoveBreakpoints(ctx context.Context, ids ...int) error
	// Parked lists the requests that are parked, the longest first.
	Parked(ctx context.Context) ([]Parked, error)
	// Step does something with a parked request, and returns it where it is parked still, nil where it has gone on.
	// One that is not parked is ErrNotParked, one that has gone on from the stop that the command is for ErrPast, one that was
	// edited since the state that it was made of ErrChanged, and what can't be done at its boundary ErrImpossible.
	Step(ctx context.Context, c StepCommand) (*Parked, error)
}

// ErrNoStages is of a server that does not tell stages apart: nothing can stop there.
var ErrNoStages = errors.New("this server stops no requests: it does not tell stages apart")

// Errors of Step, which say what is parked, where, and what is possible.
var (
	ErrNotParked  = errors.New("the request is not parked")
	ErrPast       = stepping.ErrPast
	ErrChanged    = stepping.ErrChanged
	ErrImpossible = errors.New("that can't be done there")
)

// Breakpoint is where requests park: at a boundary of the stages that match, where they match the filter.
type Breakpoint struct {
	ID       int    `json:"id"`
	Stage    string `json:"stage"`
	Boundary string `json:"boundary"` // "enter", ..., or "*"
	Filter   string `json:"filter"`
	Hits     int    `json:"hits"`
	// Stages are the names of the stages that match, of those that were seen in the current build. Unknown is true while
	// there is none; then Seen are those that there are.
	Stages  []string `json:"stages"`
	Unknown bool     `json:"unknown"`
	Seen    []string `json:"seen,omitempty"`
	// Never is true where all that match are layers of frameworks, which are no WSGI stages and have no such boundary.
	Never bool `json:"never,omitempty"`
	// TooEarly is true where the filter asks for a response, and there is none at the boundary.
	TooEarly bool `json:"too_early,omitempty"`
}

// Parked is a request that stands at a boundary of a stage.
type Parked struct {
	ID       uint64      `json:"id"`               // the exchange's
	Origin   *uint64     `json:"origin,omitempty"` // what it replays; none of other requests
	Method   string      `json:"method"`
	Target   string      `json:"target"`
	Stage    ParkedStage `json:"stage"`
	Boundary string      `json:"boundary"`
	// Breakpoints are those that it met; none for a step.
	Breakpoints []int `json:"breakpoints"`
	// Stop is which of the request's stops this is, from 1 on: for StepCommand.
	Stop int `json:"stop"`
	// Version is which state of that stop this is, from 1 on, as edits have left it: for StepCommand, too.
	Version int       `json:"version"`
	Since   time.Time `json:"since"`
	// Until is when it goes on by itself, null for never.
	Until   *time.Time        `json:"until"`
	Environ recorder.Environ  `json:"environ"`
	Status  string            `json:"status"`
	Headers []recorder.Header `json:"headers"`
	// Chunk is the block at hand, at chunk and write.
	Chunk     *recorder.Body      `json:"chunk"`
	Result    string              `json:"result"` // the type of what the stage returned, at exit, or of a block that is not bytes
	Exception *recorder.Exception `json:"exception"`
	// Changes is what has changed since the request last stopped, by the application or by hand; at its first stop, since the
	// server called the application.
	Changes Changes `json:"changes"`
	// Edits are what can be done beyond going on: "environ", "status", "headers", "chunk", "respond", "raise".
	Edits []string `json:"edits"`
	// Trouble says why the last command could not be done.
	Trouble string `json:"trouble,omitempty"`
}

// MarshalJSON tells the lists of the environ from its tuples, as an exchange's does.
func (p Parked) MarshalJSON() ([]byte, error) {
	type plain Parked
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // what reads it is no HTML page
	err := e.Encode(struct {
		plain
		Lists []string `json:"lists,omitempty"`
	}{plain(p), p.Environ.Lists()})
	return b.Bytes(), err
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Parked) UnmarshalJSON(b []byte) error {
	type plain Parked
	told := struct {
		*plain
		Lists []string
	}{plain: (*plain)(p)}
	if err := json.Unmarshal(b, &told); err != nil {
		return err
	}
	p.Environ.SetLists(told.Lists)
	return nil
}

// ParkedStage is the stage that a request stands at.
type ParkedStage struct {
	Index int    `json:"index"`
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	File  string `json:"file"`
	Line  int    `json:"line"`
}

// What changes between two boundaries, under the names by which users of this package know it.
type (
	// Changes is recorder.Changes.
	Changes = recorder.Changes
	// HeaderDelta is recorder.HeaderDelta.
	HeaderDelta = recorder.HeaderDelta
)

// StepCommand is what to do with a parked request.
type StepCommand struct {
	ID     uint64 `json:"id"`
	Action string `json:"action"` // one of package stepping's
	// Stop is the one that it is for, as Parked has it. Where the request has gone on from there meanwhile nothing is done. 0 is
	// whichever it stands at.
	Stop int `json:"stop,omitempty"`
	// Version is the state that it was made of, as Parked has it: where it is another one by now, nothing is done. 0 is whichever
	// there is. Headers are all of them, so that those of another's edit would be lost.
	Version int `json:"version,omitempty"`
	// For edit: values to set and keys to remove, and what replaces status, headers and chunk. For respond: the answer.
	// CGI variables, status and headers are native text, as Parked has them: see stepping.Typed.
	Environ map[string]string `json:"environ,omitempty"`
	Unset   []string          `json:"unset,omitempty"`
	Status  string            `json:"status,omitempty"`
	// Nil headers and a nil chunk are left as they are; empty ones take their place.
	Headers []recorder.Header `json:"headers,omitzero"`
	Chunk   []byte            `json:"chunk,omitzero"`
	// For raise.
	Type    string `json:"type,omitempty"`
	Message string `json:"message,omitempty"`
}
