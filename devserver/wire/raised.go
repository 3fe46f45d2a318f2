package wire

import (
	"fmt"

	"github.com/snifter-dev/snifter/devserver/marshal"
)

// Raised is the payload of Exception and Failed.
type Raised struct {
	Where    string // "call", "iterate", "close", "load"
	Type     string
	Message  string
	Frames   []RaisedFrame // outermost first
	Cause    *Raised
	Explicit bool // Cause was named by "raise ... from ..."
	Text     string
	// Handled and Minor mean what they do in event.Raised.
	Handled, Minor bool
}

// RaisedFrame is one entry of a traceback.
type RaisedFrame struct {
	File        string
	Line        int
	Function    string
	Source      string
	Context     []string
	ContextFrom int
}

// maxCauses bounds a chain of causes.
const maxCauses = 64

// DecodeRaised reads the payload of Exception or Failed.
func DecodeRaised(p []byte) (*Raised, error) {
	d, _, err := marshal.DecodeDict(p)
	if err != nil {
		return nil, fmt.Errorf("%w: exception: %w", ErrFrame, err)
	}
	return raised(d, 0), nil
}

func raised(d marshal.Dict, depth int) *Raised {
	r := &Raised{Where: d.Str("where"), Type: d.Str("type"), Message: d.Str("message"), Text: d.Str("text")}
	explicit, _ := d.Get("explicit")
	r.Explicit, _ = explicit.(bool)
	handled, _ := d.Get("handled")
	r.Handled, _ = handled.(bool)
	minor, _ := d.Get("minor")
	r.Minor, _ = minor.(bool)
	frames, _ := d.Get("frames")
	list, _ := sequence(frames)
	for _, v := range list {
		f, ok := v.(marshal.Dict)
		if !ok {
			continue
		}
		context, _ := f.Get("context")
		r.Frames = append(r.Frames, RaisedFrame{
			File: marshal.ToSystem(f.Str("file")), Line: int(f.Int("line")), Function: f.Str("function"), Source: f.Str("source"),
			Context: texts(context), ContextFrom: int(f.Int("from")),
		})
	}
	if cause, _ := d.Get("cause"); cause != nil && depth < maxCauses {
		if c, ok := cause.(marshal.Dict); ok {
			r.Cause = raised(c, depth+1)
		}
	}
	return r
}

// texts is Strings, but nil for none.
func texts(v any) []string {
	if s := Strings(v); len(s) > 0 {
		return s
	}
	return nil
}

// AppendRaised appends the payload of Exception or Failed.
func AppendRaised(b []byte, r *Raised) []byte { return marshal.Append(b, r.dict(0)) }

func (r *Raised) dict(depth int) marshal.Dict {
	frames := make(marshal.List, len(r.Frames))
	for i, f := range r.Frames {
		context := make(marshal.List, len(f.Context))
		for j, line := range f.Context {
			context[j] = line
		}
		frames[i] = marshal.Dict{
			{Key: "file", Value: f.File}, {Key: "line", Value: f.Line}, {Key: "function", Value: f.Function},
			{Key: "source", Value: f.Source}, {Key: "context", Value: context}, {Key: "from", Value: f.ContextFrom},
		}
	}
	var cause any
	if r.Cause != nil && depth < maxCauses {
		cause = r.Cause.dict(depth + 1)
	}
	d := marshal.Dict{
		{Key: "where", Value: r.Where}, {Key: "type", Value: r.Type}, {Key: "message", Value: r.Message},
		{Key: "frames", Value: frames}, {Key: "cause", Value: cause}, {Key: "explicit", Value: r.Explicit},
		{Key: "text", Value: r.Text},
	}
	if r.Handled {
		d = append(d, marshal.Pair{Key: "handled", Value: true})
	}
	if r.Minor {
		d = append(d, marshal.Pair{Key: "minor", Value: true})
	}
	return d
}
