package wsgi

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// What is found at the boundaries within a stack has the names of the rules that a Python worker has, and is checked by the
// code that Validator and the server's own boundary use. Blamed is the innermost stage that broke a rule: one that only
// passes on what an inner one gave says the same in the same words, and what was told once is not told again.

const (
	pepEnviron   = "PEP 3333: environ Variables"
	pepWrite     = "PEP 3333: The write() Callable"
	pepBlocks    = "PEP 3333: Middleware Handling of Block Boundaries"
	pepUnicode   = "PEP 3333: Unicode Issues"
	pepErrors    = "PEP 3333: Error Handling"
	pepStreams   = "PEP 3333: Input and Error Streams"
	pepStreaming = "PEP 3333: Buffering and Streaming"
	rfcType      = "RFC 9110: 8.3 Content-Type"
	rfcContent   = "RFC 9110: 6.4.1 Content Semantics"
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
	seen      int     // blocks that the stage around had given at the last block
	passing   []*pass // whose block is on its way through write, to be passed on by this one
	stepwise  bool
	exhausted bool
	failed    bool
	again     bool // its body is ranged over a second time
	raised    bool // start_response has raised its error again, in the stage's own code
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
	if environ == nil {
		return
	}
	find := func(check, format string, args ...any) {
		p.find(check, fmt.Sprintf(format, args...), cmp.Or(environRules[check], pepEnviron))
	}
	validateEnviron(environ, find)
	warnEnviron(environ, find)
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
		p.found(finding{rule, e.Error(), pep, e.header})
		return
	}
	l.untyped = headFindings(status, h.code, headers, p.found)
}

// headFindings tells of what is wrong with a head that may reach the wire all the same. It says whether the head lacks the
// Content-Type that content wants.
func headFindings(status string, code int, headers Headers, find func(finding)) (untyped bool) {
	if _, reason, _ := strings.Cut(status, " "); len(reason) < len("OK") { // as webtest.lint wants it
		told := "hardly a reason"
		if reason == "" {
			told = "no reason"
		}
		find(finding{"status-no-reason", fmt.Sprintf("the status has %s: %q", told, status), pepStart, ""})
	}
	for _, f := range headers {
		if strings.Trim(f[1], " ") != f[1] {
			message := fmt.Sprintf("the value of the header %s begins or ends with a space: %.200q", f[0], f[1])
			find(finding{"header-value-space", message, pepStart, f[0]})
		}
		if v := validated(func() { validateHeaders(Headers{f}) }); v != nil {
			rule := "header-name-odd"
			if v.Check == "header-status" {
				rule = v.Check
			}
			find(finding{rule, v.Message, pepStart, f[0]})
		} else if strings.Contains(f[0], "_") {
			find(finding{"header-name-odd", fmt.Sprintf("an odd header name: %.200q", f[0]), pepStart, f[0]}) // many proxies drop it
		}
	}
	if v := validated(func() { validateContentType(status, headers) }); v != nil {
		if v.Check != "content-type-unexpected" {
			return code != http.StatusCreated // it matters once there is content
		}
		find(finding{v.Check, v.Message, rfcType, contentType})
	}
	return false
}

const (
	writeUsed     = "write was called; a new application yields its blocks"
	tinyBlocks    = "the body came in many blocks of a byte or two"
	writtenInBody = "write was called from within the body, by its iteration"
	swallowed     = "start_response raised its error again, too late to replace what was sent, and the application went on"
)

func noContent(code int) string {
	return fmt.Sprintf("a %d has no content, and a block was given", code)
}

const (
	contentLength = "Content-Length"
	contentType   = "Content-Type"
)

func untypedContent(code int) finding {
	return finding{"content-type-missing", fmt.Sprintf("no Content-Type among the headers of a %d", code), rfcType, contentType}
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
	if wrote {
		p.lintRelayed()
	}
	if wrote && p.body != nil {
		p.later("write-in-body", writtenInBody, pepWrite)
	}
	p.lintSwallowed()
	if p.stopped {
		p.find("yield-after-end", breach(ErrYield, "the body went on after it was told to stop").Error(), pepDetails)
	}
	if l.head == nil {
		p.later("start-response-not-called", breach(ErrNotStarted, "and the body yields").Error(), pepStart)
		return
	}
	if len(block) > 0 {
		p.lintContent()
	}
	if l.head.length >= 0 && l.sent > l.head.length && !p.lintBodiless() {
		p.foundLate(tooLong(l.head.length))
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

// lintRelayed: what the stage writes may be what one within it does: that is none for those which that yields.
func (p *pass) lintRelayed() {
	for _, inner := range p.lint.passing {
		inner.lint.seen++
	}
	p.lint.passing = nil
	if around := cmp.Or(p.lint.around, p.within); around != nil && !slices.Contains(around.lint.passing, p) {
		around.lint.passing = append(around.lint.passing, p)
	}
}

// lintContent tells of content that should not be there, or of whose type nothing was said.
func (p *pass) lintContent() {
	switch h := p.lint.head; {
	case p.t.x.method == http.MethodHead:
	case p.lintBodiless():
		p.later("body-not-allowed", noContent(h.code), rfcContent)
	case p.lint.untyped:
		p.foundLate(untypedContent(h.code))
	}
}

// lintRaised: start_response raises its error again, since it is too late to replace what was sent. What is called within
// that of a stage around is the stage's own.
func (p *pass) lintRaised() {
	for around := p.within; around != nil; around = around.within {
		around.lint.raised = false
	}
	p.lint.raised = true
}

func (p *pass) lintSwallowed() {
	if p.lint.raised {
		p.lint.raised = false
		p.find("exc-info-swallowed", swallowed, pepErrors)
	}
}

// lintBodiless says that no content goes out whatever the stage yields.
func (p *pass) lintBodiless() bool {
	h := p.lint.head
	return p.t.x.method == http.MethodHead || h.code == http.StatusNoContent || h.code == http.StatusNotModified
}

// lintAgain: the stage around ranges over the body a second time.
func (p *pass) lintAgain() {
	p.lint.again = true
	if around := p.lint.around; around != nil && !around.lint.again {
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
	p.lintSwallowed()
	if l.head == nil {
		p.later("start-response-not-called", breach(ErrNotStarted, "and the body has ended").Error(), pepStart)
		return
	}
	p.lintLength(l.sent)
}

func (p *pass) lintLength(sent int64) {
	if h := p.lint.head; h != nil && h.length >= 0 && !p.lintBodiless() && !p.t.x.left() {
		switch {
		case sent > h.length:
			p.foundLate(tooLong(h.length))
		case sent < h.length:
			p.foundLate(tooShort(sent, h.length))
		}
	}
}

// lintUnclosed looks at a pass at the end of the request.
func (t *trace) lintUnclosed(p *pass) {
	l := &p.lint
	if p.of != nil && !l.failed {
		p.lintHandedOn(&p.of.lint)
	}
	if areTiny(l.blocks, l.sent) {
		p.later("blocks-tiny", tinyBlocks, pepStreaming)
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

// lintHandedOn looks at the body of a stage within that this one has handed on.
func (p *pass) lintHandedOn(of *passLint) {
	switch {
	case p.lint.head != nil && of.sent > 0:
		p.lintContent()
	case p.lint.head == nil && (of.sent > 0 || of.exhausted):
		p.later("start-response-not-called", breach(ErrNotStarted, "and the body yields").Error(), pepStart)
	}
	if of.exhausted {
		p.lintLength(of.sent)
	}
}

// areTiny says that a body was hard work for nothing.
func areTiny(blocks int, size int64) bool { return blocks >= 64 && size <= 2*int64(blocks) }

func tooLong(length int64) finding {
	message := fmt.Sprintf("the body is longer than its Content-Length of %d bytes", length)
	return finding{"content-length-exceeded", message, pepLength, contentLength}
}

func tooShort(sent, length int64) finding {
	message := fmt.Sprintf("the body has %d bytes of the %d that Content-Length promised", sent, length)
	return finding{"content-length-short", message, pepLength, contentLength}
}
