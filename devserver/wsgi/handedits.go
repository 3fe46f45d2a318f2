package wsgi

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
)

// state is what can be seen where the request stands.
func (p *pass) state(kind event.Kind, ids []int, exception *wire.Raised, trouble string) *wire.ParkedState {
	t := p.t
	s := &wire.ParkedState{
		Boundary: stepping.BoundaryName(kind), Stops: ids, Exception: exception, Edits: p.edits(kind), Trouble: trouble,
	}
	s.Environ, s.Objects = plainEnviron(p.environ, slices.Sorted(maps.Keys(p.environ)))
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Status, s.Headers = t.status, t.headers
	switch kind {
	case event.Chunk, event.Write:
		s.Block = append([]byte{}, p.block[:min(len(p.block), stepping.MostBlock)]...)
	case event.Exit:
		s.Result = p.result
	}
	return s
}

// edits lists what can be done at a boundary beyond going on.
func (p *pass) edits(kind event.Kind) []string {
	edits := []string{"environ"}
	switch kind {
	case event.StartResponse:
		edits = append(edits, "status", "headers")
	case event.Chunk, event.Write:
		edits = append(edits, "chunk")
	}
	if p.answerable(kind) {
		edits = append(edits, "respond")
	}
	return append(edits, "raise")
}

// answerable says whether the stage can be answered for here.
func (p *pass) answerable(kind event.Kind) bool {
	switch kind {
	case event.Enter, event.Input, event.StartResponse, event.Exit, event.Exception:
		if kind == event.Exception && p.where == event.InClose {
			return false
		}
		p.t.mu.Lock()
		defer p.t.mu.Unlock()
		return !p.t.begun
	}
	return false
}

// cannot says why a command is impossible here, "" if it isn't.
func (p *pass) cannot(kind event.Kind, c stepping.Command) string {
	at := stepping.BoundaryName(kind)
	switch c.Action {
	case stepping.Respond:
		if !p.answerable(kind) {
			return fmt.Sprintf("the request can't be answered at %s: the response has begun, or it is no place for it", at)
		}
		return badHead(c.Status, headersOf(c.Headers))
	case stepping.Modify:
		switch {
		case (c.Status != "" || c.Headers != nil) && kind != event.StartResponse:
			return "status and headers can be changed at start_response, and this is " + at
		case c.Block != nil && kind != event.Chunk && kind != event.Write:
			return "a block can be changed at chunk and write, and this is " + at
		}
		status, headers := p.status, p.headers
		if c.Status != "" {
			status = c.Status
		}
		if c.Headers != nil {
			headers = headersOf(c.Headers)
		}
		if kind == event.StartResponse && (c.Status != "" || c.Headers != nil) {
			return badHead(status, headers)
		}
	}
	return ""
}

func badHead(status string, headers Headers) string {
	if _, err := checkStatus(status); err != nil {
		return err.Error()
	}
	if _, err := checkHeaders(headers); err != nil {
		return err.Error()
	}
	return ""
}

// edit changes what is at hand.
func (p *pass) edit(kind event.Kind, c stepping.Command) {
	t := p.t
	told := &event.Edit{Boundary: kind, Status: c.Status, Headers: c.Headers}
	if c.Status != "" {
		p.status = c.Status
	}
	if c.Headers != nil {
		p.headers = headersOf(c.Headers)
	}
	if c.Status != "" || c.Headers != nil {
		t.mu.Lock()
		t.status, t.headers = p.status, wireHeaders(p.headers)
		t.findings.byHand(p.status, p.headers)
		t.mu.Unlock()
	}
	if c.Block != nil {
		if len(c.Block) != len(p.block) {
			t.resized = p
		}
		p.block = c.Block
		t.mu.Lock()
		t.findings.edited = true
		t.mu.Unlock()
		told.Block = &event.Data{Bytes: c.Block, Size: len(c.Block)}
	}
	if len(c.Environ)+len(c.Unset) > 0 && p.environ != nil {
		t.mu.Lock()
		t.compare(p) // what the stage did itself
		for key, value := range c.Environ {
			p.environ[key] = alike(p.environ[key], value)
		}
		for _, key := range c.Unset {
			delete(p.environ, key)
		}
		for _, v := range t.views {
			if sameMap(v.environ, p.environ) {
				told.Environ = v.changes()
			}
		}
		t.mu.Unlock()
	}
	p.edited(told)
}

// alike is what a text means in the place of a value: a flag and a number stay what they are.
func alike(old any, text string) any {
	switch old.(type) {
	case bool:
		switch text {
		case "True", "true":
			return true
		case "False", "false":
			return false
		}
	case int:
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	case int64:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case float64:
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n
		}
	}
	return text
}

func (p *pass) edited(e *event.Edit) {
	p.t.mu.Lock()
	defer p.t.mu.Unlock()
	p.t.add(event.Edited, p, e, 256)
}
