package recorder

import (
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
)

// State says how far an exchange is.
type State string

// The states.
const (
	Open    State = "open"
	Done    State = "done"
	Aborted State = "aborted"
)

// Exchange is one request and all that the application did with it: the fold of its events. Its JSON is what
// `snifter show --json` prints and other programs depend on. Text from the wire is native, as in package event.
type Exchange struct {
	ID         uint64    `json:"id"`
	Build      int       `json:"build"`
	Origin     *uint64   `json:"origin"`
	State      State     `json:"state"`
	Started    time.Time `json:"started"`
	DurationMS float64   `json:"duration_ms"`
	Marked     bool      `json:"marked"`
	// Reason says in words why an exchange was refused, aborted or broken off; "" otherwise.
	Reason    string     `json:"reason,omitempty"`
	Request   Request    `json:"request"`
	Environ   Environ    `json:"environ"`
	Response  Response   `json:"response"`
	Stages    []Stage    `json:"stages"`
	Blame     Blame      `json:"blame"`
	Errors    string     `json:"errors"`
	Output    []Output   `json:"output"`
	Exception *Exception `json:"exception"`
	Lint      []Lint     `json:"lint"`
	// Lost is how many events of the exchange were dropped by a full queue, where that is known.
	Lost int `json:"lost,omitempty"`
	// Untold is what is not told of its stages, since it is too much; nil for nothing.
	Untold *Untold `json:"untold,omitempty"`
}

// Untold counts what is not told of the stages of an exchange.
type Untold struct {
	Passes int `json:"passes"` // through stages, whole
	Events int `json:"events"` // of the others, blocks for the most part
}

// Header is a field's name and value, in JSON a list of the two.
type Header [2]string

// Request is what the client sent.
type Request struct {
	Method   string     `json:"method"`
	Target   string     `json:"target"`
	Protocol string     `json:"protocol"`
	Remote   string     `json:"remote"`
	TLS      bool       `json:"tls"`
	Headers  []Header   `json:"headers"`
	Withheld []Withheld `json:"withheld"`
	Body     Body       `json:"body"`
	// Head is the head byte for byte.
	Head []byte `json:"-"`
}

// Withheld is a header field that did not reach the environ, and why.
type Withheld struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Response is what the application answered.
type Response struct {
	Status  string   `json:"status"`
	Headers []Header `json:"headers"`
	Chunks  []Chunk  `json:"chunks"`
	Body    Body     `json:"body"`
	// Server is true where the server made the response itself.
	Server bool `json:"server"`
	// Head is the head as it went out, byte for byte.
	Head []byte `json:"-"`
}

// Chunk is one block of a body as the application gave it.
type Chunk struct {
	AtMS float64 `json:"at_ms"`
	Size int     `json:"size"`
	Via  string  `json:"via"` // "yield" or "write"
	// Merged is how many later blocks are counted in this one: an exchange keeps the boundaries of MaxChunks.
	Merged int `json:"merged,omitempty"`
}

// Body is a body: what was kept of it, its true size and its hash.
type Body struct {
	Size   int64
	SHA256 string // of the whole body, hexadecimal
	Cut    bool   // Bytes is only the front part
	Bytes  []byte
}

// Environ is the environ in its order. In JSON it is an object.
type Environ []EnvironItem

// EnvironItem is one key of the environ. Value is nil, bool, int64, *big.Int, float64, string, []any, List,
// map[string]any or Repr.
type EnvironItem struct {
	Key   string
	Value any
}

// List is a list of Python's; a tuple is []any. In JSON both are arrays, and "lists" beside them names those that are lists.
type List []any

// Sequence writes a tuple or a list as Python does, each of its values by show; false for what is neither.
func Sequence(v any, show func(any) string) (text string, ok bool) {
	values, tuple := v.([]any)
	if list, ok := v.(List); ok {
		values = list
	} else if !tuple {
		return "", false
	}
	parts := make([]string, len(values))
	for i := range values {
		parts[i] = show(values[i])
	}
	text = strings.Join(parts, ", ")
	switch {
	case !tuple:
		return "[" + text + "]", true
	case len(parts) == 1:
		return "(" + text + ",)", true
	}
	return "(" + text + ")", true
}

// Repr stands for a value that JSON has no type for.
type Repr struct {
	Repr string `json:"repr"`
}

// Stage is one layer's part in an exchange: stage 0 is the server, 1 what it calls, and so on in the order in which
// control entered them. A layer that an exchange passes twice is two stages.
type Stage struct {
	Index int `json:"index"`
	// Within is the stage that this one was called in.
	Within int    `json:"within"`
	Name   string `json:"name"`
	Kind   string `json:"kind"` // "server", "wsgi", or the framework whose layer it is
	Role   string `json:"role"` // what a framework has it for: "middleware", "view"; "" for a WSGI stage
	File   string `json:"file"`
	Line   int    `json:"line"`
	// EnterMS is when it was called, ExitMS when that call returned. TotalMS is how long it was at work in all, in its call,
	// while it made blocks and in close; SelfMS is that without the stages within it.
	EnterMS float64 `json:"enter_ms"`
	ExitMS  float64 `json:"exit_ms"`
	TotalMS float64 `json:"total_ms"`
	SelfMS  float64 `json:"self_ms"`
	// EnvironChanges is what it did to the environ, also to a copy that it passed on.
	EnvironChanges EnvironChanges `json:"environ_changes"`
	Input          Input          `json:"input"`
	Status         string         `json:"status"`
	Headers        []Header       `json:"headers"`
	Chunks         []Chunk        `json:"chunks"`
	// Result is the type of what its call returned. SameAs is the stage whose body it passed on as it was, 0 for none.
	Result string `json:"result"`
	SameAs int    `json:"same_as,omitempty"`
	Closed bool   `json:"closed"`
	// Exception is what left it; Rose says that it rose here and came from no stage within.
	Exception *Exception `json:"exception"`
	Rose      bool       `json:"rose,omitempty"`
	// Pauses are the times at which it was stopped at a boundary, and what was done there.
	Pauses []Pause `json:"pauses,omitempty"`
	// Notes say in words what is remarkable about it: that it buffered the body, say.
	Notes []string `json:"notes,omitempty"`
}

// Matches says whether a pattern is for the stage, see [stepping.Matches].
func (s *Stage) Matches(pattern string) bool { return stepping.Matches(pattern, s.info(), s.Index) }

func (s *Stage) info() *event.StageInfo {
	return &event.StageInfo{Name: s.Name, Kind: s.Kind, Role: s.Role}
}

// ofServer says that the stage is the server's, and none of the application's.
func (s *Stage) ofServer() bool { return s.Index == 0 || s.Kind == "server" }

// Means says whether a pattern is for a stage of the exchange, see [stepping.Means]. The server's is none of the application's.
func (x *Exchange) Means(pattern string, s *Stage) bool {
	return !s.ofServer() && stepping.Means(pattern, s.info(), s.Index, func(yield func(string) bool) {
		for i := range x.Stages {
			if other := &x.Stages[i]; !other.ofServer() && !yield(other.Name) {
				return
			}
		}
	})
}

// Pause is a stop at a boundary of a stage.
type Pause struct {
	AtMS       float64  `json:"at_ms"`
	Boundary   string   `json:"boundary"`
	TookMS     float64  `json:"took_ms"`
	Breakpoint int      `json:"breakpoint,omitempty"`
	Then       string   `json:"then"`   // "continue", "step", "respond", "timeout", "gone" as its client, "died" with the worker
	Edited     []string `json:"edited"` // what was changed by hand: "environ REMOTE_USER", "status", "header Set-Cookie", "chunk"
}

// EnvironChanges is what a stage did to the environ that it was given.
type EnvironChanges struct {
	Added   map[string]any    `json:"added"`
	Changed map[string][2]any `json:"changed"`
	Removed []string          `json:"removed"`
}

// Input is what a stage read of wsgi.input.
type Input struct {
	Reads int   `json:"reads"`
	Bytes int64 `json:"bytes"`
	// Over counts reads that asked for more than was left of the body.
	Over int `json:"over,omitempty"`
	// Instead is how many of the bytes were read of a buffer that a stage had put in the place of wsgi.input. How many reads
	// those took is not known: each time that something was found read is one.
	Instead int64 `json:"instead,omitempty"`
	// Left is how many bytes of the body, or of that buffer, were behind the last read.
	Left int64 `json:"left,omitempty"`
}

// Blame names the stage that set or changed each thing last: on the way in each key of the environ that a stage touched,
// on the way out the status, each header and each byte of the body. Stage 0 is the server itself. All of it is empty for
// an exchange whose stages are not told apart.
type Blame struct {
	Status  int            `json:"status"`
	Headers map[string]int `json:"headers"`
	Environ map[string]int `json:"environ"`
	// Fields has the stage for each of the response's headers, in their order: those of one name may come from several.
	// Headers has the last of them for each name as it was written, and those that the server put on the wire besides.
	Fields []int `json:"fields"`
	// Lines has the number for each of the response's headers by which the history knows it.
	Lines []int `json:"lines"`
	// Body has the stage for each span of the body that was kept, in order. There is none for what is not known, as the end of
	// a body in very many chunks: see Spans.
	Body []Span `json:"body"`
	// History tells how the status, each header and each environ key came to be, in the order in which it happened.
	History []Touch `json:"history"`
}

// Span is a part of the response's body, from Start to before End.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
	Stage int `json:"stage"`
}

// UnknownStage is the stage of what is not known: see Blame.Spans.
const UnknownStage = -1

// Spans has the stage for each span of the first so many bytes of the body, without a gap, if any is known.
func (b *Blame) Spans(size int) []Span {
	var spans []Span
	at := 0
	for _, s := range b.Body {
		spans = appendSpan(spans, at, s.Start, UnknownStage)
		spans, at = append(spans, s), s.End
	}
	if at == 0 {
		return nil
	}
	return appendSpan(spans, at, size, UnknownStage)
}

// Touch is one thing that one stage did.
type Touch struct {
	Stage int    `json:"stage"`
	What  string `json:"what"` // "status", "header", "environ"
	Name  string `json:"name"`
	How   string `json:"how"` // "set", "changed", "dropped", "restored"; "edited" by hand, while it was stopped at the stage
	Old   any    `json:"old"`
	New   any    `json:"new"`
	// Line numbers the headers in the order in which they came to be, from 1: several may have one name. It is 0 for all else.
	Line int `json:"line,omitempty"`
}

// Removes says that what was touched is gone. By hand nothing is set to None: an edit to nothing takes it away.
func (t *Touch) Removes() bool { return t.How == "dropped" || t.How == "edited" && t.New == nil }

// Output is text that the worker printed while it handled the exchange.
type Output struct {
	AtMS   float64 `json:"at_ms"`
	Stream string  `json:"stream"`
	Text   string  `json:"text"`
}

// Exception is a raised exception.
type Exception struct {
	Where   string     `json:"where"` // "call", "iterate", "close"
	Stage   int        `json:"stage"`
	Type    string     `json:"type"`
	Message string     `json:"message"`
	Frames  []Frame    `json:"frames"`
	Cause   *Exception `json:"cause"`
	// Explicit is true where the cause was named by "raise ... from ...".
	Explicit bool   `json:"explicit"`
	Text     string `json:"text"`
	// Handled is true where the application caught it and told of it. It never left a stage.
	Handled bool `json:"handled,omitempty"`
}

// Frame is one entry of a traceback, outermost first.
type Frame struct {
	File        string   `json:"file"`
	Line        int      `json:"line"`
	Function    string   `json:"function"`
	Source      string   `json:"source"`
	Context     []string `json:"context,omitempty"`
	ContextFrom int      `json:"context_from,omitempty"`
}

// Lint is a breach of the gateway's rules.
type Lint struct {
	Stage   int    `json:"stage"`
	Rule    string `json:"rule"`
	Message string `json:"message"`
	PEP     string `json:"pep"`
	Header  string `json:"header,omitempty"` // the name of the one that breaks the rule, or lacks, where it is a single one
}

// Row is an exchange in one line: what lists show.
type Row struct {
	ID            uint64    `json:"id"`
	Method        string    `json:"method"`
	Target        string    `json:"target"`
	Status        string    `json:"status"`
	DurationMS    float64   `json:"duration_ms"`
	RequestBytes  int64     `json:"request_bytes"`
	ResponseBytes int64     `json:"response_bytes"`
	Started       time.Time `json:"started"`
	Build         int       `json:"build"`
	Origin        *uint64   `json:"origin"`
	Marked        bool      `json:"marked"`
	State         State     `json:"state"`
	// Exception is the type of the exception, null for none.
	Exception *string `json:"exception"`
	Lint      int     `json:"lint"`
	Chunks    int     `json:"chunks"`
	// Events is how many events there are so far, where an update tells of an exchange that is under way; else 0.
	Events int `json:"events,omitempty"`
}
