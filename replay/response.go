package replay

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

const (
	maxResponseHead = 256 << 10
	maxChunkLine    = 4 << 10
)

var errResponse = errors.New("the response is malformed")

// responseReader reads one response (RFC 9112, 6.3) and keeps its head byte for byte: net/http would lose the order
// and the case of the fields.
type responseReader struct {
	r         *bufio.Reader
	began     time.Time
	keep      int // bytes of the body still to be kept
	sum       hash.Hash
	out       *Received
	onInterim func(code int, headers []recorder.Header)
}

// head reads heads until a final one.
func (p *responseReader) head() error {
	for {
		raw, err := readHead(p.r)
		if err != nil {
			return err
		}
		parsed := event.ParseHead(raw)
		code, ok := statusCode(parsed)
		if !ok {
			return fmt.Errorf("%w: it begins with %q", errResponse, clip(string(raw), 40))
		}
		headers := make([]recorder.Header, 0, len(parsed.Headers))
		for _, h := range parsed.Headers {
			headers = append(headers, recorder.Header{h.Name, h.Value})
		}
		if code >= 100 && code < 200 && code != 101 {
			p.onInterim(code, headers)
			continue
		}
		p.out.Head, p.out.Headers = raw, headers
		p.out.Status = strings.TrimRight(parsed.Target+" "+parsed.Protocol, " ")
		return nil
	}
}

// statusCode reads a status line that was taken apart as if it were a request line: version, code, reason.
func statusCode(h event.Head) (int, bool) {
	code, err := strconv.Atoi(h.Target)
	return code, err == nil && len(h.Target) == 3 && code >= 100 && strings.HasPrefix(h.Method, "HTTP/1.")
}

func readHead(r *bufio.Reader) ([]byte, error) {
	var raw []byte
	for {
		line, err := r.ReadSlice('\n')
		raw = append(raw, line...)
		switch {
		case len(raw) > maxResponseHead:
			return nil, fmt.Errorf("%w: its head is larger than %d bytes", errResponse, maxResponseHead)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(raw) > 0:
			return nil, fmt.Errorf("the connection ended within the head of the response: %w", io.ErrUnexpectedEOF)
		case err != nil:
			return nil, err
		}
		if bytes.HasSuffix(raw, []byte("\n\r\n")) || bytes.HasSuffix(raw, []byte("\n\n")) {
			return raw, nil
		}
	}
}

// body reads the body that the head announces.
func (p *responseReader) body(method string) error {
	code := p.out.Status[:3]
	if method == "HEAD" || code[0] == '1' || code == "204" || code == "304" {
		return nil
	}
	encoding, chunked := headerValue(p.out.Headers, "Transfer-Encoding")
	length, sized := headerValue(p.out.Headers, "Content-Length")
	switch {
	case chunked && !strings.EqualFold(encoding, "chunked"):
		return fmt.Errorf("%w: Transfer-Encoding %q", errResponse, encoding)
	case chunked:
		return p.chunkedBody()
	case sized:
		n, err := strconv.ParseInt(length, 10, 64)
		if err != nil || n < 0 || length[0] == '+' {
			return fmt.Errorf("%w: Content-Length %q", errResponse, length)
		}
		return p.sizedBody(n)
	}
	for {
		switch err := p.block(1 << 20); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// block reads what has come, at most n bytes, as one chunk.
func (p *responseReader) block(n int64) error {
	if _, err := p.r.Peek(1); err != nil {
		return err
	}
	piece := make([]byte, min(n, int64(p.r.Buffered())))
	if _, err := io.ReadFull(p.r, piece); err != nil {
		return err
	}
	p.add(piece, true)
	return nil
}

func (p *responseReader) sizedBody(n int64) error {
	for left := n; left > 0; {
		before := p.out.Size
		if err := p.block(left); err != nil {
			if errors.Is(err, io.EOF) {
				return fmt.Errorf("the body ended after %d of %d bytes: %w", n-left, n, io.ErrUnexpectedEOF)
			}
			return err
		}
		left -= p.out.Size - before
	}
	return nil
}

func (p *responseReader) chunkedBody() error {
	for {
		n, err := p.chunkLine()
		if err != nil {
			return err
		}
		if n == 0 {
			return p.trailers()
		}
		first := true
		for left := n; left > 0; first = false {
			piece := make([]byte, min(left, 32<<10))
			if _, err := io.ReadFull(p.r, piece); err != nil {
				return broken(err)
			}
			p.add(piece, first)
			left -= int64(len(piece))
		}
		var end [2]byte
		if _, err := io.ReadFull(p.r, end[:]); err != nil {
			return broken(err)
		}
		if end != [2]byte{'\r', '\n'} {
			return fmt.Errorf("%w: a chunk does not end where it says", errResponse)
		}
	}
}

func broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the body broke off: %w", io.ErrUnexpectedEOF)
	}
	return err
}

func (p *responseReader) chunkLine() (int64, error) {
	line, err := p.line()
	if err != nil {
		return 0, err
	}
	size, _, _ := strings.Cut(line, ";")
	size = strings.TrimRight(size, " \t")
	n, err := strconv.ParseUint(size, 16, 62)
	if err != nil || size[0] == '+' {
		return 0, fmt.Errorf("%w: a chunk of size %q", errResponse, clip(size, 20))
	}
	return int64(n), nil
}

func (p *responseReader) line() (string, error) {
	var line []byte
	for {
		part, err := p.r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxChunkLine:
			return "", fmt.Errorf("%w: a line between chunks is too long", errResponse)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return "", broken(err)
		}
		return strings.TrimRight(string(line), "\r\n"), nil
	}
}

// trailers reads past the trailer section.
func (p *responseReader) trailers() error {
	for range 1000 {
		line, err := p.line()
		if err != nil || line == "" {
			return err
		}
	}
	return fmt.Errorf("%w: too many trailers", errResponse)
}

// add takes a piece of the body. first is false for a piece that continues a chunk.
func (p *responseReader) add(piece []byte, first bool) {
	p.sum.Write(piece)
	p.out.Size += int64(len(piece))
	kept := piece[:min(len(piece), p.keep)]
	p.keep -= len(kept)
	if chunks := p.out.Chunks; !first && len(chunks) > 0 {
		last := &chunks[len(chunks)-1]
		last.Bytes, last.Size = append(last.Bytes, kept...), last.Size+len(piece)
		return
	}
	if len(p.out.Chunks) >= maxChunks {
		last := &p.out.Chunks[maxChunks-1]
		last.Bytes, last.Size = append(last.Bytes, kept...), last.Size+len(piece)
		return
	}
	p.out.Chunks = append(p.out.Chunks, ReceivedChunk{At: time.Since(p.began), Bytes: kept, Size: len(piece)})
}

// maxChunks bounds how many blocks of a response are told apart; what follows counts to the last one.
const maxChunks = 10_000

func newResponseReader(r io.Reader, began time.Time, keep int, out *Received) *responseReader {
	return &responseReader{
		r: bufio.NewReaderSize(r, 64<<10), began: began, keep: keep, sum: sha256.New(), out: out,
		onInterim: func(int, []recorder.Header) {},
	}
}

func headerValue(headers []recorder.Header, name string) (string, bool) {
	for _, h := range headers {
		if strings.EqualFold(h[0], name) {
			return h[1], true
		}
	}
	return "", false
}

// clip cuts a text to at most n bytes and its dots, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:boundary(s, n)] + "..."
}
