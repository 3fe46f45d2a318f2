package http1

import (
	"fmt"
	"math"
)

// chunked decodes a chunked body (RFC 9112, section 7.1) as it comes in, byte for byte strictly: every line ends with
// CRLF, a size is hexadecimal digits alone, extensions and trailers are validated, bounded and dropped.
type chunked struct {
	limits   *Limits
	state    chunkState
	left     int64 // of the chunk: its size so far, then what is left of its data
	digits   int
	line     int // bytes of the size line so far
	ext      int // bytes of extensions so far
	trailers int // bytes of the trailer section so far
	fields   int
}

type chunkState uint8

const (
	chunkSize   chunkState = iota
	chunkBWS               // white space after the size, which only an extension may follow
	chunkExt               // within extensions
	chunkSizeLF            // after the CR of the size line
	chunkData
	chunkDataCR // after the data
	chunkDataLF
	trailerStart // at the begin of a trailer line
	trailerName
	trailerValue
	trailerLF
	chunkLastLF   // after the CR of the empty line
	chunkComplete // the body is whole
)

func badChunk(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrChunk}, args...)...)
}

func (d *chunked) done() bool { return d.state == chunkComplete }

// needsCredit says whether the next byte is one of data.
func (d *chunked) needsCredit() bool { return d.state == chunkData }

// decode consumes from p, which it rewrites, until max bytes of data are decoded, p is used up or the body is whole.
// The data lie together in p; n is how many bytes of p were consumed. With an error, data and n are what was in order
// before it.
func (d *chunked) decode(p []byte, max int) (data []byte, n int, err error) {
	from, to := 0, 0
	for {
		at, size, m, err := d.step(p[n:], max-(to-from))
		switch {
		case size == 0:
		case from == to:
			from, to = n+at, n+at+size
		default:
			to += copy(p[to:], p[n+at:n+at+size])
		}
		n += m
		if err != nil || m == 0 || d.done() {
			return p[from:to], n, err
		}
	}
}

// check decodes p without delivering it, on a copy of the state.
func (d chunked) check(p []byte) error {
	for len(p) > 0 && !d.done() {
		_, _, n, err := d.step(p, math.MaxInt)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// step consumes n bytes of p: framing, and then at most one span of data, which is at p[at:at+size].
func (d *chunked) step(p []byte, max int) (at, size, n int, err error) {
	for n < len(p) {
		if d.state == chunkData {
			size = int(min(int64(len(p)-n), int64(max), d.left))
			if d.left -= int64(size); d.left == 0 {
				d.state = chunkDataCR
			}
			return n, size, n + size, nil
		}
		if err := d.framing(p[n]); err != nil {
			return 0, 0, n, err
		}
		n++
		if d.done() {
			break
		}
	}
	return 0, 0, n, nil
}

// framing takes one byte that is not data.
func (d *chunked) framing(c byte) error {
	switch d.state {
	case chunkSize, chunkBWS, chunkExt:
		return d.sizeLine(c)
	case chunkSizeLF:
		if c != '\n' {
			return badChunk("byte 0x%02x after the CR of a size", c)
		}
		d.state = chunkData
		if d.left == 0 {
			d.state = trailerStart
		}
	case chunkDataCR:
		if c != '\r' {
			return badChunk("byte 0x%02x where a chunk's data should end with CRLF", c)
		}
		d.state = chunkDataLF
	case chunkDataLF:
		if c != '\n' {
			return badChunk("byte 0x%02x after the CR that ends a chunk's data", c)
		}
		d.state, d.left, d.digits, d.line = chunkSize, 0, 0, 0
	default:
		return d.trailer(c)
	}
	return nil
}

// sizeLine takes a byte of chunk-size [ chunk-ext ] CR.
func (d *chunked) sizeLine(c byte) error {
	if d.line++; d.line > d.limits.ChunkLine {
		return badChunk("a size line longer than %d bytes", d.limits.ChunkLine)
	}
	if d.state == chunkSize && classes[c]&hexDigit != 0 {
		if d.digits++; d.digits > 16 || d.left > math.MaxInt64>>4 {
			return badChunk("a size that is too large")
		}
		d.left = d.left<<4 | hexValue(c)
		return nil
	}
	switch {
	case d.digits == 0:
		return badChunk("byte 0x%02x where a size should be", c)
	case c == '\r' && d.state != chunkBWS:
		d.state = chunkSizeLF
		return nil
	case d.state != chunkExt && c == ';':
		d.state = chunkExt
	case d.state != chunkExt && (c == ' ' || c == '\t'):
		d.state = chunkBWS
	case d.state != chunkExt:
		return badChunk("byte 0x%02x in a size", c)
	case classes[c]&valueChar == 0:
		return badChunk("byte 0x%02x in an extension", c)
	}
	if d.ext++; d.ext > d.limits.ChunkExtensions {
		return badChunk("more than %d bytes of extensions", d.limits.ChunkExtensions)
	}
	return nil
}

// trailer takes a byte of the trailer section and the empty line.
func (d *chunked) trailer(c byte) error {
	if d.trailers++; d.trailers > d.limits.Trailers {
		return badChunk("more than %d bytes of trailers", d.limits.Trailers)
	}
	switch {
	case d.state == trailerStart && c == '\r':
		d.state = chunkLastLF
	case d.state == chunkLastLF && c == '\n':
		d.state = chunkComplete
	case d.state == trailerStart && classes[c]&tokenChar != 0:
		d.state = trailerName
		if d.fields++; d.fields > d.limits.Fields {
			return badChunk("more than %d trailer fields", d.limits.Fields)
		}
	case d.state == trailerName && classes[c]&tokenChar != 0:
	case d.state == trailerName && c == ':':
		d.state = trailerValue
	case d.state == trailerValue && classes[c]&valueChar != 0:
	case d.state == trailerValue && c == '\r':
		d.state = trailerLF
	case d.state == trailerLF && c == '\n':
		d.state = trailerStart
	default:
		return badChunk("byte 0x%02x in the trailer section", c)
	}
	return nil
}
