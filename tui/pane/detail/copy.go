package detail

import (
	"errors"
	"time"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/body"
)

// CopyBody is the response's body for the clipboard: text, its content codings undone.
func CopyBody(x *recorder.Exchange) (string, error) {
	r := &x.Response
	if r.Body.Size == 0 {
		return "", errors.New("the response has no body")
	}
	d := body.Decode(r.Body.Bytes, headerOf(r.Headers, "Content-Encoding"), time.Now)
	if kind, _ := body.KindOf(d.Bytes, headerOf(r.Headers, "Content-Type")); kind == body.Binary {
		return "", errors.New("the body is no text")
	}
	return string(d.Bytes), nil
}
