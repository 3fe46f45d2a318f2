// Package stepping is the vocabulary of stopping requests at the boundaries of stages, and of sending them through a
// stack of stages otherwise than it was built: what the server, its workers and its clients say to one another of it.
package stepping

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
)

// Boundaries are the names of the places where a request can stop.
var Boundaries = map[string]event.Kind{
	"enter": event.Enter, "input": event.Input, "start_response": event.StartResponse, "write": event.Write,
	"chunk": event.Chunk, "close": event.Close, "exit": event.Exit, "exception": event.Exception,
}

// Any stands for each boundary.
const Any = "*"

// BoundaryName is the name of a kind of event as a boundary, "" for a kind that is none.
func BoundaryName(kind event.Kind) string {
	for name, k := range Boundaries {
		if k == kind {
			return name
		}
	}
	return ""
}

// Stop is where requests stop: at a boundary of the stages that a pattern matches.
type Stop struct {
	ID int
	// Stage is a pattern for the names of stages, see [Matches].
	Stage string
	// Boundary is one of Boundaries, or Any.
	Boundary string
	// Judged says that it depends on a condition whether a request that comes here stops.
	Judged bool
}

// ErrStop is wrapped by errors of ParseStop.
var ErrStop = errors.New("not a place to stop at")

// ParseStop reads "STAGE" or "STAGE:BOUNDARY"; without a boundary it is enter.
func ParseStop(text string) (Stop, error) {
	stage, boundary, found := strings.Cut(text, ":")
	if !found {
		boundary = "enter"
	}
	if stage == "" {
		return Stop{}, fmt.Errorf("%w: %q names no stage", ErrStop, text)
	}
	if _, err := path.Match(stage, ""); err != nil {
		return Stop{}, fmt.Errorf("%w: %q is no pattern", ErrStop, stage)
	}
	if strings.Trim(stage, "0") == "" {
		return Stop{}, fmt.Errorf("%w: stage %s is the server, where no request stops: an application's are from 1 on", ErrStop, stage)
	}
	if _, ok := Boundaries[boundary]; !ok && boundary != Any {
		return Stop{}, fmt.Errorf("%w: %q is no boundary: they are enter, input, start_response, write, chunk, close, exit, "+
			"exception, and * for each", ErrStop, boundary)
	}
	return Stop{Stage: stage, Boundary: boundary}, nil
}

func (s Stop) String() string { return s.Stage + ":" + s.Boundary }

// IsIndex says whether a pattern is the index of a stage, and no pattern for its name.
func IsIndex(pattern string) bool {
	return pattern != "" && strings.Trim(pattern, "0123456789") == ""
}

// Named says whether a pattern is for a stage by its name: it matches the name as a whole, or what follows one of its dots, letter
// by letter, or with * for any letters and ? for one. "Session*" matches "beaker.middleware.SessionMiddleware"; "app.Auth"
// matches "site.app.Auth". A pattern of digits alone is the index of the stage in its exchange. Of a name in Go, what says that
// a receiver is a pointer, and that a function is generic, may be left out, and of one in Python what says that it lies in a
// function: "Auth.Wrap" matches "main.(*Auth).Wrap", "make.inner" matches "app.make.<locals>.inner". So they are shown.
func Named(pattern, name string, index int) bool {
	if IsIndex(pattern) {
		n, err := strconv.Atoi(pattern)
		return err == nil && n == index
	}
	return matchesName(pattern, name)
}

// Matches says whether a pattern is for a stage, by its name or by that of what it is of: where no stage has the name
// itself, a function that was made by another goes by the name of that, too, and a method by that of its class. "make"
// matches "app.make.<locals>.inner", and "Auth" matches "app.Auth.handle".
func Matches(pattern string, s *event.StageInfo, index int) bool {
	if Named(pattern, s.Name, index) {
		return true
	}
	if IsIndex(pattern) {
		return false
	}
	for i, rest := 0, s.Name; ; {
		maker, inner, found := strings.Cut(rest, within)
		if !found {
			break
		}
		if i += len(maker); matchesName(pattern, s.Name[:i]) {
			return true
		}
		i, rest = i+len(within), inner
	}
	class := classOf(s)
	return class != "" && matchesName(pattern, class)
}

// Means says whether a pattern is for a stage of an application whose stages have these names: those that it names are meant if
// there are any, else those that it matches.
func Means(pattern string, s *event.StageInfo, index int, names iter.Seq[string]) bool {
	if Named(pattern, s.Name, index) {
		return true
	}
	if !Matches(pattern, s, index) {
		return false
	}
	for name := range names {
		if Named(pattern, name, -1) {
			return false
		}
	}
	return true
}

// Meant are those of the stages of an application that a pattern is for, but for an index, see [Means].
func Meant(pattern string, stages []event.StageInfo) []event.StageInfo {
	names := func(yield func(string) bool) {
		for i := range stages {
			if !yield(stages[i].Name) {
				return
			}
		}
	}
	var meant []event.StageInfo
	for i := range stages {
		if Means(pattern, &stages[i], -1, names) {
			meant = append(meant, stages[i])
		}
	}
	return meant
}

// within is what the name of a function in Python has behind that of the one that it lies in.
const within = ".<locals>"

// classOf is the name of the class whose method a stage is, as a middleware, or a hook of one; "" where it is none. Django's
// middleware is a stage itself.
func classOf(s *event.StageInfo) string {
	dot := strings.LastIndexByte(s.Name, '.')
	if dot < 0 || s.Kind == "django" {
		return ""
	}
	owner, method := s.Name[:dot], s.Name[dot+1:]
	if s.Role != "" {
		if s.Role != method {
			return ""
		}
		return owner
	}
	// A module is written small.
	of := shown.Replace(owner)
	of = strings.TrimLeft(of[strings.LastIndexByte(of, '.')+1:], "_")
	if first, _ := utf8.DecodeRuneInString(of); !unicode.IsUpper(first) {
		return ""
	}
	return owner
}

func matchesName(pattern, name string) bool {
	if plain := shown.Replace(name); plain != name && matchesName(pattern, plain) {
		return true
	}
	for {
		if ok, _ := path.Match(pattern, name); ok || pattern == name {
			return true
		}
		_, rest, found := strings.Cut(name, ".")
		if !found {
			return false
		}
		name = rest
	}
}

var shown = strings.NewReplacer("(*", "", ")", "", "[...]", "", within, "")

// MostBlock is how many bytes of a block are shown of where a request stands.
const MostBlock = 4 << 20

// State is a request that is stopped: where, and all that can be seen there.
type State struct {
	Exchange uint64
	Index    int // of the stage, in its exchange
	Stage    *event.StageInfo
	Boundary string
	// Nth is which of the request's stops this is, from 1 on. What is changed by hand there leaves it.
	Nth int
	// Version is which state of that stop this is, from 1 on: each command that leaves the request there makes another.
	Version int
	Since   time.Time
	// Until is when it goes on by itself; zero for never.
	Until time.Time
	// Stops are the ids of those that it met; none for a step.
	Stops []int
	// Environ is a dict in marshal format as the stage has it, Objects the reprs of the values that marshal has no form for.
	Environ []byte
	Objects map[string]string
	// Status and Headers are those of the last call of start_response so far, from the innermost stage out, or of the
	// response of a framework's layer; "" and nil before there is one.
	Status  string
	Headers []event.Header
	// Block is the block at hand, at chunk and write, or its first MostBlock bytes; nil elsewhere.
	Block []byte
	// Result is the type of what the stage returned, at exit, and of a block that is not bytes.
	Result string
	// Raised is the exception at hand, at exception.
	Raised *event.Raised
	// Edits are what can be done here beyond going on: "environ", "status", "headers", "chunk", "respond", "raise".
	Edits []string
	// Trouble says why the last command could not be done; "" for none.
	Trouble string
}

// Place is where a request stands, in one word.
func (s *State) Place() string {
	name := strconv.Itoa(s.Index)
	if s.Stage != nil && s.Stage.Name != "" {
		name = s.Stage.Name
	}
	return name + ":" + s.Boundary
}

// ErrPast is wrapped by what is said of a command that is for a stop at which the request stands no more.
var ErrPast = errors.New("the request has gone on from there")

// ErrChanged is wrapped by what is said of a command that was made of a state which is another now.
var ErrChanged = errors.New("the request was edited meanwhile")

// Takes says, where a command is for another stop than this, where the request stands, and that it was made of another state
// of this one; nil where it is for this one.
func (s *State) Takes(c Command) error {
	switch {
	case c.Nth != 0 && c.Nth != s.Nth:
		return fmt.Errorf("%w: %d stands at %s now (stop %d, not %d)", ErrPast, s.Exchange, s.Place(), s.Nth, c.Nth)
	case c.Version != 0 && c.Version != s.Version:
		return fmt.Errorf("%w: %d stands at %s still, and has changed there since it was looked at", ErrChanged, s.Exchange, s.Place())
	}
	return nil
}

// Action is what to do with a request that is stopped.
type Action string

// The actions.
const (
	Continue Action = "continue" // to the next place to stop at
	Step     Action = "step"     // to the next boundary of any stage
	Into     Action = "into"     // the same
	Over     Action = "over"     // to where this stage is left; from there on, to its next boundary, or that of a stage around it
	Out      Action = "out"      // to the next boundary of the stage around this one
	Respond  Action = "respond"  // answer here; the inner stages never run
	Raise    Action = "raise"    // raise an exception here
	Abort    Action = "abort"    // go on as if the client had gone
	Modify   Action = "edit"     // change something, and stay
	// Pass is the server's own, where no condition of what was met holds: go on as if nothing had been met. A step that is
	// under way stays so, and no Paused tells of it. Times of the request may have some microseconds of the wait.
	Pass Action = "pass"
)

// Command is an action with what it needs.
type Command struct {
	Action Action
	// Nth is the stop that it is for, as State has it; 0 for whichever the request stands at. It is the server's to see to.
	Nth int
	// Version is the state that it was made of, as State has it; 0 for whichever there is. It is the server's to see to.
	Version int
	// Environ holds values to set, Unset keys to remove; for edit. What a user has typed is given as Typed has it. In the place
	// of a flag or a number it becomes one.
	Environ map[string]string
	Unset   []string
	// Status and Headers replace what was given to start_response, for edit; with Block the whole answer, for respond.
	Status  string
	Headers []event.Header
	// Block replaces the block at hand, for edit; nil leaves it.
	Block []byte
	// Type and Message are the exception's, for raise: "ValueError".
	Type, Message string
	// Never are the ids of stops that this request is to meet no more, for pass.
	Never []int
}

// Typed is the value of a key of the environ that a user has typed as text. CGI variables are native strings, each of whose
// characters stands for a byte (PEP 3333, "Unicode Issues"): theirs are those of the text in UTF-8, as a client would have
// sent it. The keys of servers and frameworks, which have a dot, take the text as it is.
func Typed(key, text string) string {
	if strings.Contains(key, ".") {
		return text
	}
	return marshal.Latin1([]byte(text))
}

// StatusOf is the status that a user has typed: a code that stands alone gets the reason that belongs to it.
func StatusOf(text string) string {
	text = strings.TrimSpace(text)
	if code, err := strconv.Atoi(text); err == nil && http.StatusText(code) != "" {
		return text + " " + http.StatusText(code)
	}
	return text
}

// Surgery is how one request is to go otherwise than it would: through the stages otherwise than they were built, or to a client
// that leaves.
type Surgery struct {
	// Enter calls this stage in the place of the outermost one, with Environ as its environ: those between are left out.
	Enter string
	// Around names the WSGI stages that the one to be entered stands in, the outermost first, and Within those that it has
	// called: they tell which is meant of several of one name.
	Around, Within []string
	// Mount is what the WSGI stage around it had added to SCRIPT_NAME, where that mounts it beside others.
	Mount string
	// Environ is a dict in marshal format: the plain values of what the stage is called with. Values that marshal has no form
	// for are those that the server gives (wsgi.input, wsgi.errors, wsgi.file_wrapper).
	Environ []byte
	// Read is how much of the body had been read when the stage was entered: it finds what follows, or nothing where the
	// body is no longer than that. No stage is told to have read it.
	Read int64
	// Instead says that another object than the server's was in the place of wsgi.input: the whole body is given in a buffer,
	// of which Read bytes had been read.
	Instead bool
	// Skip names stages that are passed over: each gives way to the one that it would have called.
	Skip []string
	// Nth has, by a name of Skip, which of several stages of that name are passed over: 1 is the one that the request comes to
	// first. A name that is not here means each.
	Nth map[string][]int
	// Called has, by their names, what those that are passed over had called when the request came first: the names of WSGI
	// stages. They tell which of several one would have called.
	Called map[string][]string
	// Leave says that the client goes once it has the first bytes of the body. The application is asked for no more before that:
	// it is left there however short its body is.
	Leave bool
}

// Alters says whether the stages are passed otherwise than they were built.
func (s *Surgery) Alters() bool { return s != nil && (s.Enter != "" || len(s.Skip) > 0) }
