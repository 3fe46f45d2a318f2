package replay

import (
	"time"

	"github.com/snifter-dev/snifter/recorder"
)

// decodeBody undoes the content codings of a body. Where it can't, the body stays as it is, and note says why.
func decodeBody(r *recorder.Response) (body []byte, note string) {
	d := recorder.DecodeBody(recorder.ContentCoding(r.Headers), r.Body, time.Now)
	if d.Err != nil {
		return r.Body.Bytes, "its coding can't be undone: " + d.Err.Error()
	}
	return d.Bytes, ""
}
