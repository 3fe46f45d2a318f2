package wsgi

import (
	"cmp"
	"slices"

	"github.com/snifter-dev/snifter/devserver/wire"
)

// findings is what was told of a request, and what is told at its end: of the innermost stages first, since who is to blame
// shows then.
type findings struct {
	told   map[string]bool
	late   []lateFinding
	edited bool // its head, or a block, was changed by hand
}

// finding is a breach of a rule.
type finding struct {
	rule, message, pep string
	header             string // the name of the one that it is about; "" where that is none, or several
}

type lateFinding struct {
	stage uint16
	finding
}

// maxFindings is how many findings of a request are told.
const maxFindings = 100

// ofContent are the rules that a body and its head are held to together.
var ofContent = map[string]bool{
	"body-not-allowed": true, "content-length-exceeded": true, "content-length-short": true, "content-type-missing": true,
	"content-type-unexpected": true,
}

// isNew says whether a breach was not told, and takes it for told.
func (f *findings) isNew(rule, message string) bool {
	key := rule + "\x00" + message
	if f.told[key] || len(f.told) >= maxFindings || f.edited && ofContent[rule] {
		return false
	}
	if f.told == nil {
		f.told = map[string]bool{}
	}
	f.told[key] = true
	return true
}

// byHand: what is wrong with a head that was made by hand is nobody's fault.
func (f *findings) byHand(status string, headers Headers) {
	f.edited = true
	headFindings(status, 0, headers, func(found finding) { f.isNew(found.rule, found.message) })
}

// find tells of a breach, once. t.mu is held.
func (t *trace) find(stage uint16, f finding) {
	if t.over || !t.findings.isNew(f.rule, f.message) {
		return
	}
	out := &t.x.c.out
	out.mu.Lock()
	t.flush()
	out.frame(wire.Frame{Kind: wire.Lint, Stage: stage, Request: t.x.id}, func(b []byte) []byte {
		return appendLint(b, f)
	})
	t.x.last = mark{}
	out.flushSoon()
}

func (p *pass) find(rule, message, pep string) { p.found(finding{rule, message, pep, ""}) }

func (p *pass) found(f finding) { p.t.find(p.index, f) }

// later tells of a breach at the end. t.mu is held.
func (t *trace) later(f lateFinding) {
	if late := t.findings.late; len(late) < maxFindings && !slices.Contains(late, f) {
		t.findings.late = append(late, f)
	}
}

func (p *pass) later(rule, message, pep string) { p.foundLate(finding{rule, message, pep, ""}) }

func (p *pass) foundLate(f finding) { p.t.later(lateFinding{p.index, f}) }

// tellLate tells what was kept for the end. t.mu is held.
func (t *trace) tellLate() {
	late := t.findings.late
	slices.SortStableFunc(late, func(a, b lateFinding) int { return cmp.Compare(b.stage, a.stage) })
	started := true
	for _, f := range late {
		if f.rule == "start-response-not-called" {
			if !started {
				continue // it is told of the innermost alone, however it is worded
			}
			started = false
		}
		t.find(f.stage, f.finding)
	}
}

// server tells of what was found at the server's boundary, which is the outermost stage's doing, unless a stage within was
// found to be to blame.
func (t *trace) server(f finding) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch f.rule {
	case "content-length-exceeded", "content-length-short", "start-response-not-called", "blocks-tiny", "write-in-body":
		t.later(lateFinding{1, f})
	case "exc-info-swallowed": // whose doing that is shows within alone
	default:
		t.find(1, f)
	}
}
