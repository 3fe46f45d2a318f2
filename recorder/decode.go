package recorder

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// ErrDecodedSize says that a body unpacks to more than was allowed; what was unpacked until then is given with it.
var ErrDecodedSize = errors.New("the decoded body is too large")

// maxDecoded bounds what a body is unpacked to for a filter.
const maxDecoded = 32 << 20

// DecodeBody undoes a Content-Encoding (RFC 9110, 8.4): gzip, deflate, br, zstd, several in turn, or none. At most
// limit bytes come out. With an error comes what could be decoded until then: a cut body ends in one.
func DecodeBody(contentEncoding string, body []byte, limit int) ([]byte, error) {
	codings := strings.Split(contentEncoding, ",")
	if len(codings) > 4 {
		return nil, fmt.Errorf("decode body: %d codings on top of each other", len(codings))
	}
	for i := len(codings) - 1; i >= 0; i-- {
		var err error
		if body, err = decodeOne(strings.ToLower(strings.TrimSpace(codings[i])), body, limit); err != nil {
			return body, err
		}
	}
	return body, nil
}

func decodeOne(coding string, body []byte, limit int) ([]byte, error) {
	var r io.Reader
	var err error
	switch coding {
	case "", "identity":
		return body, nil
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
		d, err = zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20))
		if err == nil {
			defer d.Close()
			r = d
		}
	default:
		return nil, fmt.Errorf("decode body: unknown coding %q", coding)
	}
	if err != nil {
		return nil, fmt.Errorf("decode body: %s: %w", coding, err)
	}
	out, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if len(out) > limit {
		return out[:limit], ErrDecodedSize
	}
	if err != nil {
		return out, fmt.Errorf("decode body: %s: %w", coding, err)
	}
	return out, nil
}

// bodyMatches looks at a body as it is recorded, and decoded where it was encoded.
func bodyMatches(b *Body, fields []Header, re *regexp.Regexp) bool {
	if re.Match(b.Bytes) {
		return true
	}
	for _, h := range fields {
		if strings.EqualFold(h[0], "content-encoding") {
			decoded, _ := DecodeBody(h[1], b.Bytes, maxDecoded) // what could be decoded counts
			return re.Match(decoded)
		}
	}
	return false
}
