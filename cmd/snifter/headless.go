package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/safe"
)

// The lines of `run --headless --json`. Programs depend on their keys.
type (
	readyLine struct {
		Type    string `json:"type"` // "ready"
		URL     string `json:"url"`
		Capture string `json:"capture"`
		Control string `json:"control"`
		PID     int    `json:"pid"`
	}
	buildLine struct {
		Type  string              `json:"type"` // "build"
		Build int                 `json:"build"`
		OK    bool                `json:"ok"`
		MS    float64             `json:"ms"`
		Why   string              `json:"why"`
		Error *recorder.Exception `json:"error"`
	}
	exchangeLine struct {
		Type string `json:"type"` // "exchange"
		*recorder.Row
	}
	parkedLine struct {
		Type     string      `json:"type"` // "parked"
		ID       uint64      `json:"id"`
		Stage    parkedStage `json:"stage"`
		Boundary string      `json:"boundary"`
		Stop     int         `json:"stop"` // for step --stop
	}
	parkedStage struct {
		Index int    `json:"index"`
		Name  string `json:"name"`
	}
	droppedLine struct {
		Type   string `json:"type"` // "dropped"
		Events int    `json:"events"`
	}
)

// headless prints what happens in a running server, a line each: for people, or as JSON.
type headless struct {
	std  stdio
	json bool
	// redactor takes the secrets out of the lines, since logs travel; nil leaves them in.
	redactor *recorder.Redactor

	mu      sync.Mutex
	out     *bufio.Writer
	err     error // of writing; nothing is written after it
	printed recent
	started time.Time
	dropped int
	trouble string
	held    []replay.Outcome // verdicts whose exchanges were not printed yet
	parked  map[uint64]int   // the stops of those that were printed
}

func newHeadless(std stdio, asJSON bool) *headless {
	return &headless{std: std, json: asJSON, out: bufio.NewWriter(std.out), started: time.Now(),
		printed: recent{ids: map[uint64]struct{}{}}, parked: map[uint64]int{}}
}

// recent remembers the last ids, so that a row that changes after it was printed (it was marked) is not printed again.
type recent struct {
	ids  map[uint64]struct{}
	ring [1 << 14]uint64
	next int
}

// add tells whether the id is new.
func (r *recent) add(id uint64) bool {
	if _, known := r.ids[id]; known {
		return false
	}
	delete(r.ids, r.ring[r.next])
	r.ring[r.next] = id
	r.next = (r.next + 1) % len(r.ring)
	r.ids[id] = struct{}{}
	return true
}

// pace is how long lines gather once they come faster than that: to be woken for each one, and to write it, would cost
// as much as to serve its request.
const pace = 10 * time.Millisecond

// follow prints until the recorder is closed, the context ends, or output can't be written.
func (h *headless) follow(ctx context.Context, s *recorder.Subscription) error {
	var last time.Time
	for {
		batch, err := s.Next(ctx)
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.release(0)
			return h.flush()
		}
		if err != nil {
			return err
		}
		if err := h.batch(&batch); err != nil {
			return fmt.Errorf("output can't be written: %w", err)
		}
		// What is more than a moment's worth is a backlog.
		if time.Since(last) < pace && len(batch.Rows) < 1000 {
			time.Sleep(pace)
		}
		last = time.Now()
	}
}

func (h *headless) batch(b *recorder.Batch) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range b.Builds {
		h.build(&b.Builds[i])
	}
	for _, o := range b.Output {
		h.output(o)
	}
	for i := range b.Rows {
		if r := &b.Rows[i]; r.State != recorder.Open && !r.Started.Before(h.started) && h.printed.add(r.ID) {
			delete(h.parked, r.ID)
			h.exchange(r)
			h.release(r.ID)
		}
	}
	if lost := b.Counts.Dropped - h.dropped; lost > 0 {
		h.dropped = b.Counts.Dropped
		h.line(droppedLine{"dropped", lost}, "%s lost to a full queue", human.Of(lost, "event"))
	}
	h.recording(b.Trouble)
	return h.flush()
}

// recording tells when recording stops, and when it goes on.
func (h *headless) recording(trouble *recorder.StoreError) {
	text := ""
	if trouble != nil {
		text = trouble.Error()
	}
	switch {
	case text == h.trouble:
	case text == "":
		h.std.note("recording again")
	default:
		var b strings.Builder
		writeProblem(&b, &problem{what: "recording has stopped, serving goes on: " + text, try: lines(trouble.Hint)})
		fmt.Fprint(h.std.err, b.String())
	}
	h.trouble = text
}

// ready prints the line that says where the server is.
func (h *headless) ready(l readyLine, app string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	l.Type = "ready"
	h.line(l, "%s", h.std.paint(bold, "serving "+app+" at "+l.URL))
	return h.flush()
}

// updates prints what does not come by the recorder.
func (h *headless) updates(u control.Updates) {
	for _, v := range u.Verdicts {
		_ = h.verdict(v) // what can't be written is told by follow
	}
	if u.Stepping != nil {
		_ = h.parking(u.Stepping.Parked)
	}
}

// parking prints the requests that have been parked since it was last called, each of their stops once.
func (h *headless) parking(list []control.Parked) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range list {
		p := &list[i]
		if h.parked[p.ID] == p.Stop { // it may have been asked to do what it could not
			continue
		}
		h.parked[p.ID] = p.Stop
		target := p.Target
		if h.redactor != nil {
			target = h.redactor.Target(target)
		}
		h.line(parkedLineOf(p), "%s",
			h.std.paint(yellow, fmt.Sprintf("parked: %d %s %s at %s; `snifter step %d continue` has it go on",
				p.ID, safe.Of(p.Method), safe.Of(target), whereOf(p), p.ID)))
	}
	return h.flush()
}

func parkedLineOf(p *control.Parked) parkedLine {
	return parkedLine{"parked", p.ID, parkedStage{p.Stage.Index, p.Stage.Name}, p.Boundary, p.Stop}
}

// verdict prints what a replay found, once the line of the exchange that it made was printed: what is printed stands in
// the order in which it happened, though verdicts come another way.
func (h *headless) verdict(o replay.Outcome) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, printed := h.printed.ids[o.ID]; o.ID != 0 && !printed && len(h.held) < mostHeld {
		h.held = append(h.held, o)
		return nil
	}
	h.printVerdict(o)
	return h.flush()
}

// mostHeld bounds the verdicts that wait for the lines of their exchanges.
const mostHeld = 1000

// release prints the verdicts that waited for an exchange; 0 is for all.
func (h *headless) release(id uint64) {
	for _, o := range h.held {
		if id == 0 || o.ID == id {
			h.printVerdict(o)
		}
	}
	h.held = slices.DeleteFunc(h.held, func(o replay.Outcome) bool { return id == 0 || o.ID == id })
}

func (h *headless) printVerdict(o replay.Outcome) {
	if h.redactor != nil {
		o.Worth = nil // it has values, which the reasons have not
	}
	h.line(replay.VerdictLine{Outcome: o}, "%s", verdictText(o, h.std))
}

func (h *headless) exchange(r *recorder.Row) {
	if h.redactor != nil {
		redacted := *r
		redacted.Target = h.redactor.Target(r.Target)
		r = &redacted
	}
	if h.json {
		h.line(exchangeLine{"exchange", r}, "")
		return
	}
	h.line(nil, "%s", rowLine(r, h.std))
}

func (h *headless) build(e *event.Event) {
	b, ok := e.Payload.(*event.Build)
	if !ok || e.Kind != event.BuildDone {
		return
	}
	l := buildLine{Type: "build", Build: b.ID, OK: b.Failed == nil, MS: float64(b.Took.Microseconds()) / 1000, Why: b.Why,
		Error: recorder.NewException(b.Failed)}
	if b.Failed == nil {
		h.line(l, "%s", h.std.paint(faint, fmt.Sprintf("build %d in %s (%s)", b.ID, human.Duration(b.Took), safe.Of(b.Why))))
		return
	}
	h.line(l, "%s", h.std.paint(red, fmt.Sprintf("build %d failed in %s (%s)", b.ID, human.Duration(b.Took), safe.Of(b.Why))))
	if !h.json {
		writeIndented(h.out, raisedText(b.Failed))
	}
}

func (h *headless) output(o recorder.OutputLine) {
	// The worker's own words are messages: to standard error, so that they never come between lines of data.
	text := trimEnd(o.Text)
	if h.redactor != nil {
		text = h.redactor.Text(text)
	}
	from := o.Stream
	if o.Exchange != 0 {
		from = fmt.Sprintf("%d %s", o.Exchange, o.Stream)
	}
	for line := range strings.Lines(text) {
		fmt.Fprintf(h.std.err, "%s | %s\n", safe.Of(from), safe.Body(trimEnd(line)))
	}
}

// line writes one line: v as JSON, or the text.
func (h *headless) line(v any, format string, args ...any) {
	if h.err != nil {
		return
	}
	if h.json {
		h.err = writeJSON(h.out, v)
		return
	}
	_, h.err = fmt.Fprintf(h.out, format+"\n", args...)
}

func (h *headless) flush() error {
	if h.err == nil {
		h.err = h.out.Flush()
	}
	return h.err
}

// raisedText is an exception as its language prints it.
func raisedText(r *event.Raised) string {
	if r.Text != "" {
		return r.Text
	}
	return r.Type + ": " + r.Message
}

// verdictText is a verdict in one line for people.
func verdictText(o replay.Outcome, std stdio) string {
	colours := map[replay.Verdict]string{replay.Same: green, replay.Noise: green, replay.Changed: yellow, replay.Broken: red}
	text := fmt.Sprintf("replay of %d: %s", o.Origin, std.paint(colours[o.Verdict], string(o.Verdict)))
	for _, reason := range o.Reasons {
		text += ", " + safe.Of(reason).String()
	}
	return text
}
