package parked

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/form"
	"github.com/snifter-dev/snifter/tui/keys"
)

// The names of fields.
const (
	environField = "environ"
	statusField  = "status"
	headersField = "headers"
	chunkField   = "chunk" // a block that is text
	bytesField   = "bytes" // one that is not, with escapes
	fileField    = "file"  // the file that has the block
	bodyField    = "body"
	typeField    = "type"
	messageField = "message"
)

// open opens the form of an action, where that is possible at the boundary.
func (m *Model) open(a keys.Action) {
	p := m.Of(m.chosen)
	if p == nil || m.busy {
		return
	}
	m.problem, m.told = "", ""
	at := p.Stage.Name + ":" + p.Boundary
	f := &form.Form{}
	switch a {
	case keys.Edit:
		m.what = stepping.Modify
		f.Title, f.Fields = "Edit at "+at, editFields(p)
		if len(f.Fields) == 0 {
			m.problem = "nothing can be changed at " + p.Boundary + ": it can only go on"
			return
		}
	case keys.Respond:
		m.what = stepping.Respond
		f.Title = "Respond in the place of " + at
		f.Fields = []form.Field{
			{Name: statusField, Hint: "such as 200 OK", Text: form.Suggest("200 OK")},
			{Name: headersField, Hint: "Name: value; one a line", Text: form.NewText(contentType("200 OK", ""), false)},
			{Name: bodyField, Text: form.NewText("", false)},
		}
	case keys.Raise:
		m.what = stepping.Raise
		f.Title = "Raise an exception at " + at
		f.Fields = []form.Field{
			{Name: typeField, Hint: "such as ValueError, or module.Type", Text: form.Suggest("ValueError")},
			{Name: messageField, Text: form.NewText("", true)},
		}
	}
	if need := string(m.what); a != keys.Edit && !can(p, need) {
		m.problem = need + " is not possible at " + p.Boundary
		return
	}
	m.shown = map[string]string{}
	for _, field := range f.Fields {
		m.shown[field.Name] = field.String()
	}
	what := m.what
	f.Check = func(f *form.Form) error {
		_, err := m.command(what, f)
		if errors.Is(err, errUnchanged) {
			return nil
		}
		return err
	}
	m.form = f
	m.fit()
}

// editFields are what can be changed where a request stands: first what is the boundary's own.
func editFields(p *control.Parked) []form.Field {
	var out []form.Field
	add := func(name, hint string) {
		single := name == statusField || name == fileField
		out = append(out, form.Field{Name: name, Hint: hint, Text: form.NewText(standing(p, name), single)})
	}
	switch {
	case !can(p, "chunk"):
	case editable(p.Chunk):
		add(chunkField, "empty")
	case escapable(p.Chunk):
		add(bytesField, `empty; \x1f is a byte, \\ a backslash`)
		fallthrough
	default:
		add(fileField, "a path: the file's bytes in the place of the block")
	}
	if can(p, "status") {
		add(statusField, "such as 200 OK")
	}
	if can(p, "headers") {
		add(headersField, "Name: value; one a line")
	}
	if can(p, "environ") {
		add(environField, "KEY=VALUE sets, -KEY removes; one a line")
	}
	return out
}

// standing is what a field of an edit shows of a request before anything is typed.
func standing(p *control.Parked, field string) string {
	switch field {
	case chunkField:
		return string(p.Chunk.Bytes)
	case bytesField:
		return escaped(p.Chunk.Bytes)
	case statusField:
		line, _, _ := strings.Cut(p.Status, "\n")
		return line
	case headersField:
		return headerText(p.Headers)
	}
	return ""
}

// refill has what nothing was typed in show how the request stands, which another may have changed.
func (m *Model) refill(p *control.Parked) {
	if m.what != stepping.Modify {
		return
	}
	for i := range m.form.Fields {
		f := &m.form.Fields[i]
		if f.Name == chunkField && !editable(p.Chunk) || f.Name == bytesField && !escapable(p.Chunk) {
			continue
		}
		now := standing(p, f.Name)
		if f.String() != m.shown[f.Name] || now == m.shown[f.Name] {
			continue
		}
		f.Set(now)
		m.shown[f.Name] = now
	}
}

func can(p *control.Parked, edit string) bool { return slices.Contains(p.Edits, edit) }

func headerText(headers []recorder.Header) string {
	lines := make([]string, len(headers))
	for i, h := range headers {
		lines[i] = h[0] + ": " + h[1]
	}
	return strings.Join(lines, "\n")
}

// errUnchanged is for an edit that changes nothing.
var errUnchanged = errors.New("nothing is changed")

// command makes of what stands in a form what is to be done with the chosen request.
func (m *Model) command(a stepping.Action, f *form.Form) (control.StepCommand, error) {
	c := control.StepCommand{ID: m.chosen, Action: string(a)}
	p := m.Of(m.chosen)
	if p == nil {
		return c, control.ErrNotParked
	}
	edit := a == stepping.Modify
	typed := func(name string) (text string, ok bool) {
		text, ok = f.Value(name)
		return text, ok && (!edit || text != m.shown[name])
	}
	for i := range f.Fields {
		name := f.Fields[i].Name
		if _, ok := typed(name); edit && ok && standing(p, name) != m.shown[name] {
			return c, fmt.Errorf("another has changed the %s meanwhile: leave this form, and edit what stands there now", name)
		}
	}
	if text, ok := typed(environField); ok {
		if err := environOf(text, &c); err != nil {
			return c, err
		}
	}
	if text, ok := typed(statusField); ok {
		c.Status = stepping.StatusOf(text)
	}
	if text, ok := typed(headersField); ok {
		headers, err := headersOf(text)
		if err != nil {
			return c, err
		}
		c.Headers = headers
		if edit {
			c.Version = p.Version
		}
	}
	if text, ok := typed(chunkField); ok {
		c.Chunk = []byte(text)
	}
	if text, ok := typed(bytesField); ok {
		var err error
		if c.Chunk, err = unescaped(text); err != nil {
			return c, err
		}
	}
	if _, ok := typed(fileField); ok {
		if c.Chunk != nil {
			return c, errors.New("the block is given twice, by its bytes and by a file: leave one of them as it was")
		}
		c.Chunk = []byte{} // it is read when it is sent
	}
	if text, ok := f.Value(bodyField); ok {
		c.Chunk = []byte(text)
	}
	if text, ok := f.Value(typeField); ok {
		if c.Type = strings.TrimSpace(text); !typeName(c.Type) {
			return c, fmt.Errorf("%q is no name of an exception, such as ValueError", c.Type)
		}
	}
	c.Message, _ = f.Value(messageField)
	if edit && c.Environ == nil && c.Unset == nil && c.Status == "" && c.Headers == nil && c.Chunk == nil {
		return c, errUnchanged
	}
	return c, c.Check()
}

func environOf(text string, c *control.StepCommand) error {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if key, ok := strings.CutPrefix(line, "-"); ok && !strings.Contains(key, "=") {
			if key == "" {
				return errors.New("- is followed by the key to remove")
			}
			c.Unset = append(c.Unset, strings.TrimSpace(key))
			continue
		}
		key, value, found := strings.Cut(line, "=")
		if !found || strings.TrimSpace(key) == "" {
			return fmt.Errorf("%q is neither KEY=VALUE nor -KEY", line)
		}
		if c.Environ == nil {
			c.Environ = map[string]string{}
		}
		key = strings.TrimSpace(key)
		c.Environ[key] = stepping.Typed(key, value)
	}
	return nil
}

func headersOf(text string) ([]recorder.Header, error) {
	out := []recorder.Header{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if !found {
			return nil, fmt.Errorf("%q is no Name: value", line)
		}
		value = strings.TrimSpace(value)
		if _, ok := marshal.Bytes(value); !ok {
			return nil, fmt.Errorf("the value of %s has characters beyond latin-1, which no header can carry", name)
		}
		out = append(out, recorder.Header{name, value})
	}
	return out, nil
}

func typeName(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		for i, r := range part {
			if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
				return false
			}
		}
		if part == "" {
			return false
		}
	}
	return true
}
