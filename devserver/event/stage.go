package event

import "time"

// The kinds of events that only inner stages have. Numbers are stored in captures: they never change.
const (
	// EnvironChanged: the stage has changed the environ since the last boundary (*EnvironChange). It comes right before
	// the boundary at which it was noticed.
	EnvironChanged Kind = 15
	// Spent: how long the stage took in all, told once it is over (*Times). It is the last event of the stage but for Lint.
	Spent Kind = 16
	// Paused: the request was stopped at a boundary of the stage and has gone on (*Pause). The times of events leave the
	// pause out.
	Paused Kind = 17
	// Edited: something was changed by hand while the request was stopped (*Edit).
	Edited Kind = 18
	// Untold: there was more of the exchange's stages than is told, right before the last Spent (*Surplus).
	Untold Kind = 19
)

// StageInfo says which layer of the application a stage is. It is shared between exchanges.
type StageInfo struct {
	Name string // "werkzeug.middleware.proxy_fix.ProxyFix"
	Kind string // "wsgi", or the framework whose layer it is: "django", "flask", "pyramid", "falcon", "bottle"
	Role string // what a framework has it for: "middleware", "before_request", "view"; "" for a WSGI stage
	File string
	Line int
}

// The events of inner stages.
//
// Each pass of an exchange through a stage has an index, from 1 in the order in which they were entered; Event.Stage is
// that. Stage 1 is what the server itself calls. Its boundaries are the server's own: Request.App says which it is, and
// its call of start_response, its blocks, its close and its exception are those of stage 0, for which no event is sent
// twice. Of stage 1 come only EnvironChanged, Input, Spent, Paused, Edited, Untold and
// Lint; StartResponse where it was edited by hand, as it was before, or where it is all that there is since the client has
// gone; and Enter where no Response tells when it was entered, since it has failed or was left before that; a worker may tell
// it as it stops, too. Its time is before that of what was told by then. Write and Chunk come of its empty blocks, which
// the server sends nothing of, where stages within it are told of.
//
// For the others come, in order: Enter (*Entered), then whatever crosses the boundary: Input (*Read), StartResponse
// (*Response), Write and Chunk (*Block), Close (nil), Exit (*Left), Exception (*Passed), and Spent at last. A framework's
// layer has no start_response and no iterable: it has Enter, Exit, Exception and Spent, and Chunk for what the body of its
// response is made of as it leaves, unless that is what it got. A Chunk of another type than bytes (a generator, a template
// that is not rendered yet) is a body that is not there yet.
//
// Exit may come of stage 1 too, where it passed a file on (Left.File and Left.Same), had returned before any stage was
// entered within it, as a generator function has, or bodies of stages within it are open still; then its Close comes too,
// before theirs: what is told of those bodies stands after the one, or the other.

// Entered is the payload of Enter of an inner stage.
type Entered struct {
	Stage  *StageInfo
	Within uint16 // the stage that it was called in
	// Copied says that it was given another environ object than the stage around it has: what either changes from here on,
	// the other does not see. What it was given is that of the stage around it with the EnvironChanged that comes before,
	// which the stage around it is to blame for though its own environ lacks it.
	Copied bool
}

// EnvironChange is what became of the environ.
type EnvironChange struct {
	// Set is a dict in marshal format: the keys that were added, or have another value now, with their plain values.
	Set []byte
	// Objects holds what was set to a value that marshal has no form for: a repr that runs no code of the value.
	Objects map[string]string
	Removed []string
	// Inner is true where the change is in the environ that the stage gives to the next one, a copy, and not in its own.
	Inner bool
	// Of is the stage within it whose environ, a copy that it was given, the change is in; 0 for its own. The stage itself
	// means that others have changed a value where it is which its own environ has too, and that this was told of them.
	Of uint16
}

// Read is the payload of Input of an inner stage: consecutive reads of wsgi.input by it.
type Read struct {
	Reads int
	Size  int64 // bytes that it got
	// Over counts reads that asked for more than there was left of the body, as CONTENT_LENGTH has it.
	Over int
	// Instead says that it was read of a buffer that a stage had put in the place of wsgi.input, in which Left bytes were
	// left. How many reads that took is not known.
	Instead bool
	Left    int64
}

// Block is the payload of Write and Chunk of an inner stage. A block that is the very object that another stage gave is
// not told twice: Same is true then, and it is the Nth block, from 0, of stage Of; stage 0 is the server's boundary.
type Block struct {
	Bytes []byte // what is kept: all, the front part, or nothing
	Size  int
	Same  bool
	Of    uint16
	Nth   uint32
	Type  string // of a block that is no bytes; "" otherwise
	// Given is true for what a framework's layer got, which comes before what it gave: it is told where that is not what a
	// layer before or within it gave.
	Given bool
	// Merged is how many later blocks the recorder put into this one; a boundary emits 0.
	Merged int
}

// Left is the payload of Exit of an inner stage: its call has returned.
type Left struct {
	// Result is the type of what it returned: "list", "generator", "werkzeug.wsgi.ClosingIterator".
	Result string
	// Same is true where that is the very object that stage Of, an inner one, returned: its blocks and its close are this
	// stage's too, and told for that one alone.
	Same bool
	Of   uint16
	// File is true for an object of wsgi.file_wrapper, which is iterated by the server alone.
	File bool
	// Response is what a framework's layer returned, where that could be seen without making it load anything. Given is the
	// response that it was called with, as it was then, of a layer that is given one to change (Flask's after_request).
	Response, Given *Response
}

// Passed is the payload of Exception of an inner stage: an exception left it.
type Passed struct {
	Where   Where
	Type    string
	Message string
	// Number tells the exceptions of an exchange apart, from 1: the first stage that a number left is where it rose. One that
	// rises in what a stage gave to those within it as start_response or write leaves that stage inwards, before those.
	Number uint32
	// Frames is where it rose, outermost first, told with the first stage alone. They may lack their source.
	Frames []Frame
	// Response and Given are as in Left, of a framework's layer that an exception has left in its call: the exception may be a
	// response, and what the layer did to the one that it was given stands.
	Response, Given *Response
}

// Times is how long a stage was at work: in its call, while a block was made, and in close.
type Times struct {
	Total time.Duration
	Self  time.Duration // without the stages within it
	// Of is the stage whose very body stage 1 passed on, 0 for none; other stages tell it with Left.
	Of uint16
}

// Surplus is the payload of Untold.
type Surplus struct {
	Passes int // through stages, whole
	Events int // blocks and reads of stages that are told, and in Go all but the times
}

// Pause is the payload of Paused.
type Pause struct {
	Boundary   Kind
	Took       time.Duration
	Breakpoint int // that was met; 0 for a step
	// Then is how it went on: "continue", "step", "over", "out", "respond", "raise", "abort"; "timeout"; "gone", as its client is,
	// or snifter ended; "died" with the worker.
	Then string
	// Size is that of the block at hand, as it stood in the end; 0 where there is none, or it is not known.
	Size int
}

// Edit is the payload of Edited. What is nil or empty was not changed.
type Edit struct {
	Boundary Kind
	Environ  *EnvironChange
	Status   string
	// Headers at Chunk are those of stage 1, whose Content-Length the server leaves out since the block was edited.
	Headers []Header
	Block   *Data
	// Nth is which block it was, from 1, of a list that the stage passes on as it got it; 0 where it is the one told last.
	Nth int
	// Respond is true where the request was answered here, with Status, Headers and Block; Raise is the exception that was
	// raised here, as "ValueError: message".
	Respond bool
	Raise   string
}
