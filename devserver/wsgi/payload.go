package wsgi

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/wire"
)

var base = time.Now()

// now is the process's monotonic clock in nanoseconds.
func now() uint64 { return uint64(time.Since(base)) + 1 }

func setSize(frame []byte, size int) { binary.LittleEndian.PutUint32(frame, uint32(size)) }

// usualKeys is how many keys the environ of a browser's request has, about.
const usualKeys = 36

// decodeRequest takes the payload of a Request apart. body lies in p.
func decodeRequest(p []byte) (environ Environ, body []byte, err error) {
	if len(p) < 4 {
		return nil, nil, fmt.Errorf("%w: a request of %d bytes", wire.ErrFrame, len(p))
	}
	n := binary.LittleEndian.Uint32(p)
	if uint64(n) > uint64(len(p)-4) {
		return nil, nil, fmt.Errorf("%w: an environ cut short", wire.ErrFrame)
	}
	environ = make(Environ, usualKeys)
	if _, err := marshal.Items(p[4:4+n], func(key string, value any) { environ[key] = value }); err != nil {
		return nil, nil, fmt.Errorf("%w: environ: %w", wire.ErrFrame, err)
	}
	environ["wsgi.version"] = [2]int{1, 0}
	return environ, p[4+n:], nil
}

func decodeCount(p []byte) (int, error) {
	if len(p) != 4 {
		return 0, fmt.Errorf("%w: a count of %d bytes", wire.ErrFrame, len(p))
	}
	return int(int32(binary.LittleEndian.Uint32(p))), nil
}

// maxName is how much is told of the name of a header in which something is found.
const maxName = 200

func appendLint(b []byte, f finding) []byte {
	dict := marshal.Dict{{Key: "rule", Value: f.rule}, {Key: "message", Value: strings.ToValidUTF8(f.message, "\uFFFD")}, {Key: "pep", Value: f.pep}}
	if f.header != "" {
		name := f.header[:min(len(f.header), maxName)]
		dict = append(dict, marshal.Pair{Key: "header", Value: strings.ToValidUTF8(name, "\uFFFD")})
	}
	return marshal.Append(b, dict)
}

// raised is the exception as the wire has it, with the source lines.
func (e *exception) raised() *wire.Raised {
	r := e.chain(sources{})
	r.Text = e.text()
	return r
}

func (e *exception) chain(files sources) *wire.Raised {
	if e == nil {
		return nil
	}
	// errors.Unwrap goes where the application said %w: an explicit cause.
	r := &wire.Raised{
		Where: e.where, Type: e.kind, Message: e.message, Cause: e.cause.chain(files), Explicit: e.cause != nil,
		Handled: e.handled, Minor: e.handled,
	}
	for _, f := range e.frames {
		at := wire.RaisedFrame{File: f.file, Line: f.line, Function: f.function}
		at.Source, at.Context, at.ContextFrom = files.around(f.file, f.line)
		r.Frames = append(r.Frames, at)
	}
	return r
}

// sources holds the lines of files that a traceback names, read from disk as they are now.
type sources map[string][][]byte

const (
	contextLines = 5
	maxSource    = 4 << 20
	maxLineShown = 1000 // generated source has lines of any length
)

func (s sources) around(file string, line int) (source string, context []string, from int) {
	lines, ok := s[file]
	if !ok {
		if fi, err := os.Stat(file); err == nil && fi.Mode().IsRegular() && fi.Size() <= maxSource {
			if p, err := os.ReadFile(file); err == nil {
				lines = bytes.Split(p, []byte("\n"))
			}
		}
		s[file] = lines
	}
	if line < 1 || line > len(lines) {
		return "", nil, 0
	}
	from = max(line-contextLines, 1)
	for i := from; i <= min(line+contextLines, len(lines)); i++ {
		context = append(context, sourceText(bytes.TrimSuffix(lines[i-1], []byte("\r"))))
	}
	return strings.TrimSpace(sourceText(bytes.TrimSpace(lines[line-1]))), context, from
}

func sourceText(p []byte) string {
	if len(p) > maxLineShown {
		p = append(p[:maxLineShown:maxLineShown], " ..."...)
	}
	return text(p)
}

func text(p []byte) string { return strings.ToValidUTF8(string(p), "\uFFFD") }
