package wire

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/snifter-dev/snifter/devserver/marshal"
)

// ResponseHead is what start_response was called with. Text is native.
type ResponseHead struct {
	Status  string
	Headers [][2]string
	// Entered and Started are times of the worker's clock: the call of the application, and of start_response.
	Entered, Started uint64
	// ExcInfo says that exc_info was given. It is FlagExcInfo of the frame, not part of the payload.
	ExcInfo bool
}

// DecodeHead reads the payload of Head or Started; block is what follows the tuple and lies in p.
func DecodeHead(p []byte) (h ResponseHead, block []byte, err error) {
	if len(p) < 4 {
		return h, nil, fmt.Errorf("%w: a head of %d bytes", ErrFrame, len(p))
	}
	n := binary.LittleEndian.Uint32(p)
	if uint64(n) > uint64(len(p)-4) {
		return h, nil, fmt.Errorf("%w: a head cut short", ErrFrame)
	}
	if h, ok := fastHead(p[4 : 4+n]); ok {
		return h, p[4+n:], nil
	}
	v, _, err := marshal.Decode(p[4 : 4+n])
	if err != nil {
		return h, nil, fmt.Errorf("%w: head: %w", ErrFrame, err)
	}
	bad := func() (ResponseHead, []byte, error) {
		return ResponseHead{}, nil, fmt.Errorf("%w: a head of another shape", ErrFrame)
	}
	t, ok := v.(marshal.Tuple)
	if !ok || len(t) != 4 {
		return bad()
	}
	status, ok1 := t[0].(string)
	entered, ok2 := t[2].(int64)
	started, ok3 := t[3].(int64)
	if !ok1 || !ok2 || !ok3 {
		return bad()
	}
	headers, ok := sequence(t[1])
	if !ok {
		return bad()
	}
	h = ResponseHead{Status: status, Entered: uint64(entered), Started: uint64(started)}
	h.Headers = make([][2]string, 0, len(headers))
	for _, e := range headers {
		pair, ok := sequence(e)
		if !ok || len(pair) != 2 {
			return bad()
		}
		name, ok1 := pair[0].(string)
		value, ok2 := pair[1].(string)
		if !ok1 || !ok2 {
			return bad()
		}
		h.Headers = append(h.Headers, [2]string{name, value})
	}
	return h, p[4+n:], nil
}

func sequence(v any) ([]any, bool) {
	switch v := v.(type) {
	case marshal.Tuple:
		return v, true
	case marshal.List:
		return v, true
	}
	return nil, false
}

// AppendHead appends the payload of Head or Started.
func AppendHead(b []byte, h ResponseHead, block []byte) []byte {
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	b = marshal.AppendTupleStart(b, 4)
	b = marshal.AppendText(b, h.Status)
	b = marshal.AppendListStart(b, len(h.Headers))
	for _, f := range h.Headers {
		b = marshal.AppendTupleStart(b, 2)
		b = marshal.AppendText(marshal.AppendText(b, f[0]), f[1])
	}
	b = marshal.AppendInt(marshal.AppendInt(b, int64(h.Entered)), int64(h.Started))
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return append(b, block...)
}

// Ready is what a worker says of itself once the application is loaded.
type Ready struct {
	Language    string // "python", "go"
	Version     string // "CPython 3.11.7"
	Interpreter string
	App         string // what was loaded: "app:app"
	AppType     string // "flask.app.Flask"
	PID         int64
	Files       []string          // the source files that were loaded, for watching
	Libraries   []string          // the modules that were loaded from outside the user's folders
	Objects     map[string]string // reprs of the environ's values that are added by the worker
	// Stages are those of the application, each before those within it: a Go worker's that was built by wsgi.NewStack,
	// and a Python worker's whose plan has "stages". StageNotes say what is to be known of how they were found.
	Stages     []Stage
	StageNotes []string
	// Root is the id of the outermost stage, which StageNamed has told of; 0 where stages are not told.
	Root int64
}

// AppendReady appends the payload of a Ready frame.
func AppendReady(b []byte, r Ready) []byte {
	list := func(texts []string) marshal.List {
		l := make(marshal.List, len(texts))
		for i, t := range texts {
			l[i] = t
		}
		return l
	}
	objects := marshal.Dict{}
	for k, v := range r.Objects {
		objects = append(objects, marshal.Pair{Key: k, Value: v})
	}
	return marshal.Append(b, marshal.Dict{
		{Key: "language", Value: r.Language}, {Key: "version", Value: r.Version},
		{Key: "interpreter", Value: r.Interpreter}, {Key: "app", Value: r.App}, {Key: "app_type", Value: r.AppType},
		{Key: "pid", Value: r.PID}, {Key: "files", Value: list(r.Files)},
		{Key: "libraries", Value: list(r.Libraries)}, {Key: "objects", Value: objects},
		{Key: "stages", Value: stageList(r.Stages)}, {Key: "stage_notes", Value: list(r.StageNotes)},
		{Key: "root", Value: r.Root},
	})
}

// DecodeReady reads the payload of a Ready frame.
func DecodeReady(p []byte) (Ready, error) {
	d, _, err := marshal.DecodeDict(p)
	if err != nil {
		return Ready{}, fmt.Errorf("%w: ready: %w", ErrFrame, err)
	}
	r := Ready{
		Language: d.Str("language"), Version: d.Str("version"), Interpreter: marshal.ToSystem(d.Str("interpreter")),
		App: d.Str("app"), AppType: d.Str("app_type"), PID: d.Int("pid"), Objects: map[string]string{},
		Root: d.Int("root"),
	}
	files, _ := d.Get("files")
	r.Files = Files(files)
	libraries, _ := d.Get("libraries")
	r.Libraries = Strings(libraries)
	if objects, ok := d.Get("objects"); ok {
		o, _ := objects.(marshal.Dict)
		for _, p := range o {
			k, _ := p.Key.(string)
			v, _ := p.Value.(string)
			r.Objects[k] = v
		}
	}
	stages, _ := d.Get("stages")
	r.Stages = readStages(stages)
	notes, _ := d.Get("stage_notes")
	r.StageNotes = texts(notes)
	return r, nil
}

// Strings takes the texts out of a decoded list or tuple.
func Strings(v any) []string {
	vs, _ := sequence(v)
	out := make([]string, 0, len(vs))
	for _, e := range vs {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// Files takes the names of files out of a decoded list or tuple.
func Files(v any) []string {
	out := Strings(v)
	for i, s := range out {
		out[i] = marshal.ToSystem(s)
	}
	return out
}

// Reader reads frames from a stream, many a read.
type Reader struct {
	r          io.Reader
	buf        []byte
	start, end int
}

// NewReader makes a reader with a buffer of 256 KiB, which grows for a larger frame.
func NewReader(r io.Reader) *Reader { return &Reader{r: r, buf: make([]byte, 256<<10)} }

// Next returns the next frame. Its payload is valid until the next call. At the end of the stream it returns io.EOF,
// or io.ErrUnexpectedEOF within a frame.
func (r *Reader) Next() (Frame, error) {
	for {
		f, n, need, err := Parse(r.buf[r.start:r.end])
		if err != nil {
			return Frame{}, err
		}
		if n > 0 {
			r.start += n
			return f, nil
		}
		r.makeRoom(need)
		m, err := r.r.Read(r.buf[r.end:])
		r.end += m
		if m > 0 {
			continue
		}
		if err == io.EOF && r.end > r.start {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return Frame{}, err
		}
	}
}

// Peek returns the frame that Next would return without reading, if there is one.
func (r *Reader) Peek() (f Frame, ok bool) {
	f, n, _, err := Parse(r.buf[r.start:r.end])
	return f, n > 0 && err == nil
}

// PeekBehind returns the first frame behind those for which over is true that Next would come to without reading.
func (r *Reader) PeekBehind(over func(Frame) bool) (f Frame, ok bool) {
	for at := r.start; ; {
		f, n, _, err := Parse(r.buf[at:r.end])
		if n == 0 || err != nil || !over(f) {
			return f, n > 0 && err == nil
		}
		at += n
	}
}

// Buffered says whether Next would return a frame without reading.
func (r *Reader) Buffered() bool {
	_, n, _, err := Parse(r.buf[r.start:r.end])
	return n > 0 || err != nil
}

func (r *Reader) makeRoom(need int) {
	if r.start == r.end {
		r.start, r.end = 0, 0
	}
	if len(r.buf)-r.start >= need && r.end < len(r.buf) {
		return
	}
	buf := r.buf
	if need > len(buf) {
		buf = make([]byte, need+need/4)
	}
	r.end = copy(buf, r.buf[r.start:r.end])
	r.start, r.buf = 0, buf
}
