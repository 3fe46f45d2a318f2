package devserver

import (
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
)

func TestWantsHTML(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "*/*": false, "text/plain": false, "application/json, text/plain": false, "text/html": true,
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": true, "text/html;q=0": false,
		"TEXT/HTML ; q=0.5": true,
	} {
		if got := wantsHTML(accept); got != want {
			t.Errorf("wantsHTML(%q) = %v, want %v", accept, got, want)
		}
	}
}

func TestErrorPage(t *testing.T) {
	p := &page{
		Status: "500 Internal Server Error", Title: "The application failed", Request: "GET /<x>", Build: 3, Language: "python",
		Raised: &event.Raised{
			Type: "ValueError", Message: "<script>alert(1)</script>", Explicit: true,
			Frames: []event.Frame{{File: "/app.py", Line: 7, Function: "view", Source: "raise ValueError()",
				Context: []string{"try:", "    x()", "except KeyError as e:", "    raise ValueError() from e"}, ContextFrom: 4}},
			Cause: &event.Raised{Type: "KeyError", Message: "'k'"},
		},
	}
	html, contentType := p.render("text/html")
	if contentType != "text/html; charset=utf-8" {
		t.Errorf("content type %q", contentType)
	}
	if strings.Contains(string(html), "<script>") || !strings.Contains(string(html), "&lt;script&gt;") {
		t.Error("the message is not escaped")
	}
	text, contentType := p.render("*/*")
	if contentType != "text/plain; charset=utf-8" {
		t.Errorf("content type %q", contentType)
	}
	last := -1
	for _, want := range []string{
		"500 Internal Server Error", "GET /<x>", "KeyError: 'k'", "direct cause", "Traceback (most recent call last):", `File "/app.py", line 7, in view`,
		">    7      raise ValueError() from e", "ValueError: <script>",
	} {
		at := strings.Index(string(text), want)
		if at <= last {
			t.Errorf("%q is missing or out of place in:\n%s", want, text)
		}
		last = at
	}
}
