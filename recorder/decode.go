package recorder

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The bounds of decoding: a few kilobytes may unfold to gigabytes.
const (
	MaxDecoded = 32 << 20
	maxDecode  = 2 * time.Second
	maxCodings = 4 // on top of each other; there are files that unpack to themselves
)

// Why a body is not decoded to its end.
var (
	ErrDecodedSize = fmt.Errorf("more than %d MiB", MaxDecoded>>20)
	ErrDecodedTime = errors.New("it took too long")
)

// Decoded is a body without its content codings.
type Decoded struct {
	// Bytes is all of it; with an error what came out until then, or what could not be undone.
	Bytes []byte
	// Undone are the codings that were undone, if not to the end, in the order in which that was done.
	Undone []string
	Err    error
}

// DecodeBody undoes a Content-Encoding (RFC 9110, 8.4): gzip, deflate, br, zstd, several in turn, or none. That a body which
// is cut ends too early is no error. now is the clock by which it may not take too long.
func DecodeBody(contentEncoding string, b Body, now func() time.Time) Decoded {
	d := Decoded{Bytes: b.Bytes}
	codings := strings.Split(contentEncoding, ",")
	if len(codings) > maxCodings {
		d.Err = fmt.Errorf("%d content codings on top of each other", len(codings))
		return d
	}
	deadline := now().Add(maxDecode)
	for i := len(codings) - 1; i >= 0 && len(d.Bytes) > 0; i-- { // they were applied in the order of their list
		coding := strings.ToLower(strings.TrimSpace(codings[i]))
		if coding == "" || coding == "identity" {
			continue
		}
		plain, err := undo(coding, d.Bytes, deadline, now)
		if b.Cut && errors.Is(err, io.ErrUnexpectedEOF) {
			err = nil
		}
		if err == nil || len(plain) > 0 {
			d.Bytes, d.Undone = plain, append(d.Undone, coding)
		}
		if err != nil {
			d.Err = err
			if !strings.HasPrefix(err.Error(), coding+": ") { // some say it by themselves
				d.Err = fmt.Errorf("%s: %w", coding, err)
			}
			return d
		}
	}
	return d
}

// undo decodes one coding. With an error it returns what could be decoded before.
func undo(coding string, body []byte, deadline time.Time, now func() time.Time) ([]byte, error) {
	var r io.Reader
	var err error
	switch coding {
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		// RFC 9110, 8.4.1.2: the zlib format; some send bare deflate.
		if r, err = zlib.NewReader(bytes.NewReader(body)); err != nil {
			r, err = flate.NewReader(bytes.NewReader(body)), nil
		}
	case "br":
		r = brotli.NewReader(bytes.NewReader(body))
	case "zstd":
		var d *zstd.Decoder
		d, err = zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20),
			zstd.WithDecoderLowmem(true))
		if err == nil {
			defer d.Close()
			r = d
		}
	default:
		return nil, errors.New("no known content coding")
	}
	if err != nil {
		return nil, err
	}
	return readBounded(r, deadline, now)
}

func readBounded(r io.Reader, deadline time.Time, now func() time.Time) ([]byte, error) {
	var out bytes.Buffer
	for {
		_, err := io.CopyN(&out, r, 256<<10)
		switch {
		case out.Len() > MaxDecoded:
			return out.Bytes()[:MaxDecoded], ErrDecodedSize
		case errors.Is(err, io.EOF):
			return out.Bytes(), nil
		case err != nil:
			return out.Bytes(), err
		case now().After(deadline):
			return out.Bytes(), ErrDecodedTime
		}
	}
}

// ContentCoding is the Content-Encoding of a message, which may stand in several fields (RFC 9110, 5.3).
func ContentCoding(fields []Header) string {
	var codings []string
	for _, h := range fields {
		if strings.EqualFold(h[0], "content-encoding") {
			codings = append(codings, h[1])
		}
	}
	return strings.Join(codings, ", ")
}

// bodyMatches looks at a body as it is recorded, and decoded where it was encoded.
func bodyMatches(b *Body, fields []Header, re *regexp.Regexp) bool {
	if re.Match(b.Bytes) {
		return true
	}
	coding := ContentCoding(fields)
	return coding != "" && re.Match(DecodeBody(coding, *b, time.Now).Bytes) // what could be decoded counts
}
