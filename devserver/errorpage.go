package devserver

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/devserver/event"
)

//go:embed errorpage.html
var errorPageHTML string

var errorPage = template.Must(template.New("error").Funcs(template.FuncMap{
	"number": func(from, i int) int { return from + i },
}).Parse(errorPageHTML))

// page is an answer that the server makes in the application's place.
type page struct {
	Status string // "500 Internal Server Error"
	Title  string // what happened, in a few words
	Hint   string // what to try; may be empty
	Raised *event.Raised
	// Request says what was asked for: "GET /x".
	Request string
	Build   int
	// Language is that of the build: tracebacks look as its users know them.
	Language string
}

// Chain lists the exception and its causes as they are printed: the oldest first.
func (p *page) Chain() []link {
	var links []link
	for r := p.Raised; r != nil; r = r.Cause {
		links = append([]link{{Raised: r}}, links...)
		if r.Cause != nil {
			links[0].Joint = "During handling of the above exception, another exception occurred:"
			if r.Explicit {
				links[0].Joint = "The above exception was the direct cause of the following exception:"
			}
		}
	}
	return links
}

// link is one exception of a chain, with the words that join it to the one before.
type link struct {
	*event.Raised
	Joint string
}

// render returns the body and its content type: HTML where the client asks for it, as browsers do, else text.
func (p *page) render(accept string) (body []byte, contentType string) {
	if wantsHTML(accept) {
		var b bytes.Buffer
		if err := errorPage.Execute(&b, p); err == nil {
			return b.Bytes(), "text/html; charset=utf-8"
		}
	}
	return p.text(), "text/plain; charset=utf-8"
}

// wantsHTML says whether the Accept field (RFC 9110, 12.5.1) names HTML with a weight above zero.
func wantsHTML(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		fields := strings.Split(part, ";")
		switch strings.ToLower(strings.TrimSpace(fields[0])) {
		case "text/html", "application/xhtml+xml":
		default:
			continue
		}
		for _, f := range fields[1:] {
			if q, ok := strings.CutPrefix(strings.TrimSpace(f), "q="); ok {
				if w, err := strconv.ParseFloat(q, 64); err == nil && w == 0 {
					return false
				}
			}
		}
		return true
	}
	return false
}

func (p *page) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\n%s\n", p.Status, p.Title)
	if p.Request != "" {
		fmt.Fprintf(&b, "request: %s\n", p.Request)
	}
	if p.Hint != "" {
		fmt.Fprintf(&b, "%s\n", p.Hint)
	}
	for _, l := range p.Chain() {
		if l.Joint != "" {
			fmt.Fprintf(&b, "\n%s\n", l.Joint)
		}
		b.WriteString("\n")
		if len(l.Frames) > 0 && p.Language == "python" {
			b.WriteString("Traceback (most recent call last):\n")
		}
		for _, f := range l.Frames {
			fmt.Fprintf(&b, "  File %q, line %d, in %s\n", f.File, f.Line, f.Function)
			for i, line := range f.Context {
				mark := "  "
				if f.ContextFrom+i == f.Line {
					mark = "> "
				}
				fmt.Fprintf(&b, "    %s%4d  %s\n", mark, f.ContextFrom+i, line)
			}
			if len(f.Context) == 0 && f.Source != "" {
				fmt.Fprintf(&b, "    %s\n", f.Source)
			}
		}
		fmt.Fprintf(&b, "%s\n", l.Headline())
	}
	return b.Bytes()
}

// Headline is the exception in one line.
func (l link) Headline() string {
	if l.Message == "" {
		return l.Type
	}
	return l.Type + ": " + l.Message
}
