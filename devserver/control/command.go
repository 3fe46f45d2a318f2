package control

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
)

// actions are what can be done with a request that is parked.
var actions = []stepping.Action{
	stepping.Continue, stepping.Step, stepping.Into, stepping.Over, stepping.Out, stepping.Modify, stepping.Respond,
	stepping.Raise, stepping.Abort,
}

// Check says what is wrong with a command that could be done at no boundary, and nil where nothing is.
func (c StepCommand) Check() error {
	if !slices.Contains(actions, stepping.Action(c.Action)) {
		return impossible("there is no action %q", c.Action)
	}
	switch stepping.Action(c.Action) {
	case stepping.Modify:
		if len(c.needs()) == 0 {
			return impossible("nothing is to be changed")
		}
	case stepping.Respond:
		if c.Status == "" {
			return impossible("a response needs a status, such as \"200 OK\"")
		}
	}
	for key := range c.Environ {
		if key == "" {
			return impossible("a key of the environ is empty")
		}
	}
	if c.Status != "" {
		if err := checkStatus(c.Status); err != nil {
			return err
		}
	}
	for _, h := range c.Headers {
		if err := checkHeader(h); err != nil {
			return err
		}
	}
	return nil
}

func impossible(format string, args ...any) error {
	return &wordedError{fmt.Sprintf(format, args...), ErrImpossible}
}

// checkStatus holds a status against PEP 3333, "The start_response() Callable": "999 Message here", without control
// characters.
func checkStatus(status string) error {
	code, reason, found := strings.Cut(status, " ")
	if len(code) != 3 || strings.Trim(code, "0123456789") != "" || code < "200" || !found || reason == "" {
		return impossible("the status %q is no code from 200 on and reason, such as \"404 Not Found\"", status)
	}
	if strings.ContainsFunc(status, control) {
		return impossible("the status %q has a control character", status)
	}
	return nil
}

// checkHeader holds a header against RFC 9110, 5.1 and 5.5, and PEP 3333, which has no control characters in a value, and
// "Other HTTP Features".
func checkHeader(h recorder.Header) error {
	name, value := h[0], h[1]
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !tokenRune(r) }) {
		return impossible("%q is no name of a header", name)
	}
	if strings.ContainsFunc(value, control) {
		return impossible("the value of %s has a control character", name)
	}
	if event.IsHopByHop(name) {
		return impossible("%s is the server's to send, and no application's: it is a hop-by-hop header", name)
	}
	return nil
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

func tokenRune(r rune) bool {
	return r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
}

// needs lists what must be possible at the boundary, as State.Edits has it.
func (c StepCommand) needs() []string {
	var needs []string
	switch stepping.Action(c.Action) {
	case stepping.Respond, stepping.Raise:
		return []string{c.Action}
	case stepping.Modify:
		if len(c.Environ) > 0 || len(c.Unset) > 0 {
			needs = append(needs, "environ")
		}
		if c.Status != "" {
			needs = append(needs, "status")
		}
		if c.Headers != nil {
			needs = append(needs, "headers")
		}
		if c.Chunk != nil {
			needs = append(needs, "chunk")
		}
	}
	return needs
}

// possible says why a command can't be done at the boundary that a request stands at.
func (c StepCommand) possible(s stepping.State) error {
	for _, need := range c.needs() {
		if slices.Contains(s.Edits, need) {
			continue
		}
		can := "it can only go on"
		if len(s.Edits) > 0 {
			can = "there it can be: " + strings.Join(s.Edits, ", ")
		}
		return impossible("%d stands at %s, where \"%s\" is not possible; %s%s", s.Exchange, s.Place(), need, can, elsewhere(need, s.Stage))
	}
	return nil
}

// where says where a thing can be done that can't be at each boundary.
var where = map[string]string{
	"status": atStart, "headers": atStart, "chunk": " (a block is changed at chunk and write)",
	"respond": " (a request is answered at enter, input, start_response, exit or exception, before anything was sent)",
}

// elsewhere is that of a stage.
func elsewhere(need string, stage *event.StageInfo) string {
	if where[need] == atStart && stage != nil && stage.Kind != "wsgi" {
		return " (a framework's layer is answered for as a whole, by respond)"
	}
	return where[need]
}

const atStart = " (status and headers are changed at start_response)"

// command is the command in the words of package stepping. What is text of a header on the wire stays as it is.
func (c StepCommand) command() stepping.Command {
	out := stepping.Command{
		Action: stepping.Action(c.Action), Nth: c.Stop, Version: c.Version, Environ: c.Environ, Unset: c.Unset, Status: c.Status, Block: c.Chunk,
		Type: c.Type, Message: c.Message,
	}
	if c.Headers != nil {
		out.Headers = make([]event.Header, len(c.Headers))
		for i, h := range c.Headers {
			out.Headers[i] = event.Header{Name: h[0], Value: h[1]}
		}
	}
	return out
}

// Breakpoints implements Backend.
func (l *Live) Breakpoints(context.Context) ([]Breakpoint, error) {
	if l.o.Stops == nil {
		return nil, ErrNoStages
	}
	return l.breakpoints.list(), nil
}

// AddBreakpoint implements Backend.
func (l *Live) AddBreakpoint(_ context.Context, b Breakpoint) (Breakpoint, error) {
	if l.o.Stops == nil {
		return Breakpoint{}, ErrNoStages
	}
	added, err := l.breakpoints.add(b)
	l.SteppingChanged()
	return added, err
}

// RemoveBreakpoints implements Backend.
func (l *Live) RemoveBreakpoints(_ context.Context, ids ...int) error {
	if l.o.Stops == nil {
		return ErrNoStages
	}
	err := l.breakpoints.remove(ids)
	l.SteppingChanged()
	return err
}

// Parked implements Backend.
func (l *Live) Parked(ctx context.Context) ([]Parked, error) {
	if l.o.Stops == nil {
		return nil, ErrNoStages
	}
	return l.parking.list(ctx), nil
}

// Step implements Backend.
func (l *Live) Step(ctx context.Context, c StepCommand) (*Parked, error) {
	if l.o.Stops == nil {
		return nil, ErrNoStages
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	states := l.parking.observe()
	at := slices.IndexFunc(states, func(s stepping.State) bool { return s.Exchange == c.ID })
	if at < 0 {
		return nil, &wordedError{fmt.Sprintf("exchange %d is not parked; %s", c.ID, inWords(states)), ErrNotParked}
	}
	command := c.command()
	if err := states[at].Takes(command); err != nil {
		return nil, err
	}
	if err := c.possible(states[at]); err != nil {
		return nil, err
	}
	now, err := l.o.Stops.Command(c.ID, command)
	if err != nil || now == nil {
		return nil, err
	}
	shown := l.parking.shown(ctx, *now)
	return &shown, nil
}
