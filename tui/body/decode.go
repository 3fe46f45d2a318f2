// Package body makes bodies readable: it undoes content codings, tells text from binary, lays out JSON, forms and
// multipart bodies, dumps the rest, and highlights code a piece at a time. All of it is bounded, and meant to be run
// off the user interface's goroutine.
package body

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Limits of what decoding may cost.
const (
	MaxDecoded = 32 << 20
	MaxTime    = 2 * time.Second
)

// Decoded is a body without its content codings.
type Decoded struct {
	Bytes []byte
	// Codings were undone, in the order of the field; Note says what could not be done, or was cut short.
	Codings []string
	Note    string
}

var errTime = errors.New("took too long")

// Decode undoes the content codings (RFC 9110, 8.4) of a body. What came out before an error or a limit is kept.
func Decode(p []byte, contentEncoding string, now func() time.Time) Decoded {
	d := Decoded{Bytes: p}
	if len(p) == 0 {
		return d
	}
	deadline := now().Add(MaxTime)
	codings := strings.FieldsFunc(strings.ToLower(contentEncoding), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
	if len(codings) > 4 {
		d.Note = fmt.Sprintf("%d content codings: shown as it came", len(codings))
		return d
	}
	for i := len(codings) - 1; i >= 0; i-- { // the last was put on last
		if codings[i] == "identity" {
			continue
		}
		r, err := reader(codings[i], d.Bytes)
		if err != nil {
			d.Note = fmt.Sprintf("not decoded: %v", err)
			return d
		}
		out, err := readBounded(r, deadline, now)
		_ = r.Close()
		if err != nil && len(out) == 0 {
			d.Note = fmt.Sprintf("not decoded: %s: %v", codings[i], err)
			return d
		}
		d.Bytes = out
		d.Codings = append(d.Codings, codings[i])
		if err != nil {
			d.Note = fmt.Sprintf("decoded in part: %s: %v", codings[i], err)
			return d
		}
	}
	return d
}

func reader(coding string, p []byte) (io.ReadCloser, error) {
	in := bytes.NewReader(p)
	switch coding {
	case "gzip", "x-gzip":
		return gzip.NewReader(in)
	case "deflate":
		// RFC 9110 means zlib; some senders leave its wrapping out.
		if r, err := zlib.NewReader(in); err == nil {
			return r, nil
		}
		return flate.NewReader(bytes.NewReader(p)), nil
	case "br":
		return io.NopCloser(brotli.NewReader(in)), nil
	case "zstd":
		r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return r.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("unknown content coding %q", coding)
}

func readBounded(r io.Reader, deadline time.Time, now func() time.Time) ([]byte, error) {
	var out bytes.Buffer
	for {
		n, err := io.CopyN(&out, r, 256<<10)
		switch {
		case errors.Is(err, io.EOF):
			return out.Bytes(), nil
		case err != nil:
			return out.Bytes(), err
		case n > 0 && out.Len() >= MaxDecoded:
			return out.Bytes()[:MaxDecoded], fmt.Errorf("more than %d MiB", MaxDecoded>>20)
		case now().After(deadline):
			return out.Bytes(), errTime
		}
	}
}
