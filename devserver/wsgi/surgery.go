package wsgi

import (
	"fmt"
	"io"
	"mime"
	"slices"
	"strconv"

	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
)

// plan finds the stages that a surgery names.
func (t *trace) plan(s *stepping.Surgery) error {
	c := t.x.c
	find := func(pattern string, around int) (first *tap) {
		index := 1
		for s := c.root; s != nil; s = s.within {
			switch matches := stepping.Named(pattern, s.info.Name, index); {
			case matches && index > around:
				return s
			case matches && first == nil:
				first = s
			}
			index++
		}
		return first
	}
	for _, pattern := range s.Skip {
		if err := t.leaveOut(pattern, s.Nth[pattern]); err != nil {
			return err
		}
	}
	if s.Enter == "" {
		return nil
	}
	if t.entered = find(s.Enter, len(s.Around)); t.entered == nil {
		return fmt.Errorf("no stage %q can be entered: the stages of the application are %s", s.Enter, c.stageNames())
	}
	if s.Environ == nil {
		return nil
	}
	environ := make(Environ, usualKeys)
	if _, err := marshal.Items(s.Environ, func(key string, value any) { environ[key] = value }); err != nil {
		return fmt.Errorf("the environ that was recorded can't be read: %w", err)
	}
	environ["wsgi.version"] = [2]int{1, 0}
	t.x.environ = environ
	return nil
}

// omission is the stages of one name that are left out.
type omission struct {
	nth  []int // which of them; nil for each
	come int   // how many of that name the request has come to; guarded by the trace's mutex
}

// leaveOut notes the stages that a pattern of the surgery's names.
func (t *trace) leaveOut(pattern string, nth []int) error {
	all, index := &omission{nth: nth}, 1
	found := false
	for s := t.x.c.root; s != nil; s = s.within {
		if stepping.Named(pattern, s.info.Name, index) {
			if found = true; s.within == nil && nth == nil {
				return fmt.Errorf("%s is the application itself, and has no stage within that could answer in its place", s.info.Name)
			}
			if t.skipped == nil {
				t.skipped = map[*tap]*omission{}
			}
			t.skipped[s] = all
		}
		index++
	}
	if !found {
		return fmt.Errorf("no stage %q can be skipped: the stages of the application are %s", pattern, t.x.c.stageNames())
	}
	return nil
}

// unread is the body of the request as the stage finds it that is called first.
func (x *exchange) unread() io.Reader {
	if x.surgery == nil || x.surgery.Read == 0 || x.surgery.Instead || x.trace.hadForm() {
		return &x.body
	}
	return &behind{body: &x.body, size: x.surgery.Read}
}

// hadForm says whether what is entered may have had a form of the body that a middleware of net/http had parsed: handlers hand
// it on, and no environ has it (see handlerCall). Then they are to parse it themselves.
func (t *trace) hadForm() bool {
	if t.entered == nil || !isForm(t.x.environ.Str("CONTENT_TYPE")) {
		return false
	}
	length, err := strconv.ParseInt(t.x.environ.Str("CONTENT_LENGTH"), 10, 64)
	if err == nil && t.x.surgery.Read < length {
		return false // it was looked into, and no more
	}
	around, within := t.entered.around, t.entered
	for around != nil && !around.isHandler() {
		around = around.around
	}
	for within != nil && !within.isHandler() {
		within = within.within
	}
	return around != nil && within != nil
}

func isForm(contentType string) bool {
	media, _, _ := mime.ParseMediaType(contentType)
	return media == "application/x-www-form-urlencoded" || media == "multipart/form-data"
}

// isHandler says whether the stage is one of net/http.
func (s *tap) isHandler() bool { return codeOf(s.app) == fromHTTPCode }

// behind is what follows so many bytes of a body. They are dropped as they come, where it is read.
type behind struct {
	body io.Reader
	size int64
}

func (b *behind) Read(p []byte) (int, error) {
	for b.size > 0 && len(p) > 0 {
		n, err := b.body.Read(p[:min(b.size, int64(len(p)))])
		b.size -= int64(n)
		if err != nil {
			return 0, err
		}
	}
	return b.body.Read(p)
}

func (c *child) stageNames() string {
	names := ""
	for i, s := range c.stages() {
		if i > 0 {
			names += ", "
		}
		names += s.Name
	}
	return names
}

// skips says whether the stage, which the request has come to, gives way to the one within it.
func (t *trace) skips(s *tap) bool { return s.around != nil && t.leavesOut(s) }

func (t *trace) leavesOut(s *tap) bool {
	o := t.skipped[s]
	if o == nil || s.within == nil {
		return false
	}
	if o.nth == nil {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	o.come++
	return slices.Contains(o.nth, o.come)
}

// application is what the pass calls: its stage, but for the outermost one of a request that is to go otherwise.
func (p *pass) application() Application {
	t := p.t
	switch {
	case !p.quiet:
		return p.tap.app
	case t.entered != nil && t.entered != p.tap:
		return t.entered.call
	case t.leavesOut(p.tap):
		return p.tap.within.call
	}
	return p.tap.app
}

// refuse answers a request that can't go as it should.
func (x *exchange) refuse(err error) {
	e := &exception{where: "call", kind: "snifter.Surgery", message: err.Error()}
	x.exception(e)
	x.end(true)
}
