package replay

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/snifter-dev/snifter/recorder"
)

// The bounds of decoding: a few kilobytes may unfold to gigabytes.
const (
	maxDecoded = 32 << 20
	maxDecode  = 2 * time.Second
	maxCodings = 4 // on top of each other; there are files that unpack to themselves
)

var (
	errTooLarge = errors.New("it decodes to more than 32 MiB")
	errTooSlow  = errors.New("it took longer than 2 s to decode")
)

// decodeBody undoes the content codings of a body. Where it can't, the body stays as it is, and note says why.
func decodeBody(r *recorder.Response) (body []byte, note string) {
	value, _ := headerValue(r.Headers, "Content-Encoding")
	body = r.Body.Bytes
	codings := strings.Split(value, ",")
	if len(codings) > maxCodings {
		return body, fmt.Sprintf("its %d content codings are not undone", len(codings))
	}
	for i := len(codings) - 1; i >= 0; i-- { // they were applied in the order of their list (RFC 9110, 8.4)
		coding := strings.ToLower(strings.TrimSpace(codings[i]))
		if coding == "" || coding == "identity" || len(body) == 0 {
			continue
		}
		plain, err := undo(coding, body)
		if err != nil && !(r.Body.Cut && len(plain) > 0) {
			return r.Body.Bytes, fmt.Sprintf("its %s coding can't be undone: %v", coding, err)
		}
		body = plain
	}
	return body, ""
}

// undo decodes one coding. With an error it returns what could be decoded before.
func undo(coding string, body []byte) ([]byte, error) {
	src := bytes.NewReader(body)
	var r io.Reader
	var err error
	switch coding {
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(src)
	case "deflate":
		// zlib's format by RFC 9110, bare deflate by the habit of some servers.
		if r, err = zlib.NewReader(src); err != nil {
			src.Reset(body)
			r, err = flate.NewReader(src), nil
		}
	case "br":
		r = brotli.NewReader(src)
	case "zstd":
		var z *zstd.Decoder
		z, err = zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxDecoded))
		if err == nil {
			defer z.Close()
			r = z
		}
	default:
		return nil, errors.New("unknown")
	}
	if err != nil {
		return nil, err
	}
	return readBounded(r)
}

func readBounded(r io.Reader) ([]byte, error) {
	var out bytes.Buffer
	began := time.Now()
	for {
		_, err := io.CopyN(&out, r, 1<<20)
		switch {
		case errors.Is(err, io.EOF):
			return out.Bytes(), nil
		case err != nil:
			return out.Bytes(), err
		case out.Len() > maxDecoded:
			return nil, errTooLarge
		case time.Since(began) > maxDecode:
			return nil, errTooSlow
		}
	}
}
