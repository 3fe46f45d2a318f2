package recorder

import (
	"time"
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

// EnvironItem is one key of the environ. Value is nil, bool, int64, *big.Int, float64, string, []any, map[string]any
// or Repr.
type EnvironItem struct {
	Key   string
	Value any
}

// Repr stands for a value that JSON has no type for.
type Repr struct {
	Repr string `json:"repr"`
}

// Stage is one WSGI layer's part in an exchange.
type Stage struct {
	Index          int            `json:"index"`
	Name           string         `json:"name"`
	Kind           string         `json:"kind"`
	File           string         `json:"file"`
	Line           int            `json:"line"`
	EnterMS        float64        `json:"enter_ms"`
	ExitMS         float64        `json:"exit_ms"`
	SelfMS         float64        `json:"self_ms"`
	EnvironChanges EnvironChanges `json:"environ_changes"`
	Input          Input          `json:"input"`
	Status         string         `json:"status"`
	Headers        []Header       `json:"headers"`
	Chunks         []Chunk        `json:"chunks"`
	Closed         bool           `json:"closed"`
	Exception      *Exception     `json:"exception"`
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
}

// Blame names the stage that set each header and environ key.
type Blame struct {
	Headers map[string]int `json:"headers"`
	Environ map[string]int `json:"environ"`
}

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
}
