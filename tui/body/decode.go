// Package body makes bodies readable: it undoes content codings, tells text from binary, lays out JSON, forms and
// multipart bodies, dumps the rest, and highlights code a piece at a time. All of it is bounded, and meant to be run
// off the user interface's goroutine.
package body

import (
	"time"

	"github.com/snifter-dev/snifter/recorder"
)

// Decoded is a body without its content codings.
type Decoded struct {
	Bytes []byte
	// Codings were undone; Note says what could not be done, or was cut short.
	Codings []string
	Note    string
}

// Decode undoes the content codings of a body. What came out before an error or a limit is kept.
func Decode(p []byte, contentEncoding string, now func() time.Time) Decoded {
	d := recorder.DecodeBody(contentEncoding, recorder.Body{Bytes: p}, now)
	out := Decoded{Bytes: d.Bytes, Codings: d.Undone}
	switch {
	case d.Err == nil:
	case len(d.Undone) > 0:
		out.Note = "decoded in part: " + d.Err.Error()
	default:
		out.Note = "not decoded: " + d.Err.Error()
	}
	return out
}
