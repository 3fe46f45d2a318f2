package wsgi

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/snifter-dev/snifter/devserver/wire"
)

// What is found at the boundaries within a stack has the names of the rules that a Python worker has, and is checked by the
// code that Validator and the server's own boundary use. Blamed is the innermost stage that broke a rule: one that only
// passes on what an inner one gave says the same in the same words, and what was told once is not told again.

const (
	pepEnviron = "PEP 3333: environ Variables"
	pepWrite   = "PEP 3333: The write() Callable"
	pepBlocks  = "PEP 3333: Middleware Handling of Block Boundaries"
	pepUnicode = "PEP 3333: Unicode Issues"
	pepStreams = "PEP 3333: Input and Error Streams"
	rfcType    = "RFC 9110: 8.3 Content-Type"
	rfcContent = "RFC 9110: 6.4.1 Content Semantics"
)

// passLint is what is checked of one pass.
type passLint struct {
	around    *pass // whoever ranges over the body
	head      *head
	status    string
	untyped   bool
	wrote     bool
	sent      int64
	blocks    int
	seen      int // blocks that the stage around had given at the last block
	stepwise  bool
	exhausted bool
	failed    bool
}

// findings is what was told of a request.
type findings struct {
	told   map[string]bool
	edited bool // its head, or a block, was changed by hand
}

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
	headFindings(status, 0, headers, func(rule, message, _ string) { f.isNew(rule, message) })
}

// maxFindings is how many findings of a request are told.
const maxFindings = 100

// find tells of a breach, once. t.mu is held.
func (t *trace) find(stage uint16, rule, message, pep string) {
	if t.over || !t.findings.isNew(rule, message) {
		return
	}
	out := &t.x.c.out
	out.mu.Lock()
	t.flush()
	out.frame(wire.Frame{Kind: wire.Lint, Stage: stage, Request: t.x.id}, func(b []byte) []byte {
		return appendLint(b, rule, message, pep)
	})
	t.x.last = mark{}
	out.flushSoon()
}

func (p *pass) find(rule, message, pep string) { p.t.find(p.index, rule, message, pep) }

// server tells of what was found at the server's boundary, which is the outermost stage's doing, unless a stage within was
// found to be to blame. The length of the body is held against Content-Length at each stage, that one included.
func (t *trace) server(rule, message, pep string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !strings.HasPrefix(rule, "content-length-") {
		t.find(1, rule, message, pep)
	}
}

// validated gives the rule that one of Validator's checks found broken, nil for none.
func validated(check func()) (v *ValidationError) {
	defer func() {
		if r := recover(); r != nil {
			var ours bool
			if v, ours = r.(*ValidationError); !ours {
				panic(r)
			}
		}
	}()
	check()
	return nil
}

// environRules are where the rules for the environ stand, where that is not "environ Variables".
var environRules = map[string]string{
	"environ-not-text": pepUnicode, "environ-input": pepStreams, "environ-errors": pepStreams,
}

// lintEnviron looks at what the stage has changed in the environ that it gives to the next one. What it does to it
// afterwards is its own affair.
func (p *pass) lintEnviron(environ Environ) {
	v := validated(func() { validateEnviron(environ) })
	if v == nil || v.Check == "environ-nil" {
		return
	}
	pep := environRules[v.Check]
	if pep == "" {
		pep = pepEnviron
	}
	p.find(v.Check, v.Message, pep)
}

// lintStart looks at a call of start_response.
func (p *pass) lintStart(status string, headers Headers, err error) {
	l := &p.lint
	if p.started && err == nil {
		p.find("start-response-twice", breach(ErrStarted, "the second call said %.200q, the first %q", status, l.status).Error(),
			pepStart)
		return
	}
	l.status = status
	h := &head{length: -1}
	l.head = h
	var e *ProtocolError
	if h.code, e = checkStatus(status); e != nil {
		p.find("status-invalid", e.Error(), pepStart)
		return
	}
	if h.length, e = checkHeaders(headers); e != nil {
		rule, pep := "header-invalid", pepStart
		if e.Err == ErrHopByHop {
			rule, pep = "hop-by-hop-header", pepOther
		}
		p.find(rule, e.Error(), pep)
		return
	}
	l.untyped = headFindings(status, h.code, headers, p.find)
}

// headFindings tells of what is wrong with a head that may reach the wire all the same. It says whether the head lacks the
// Content-Type that content wants.
func headFindings(status string, code int, headers Headers, find func(rule, message, pep string)) (untyped bool) {
	if len(status) == len("200 ") {
		find("status-no-reason", fmt.Sprintf("the status has no reason: %q", status), pepStart)
	}
	for _, f := range headers {
		if strings.Trim(f[1], " ") != f[1] {
			find("header-value-space", fmt.Sprintf("the value of the header %s begins or ends with a space: %.200q", f[0], f[1]),
				pepStart)
		}
		if v := validated(func() { validateHeaders(Headers{f}) }); v != nil {
			rule := "header-name-odd"
			if v.Check == "header-status" {
				rule = v.Check
			}
			find(rule, v.Message, pepStart)
		} else if strings.Contains(f[0], "_") {
			find("header-name-odd", fmt.Sprintf("an odd header name: %.200q", f[0]), pepStart) // many proxies drop it
		}
	}
	if v := validated(func() { validateContentType(status, headers) }); v != nil {
		if v.Check != "content-type-unexpected" {
			return code != http.StatusCreated // it matters once there is content
		}
		find(v.Check, v.Message, rfcType)
	}
	return false
}

const writeUsed = "write was called; a new application yields its blocks"

func noContent(code int) string {
	return fmt.Sprintf("a %d has no content, and a block was given", code)
}

func missingType(code int) string {
	return fmt.Sprintf("no Content-Type among the headers of a %d", code)
}

// lintLeft looks at what the call has returned.
func (p *pass) lintLeft(of *pass) {
	l := &p.lint
	l.around = p.within
	switch {
	case of != nil:
		of.lint.around = p.within
	case p.body == nil:
		p.find("not-iterable", breach(ErrNoBody, "nil; an empty body is Blocks()").Error(), pepDetails)
	default:
		// One of this package's own is as a list, of which nobody can see that its blocks were held back.
		l.stepwise = !strings.HasPrefix(nameOfBody(p.given), "wsgi.")
		l.seen = -1
	}
}

// lintBlock looks at a block.
func (p *pass) lintBlock(block []byte, wrote bool) {
	l := &p.lint
	l.blocks++
	l.sent += int64(len(block))
	if wrote && !l.wrote {
		l.wrote = true
		p.find("write-used", writeUsed, pepWrite)
	}
	if p.stopped {
		p.find("yield-after-end", breach(ErrYield, "the body went on after it was told to stop").Error(), pepDetails)
	}
	if l.head == nil {
		p.find("start-response-not-called", breach(ErrNotStarted, "and the body yields").Error(), pepStart)
		return
	}
	if len(block) > 0 && p.t.x.method != http.MethodHead {
		switch {
		case p.lintBodiless():
			p.find("body-not-allowed", noContent(l.head.code), rfcContent)
		case l.untyped:
			p.find("content-type-missing", missingType(l.head.code), rfcType)
		}
	}
	if l.head.length >= 0 && l.sent > l.head.length && !p.lintBodiless() {
		p.find("content-length-exceeded", tooLong(l.head.length), pepLength)
	}
	if around := l.around; l.stepwise && !wrote && around != nil {
		if around.lint.blocks == l.seen {
			around.find("blocks-held-back", fmt.Sprintf(
				"stage %d gave a block, and nothing was yielded for it (an empty block would do)", p.index), pepBlocks)
			l.stepwise = false
		}
		l.seen = around.lint.blocks
	}
}

// lintBodiless says that no content goes out whatever the stage yields.
func (p *pass) lintBodiless() bool {
	h := p.lint.head
	return p.t.x.method == http.MethodHead || h.code == http.StatusNoContent || h.code == http.StatusNotModified
}

// lintAgain: the stage around ranges over the body a second time.
func (p *pass) lintAgain() {
	if around := p.lint.around; around != nil {
		around.find("body-after-close", fmt.Sprintf("what stage %d returned was ranged over a second time", p.index), pepDetails)
	}
}

// lintClosed looks at a body that has returned.
func (p *pass) lintClosed() {
	l := &p.lint
	l.exhausted = !p.stopped && !l.failed
	if !l.exhausted {
		return
	}
	if l.head == nil {
		p.find("start-response-not-called", breach(ErrNotStarted, "and the body has ended").Error(), pepStart)
		return
	}
	p.lintLength(l.sent)
}

func (p *pass) lintLength(sent int64) {
	if h := p.lint.head; h != nil && h.length >= 0 && !p.lintBodiless() && !p.t.x.left() {
		switch {
		case sent > h.length:
			p.find("content-length-exceeded", tooLong(h.length), pepLength)
		case sent < h.length:
			p.find("content-length-short", tooShort(sent, h.length), pepLength)
		}
	}
}

// lintUnclosed looks at a pass at the end of the request.
func (t *trace) lintUnclosed(p *pass) {
	l := &p.lint
	if p.of != nil && p.of.lint.exhausted {
		p.lintLength(p.of.lint.sent)
	}
	around := l.around
	if p.given == nil || p.ranged || around == nil || around.lint.failed || t.x.left() {
		return
	}
	if around.given != nil && !around.ranged {
		return // who was not closed itself had no occasion to
	}
	around.find("close-not-called", fmt.Sprintf("what stage %d returned was never ranged over, and so never closed", p.index),
		pepDetails)
}

func tooLong(length int64) string {
	return fmt.Sprintf("the body is longer than its Content-Length of %d bytes", length)
}

func tooShort(sent, length int64) string {
	return fmt.Sprintf("the body has %d bytes of the %d that Content-Length promised", sent, length)
}
