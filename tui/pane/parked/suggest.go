package parked

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/snifter-dev/snifter/devserver/stepping"
)

// suggest has the headers of an answer say of what type its body is, for as long as nothing was typed in them. Its length is
// the server's to say.
func (m *Model) suggest() {
	if m.what != stepping.Respond {
		return
	}
	status, _ := m.form.Value(statusField)
	body, _ := m.form.Value(bodyField)
	for i := range m.form.Fields {
		f := &m.form.Fields[i]
		if f.Name == headersField && f.String() == m.shown[headersField] {
			m.shown[headersField] = contentType(status, body)
			f.Set(m.shown[headersField])
		}
	}
}

// contentType is the header of a body that somebody has typed, with a line for the next header, "" for an answer that has no
// body.
func contentType(status, body string) string {
	if body == "" && (strings.HasPrefix(status, "204") || strings.HasPrefix(status, "304")) {
		return ""
	}
	return "Content-Type: " + mediaType(body) + "\n"
}

func mediaType(body string) string {
	text := strings.TrimSpace(body)
	switch {
	case strings.HasPrefix(text, "<?xml"):
		return "text/xml; charset=utf-8"
	case len(text) > 1 && text[0] == '<' && (text[1] == '!' || unicode.IsLetter(rune(text[1]))):
		return "text/html; charset=utf-8"
	case text != "" && strings.ContainsRune("{[", rune(text[0])) && json.Valid([]byte(text)):
		return "application/json"
	}
	return "text/plain; charset=utf-8"
}
