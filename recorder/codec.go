package recorder

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/s2"

	"github.com/snifter-dev/snifter/devserver/event"
)

// The events of an exchange are stored as one blob:
//
//	u8       version of this format: 2
//	u8       flags: 1 = what follows is compressed (an S2 block)
//	uvarint  number of events
//	         each: u8 kind, uvarint stage, varint sequence number less the one before, varint nanoseconds less those
//	         of the one before, u8 tag of the payload, the payload
//
// Texts and bytes are a uvarint of their size and themselves; lists are a uvarint of their length and their elements;
// numbers are varints; flags are a byte. A decoder reads all versions up to its own. Version 1 had no stages: no App of
// a request, and no time at which a response was begun.
const (
	codecVersion   = 3
	flagCompressed = 1
	// compressFrom is the size from which compressing pays: below it the row costs as much either way.
	compressFrom = 256
	// maxBlob bounds what a blob unpacks to.
	maxBlob = 1 << 30
)

// The tags of payloads. They are stored: they never change.
const (
	tagNone     = 0
	tagRequest  = 1
	tagData     = 2
	tagResponse = 3
	tagEnding   = 4
	tagRaised   = 5
	tagText     = 6
	tagFinding  = 7
	tagBuild    = 8
	tagDropped  = 9
	tagHandled  = 10 // a flag, Minor, and a Raised that is Handled
	tagOfHeader = 26 // a header's name, and a Finding; those between are of stages
)

// encodeEvents packs the events of one exchange, appending to b. An event whose payload is of an unknown type is
// stored without it.
func encodeEvents(b []byte, events []event.Event) []byte {
	buffer := packBuffers.Get().(*packBuffer)
	w := writer{b: buffer.b[:0], infos: buffer.infos[:0]}
	w.uint(uint64(len(events)))
	var seq, at int64
	for i := range events {
		e := &events[i]
		w.b = append(w.b, byte(e.Kind))
		w.uint(uint64(e.Stage))
		w.int(int64(e.Seq) - seq)
		w.int(int64(e.At) - at)
		seq, at = int64(e.Seq), int64(e.At)
		w.payload(e.Payload)
	}
	b = pack(b, w.b, &buffer.packed)
	if cap(w.b) <= 1<<20 {
		clear(w.infos)
		buffer.b, buffer.infos = w.b, w.infos
		packBuffers.Put(buffer)
	}
	return b
}

// packBuffer is what packing needs for a moment: what it makes takes no more than it has to, as many wait for the disk.
type packBuffer struct {
	b, packed []byte
	infos     []*event.StageInfo
}

var packBuffers = sync.Pool{New: func() any { return &packBuffer{b: make([]byte, 0, 4096)} }}

// pack compresses where that saves an eighth at least.
func pack(b, plain []byte, buffer *[]byte) []byte {
	flags, packed := byte(0), plain
	if len(plain) >= compressFrom && len(plain) <= maxBlob {
		*buffer = slices.Grow((*buffer)[:0], s2.MaxEncodedLen(len(plain)))
		smaller := s2.Encode((*buffer)[:cap(*buffer)], plain)
		if len(smaller) <= len(plain)-len(plain)/8 {
			flags, packed = flagCompressed, smaller
		}
	}
	b = slices.Grow(b, 2+len(packed))
	return append(append(b, codecVersion, flags), packed...)
}

type writer struct {
	b     []byte
	infos []*event.StageInfo // written so far
}

func (w *writer) uint(v uint64)    { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)      { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) text(s string)    { w.uint(uint64(len(s))); w.b = append(w.b, s...) }
func (w *writer) bytes(p []byte)   { w.uint(uint64(len(p))); w.b = append(w.b, p...) }
func (w *writer) time(t time.Time) { w.int(unixNano(t)) }

func (w *writer) flag(v bool) {
	if v {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

// unixNano stores the zero time as the epoch.
func unixNano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromUnixNano(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

func (w *writer) payload(v any) {
	switch p := v.(type) {
	case *event.Request:
		w.b = append(w.b, tagRequest)
		w.request(p)
	case *event.Data:
		w.b = append(w.b, tagData)
		w.data(p)
	case *event.Response:
		w.b = append(w.b, tagResponse)
		w.response(p)
	case *event.Ending:
		w.b = append(w.b, tagEnding, byte(p.Outcome))
		w.text(p.Reason)
		w.sum(p.RequestBody)
		w.sum(p.ResponseBody)
		w.flag(p.Closed)
		w.bytes(p.WireHead)
	case *event.Raised:
		if p.Handled {
			w.b = append(w.b, tagHandled)
			w.flag(p.Minor)
		} else {
			w.b = append(w.b, tagRaised)
		}
		w.raised(p, 0)
	case *event.Text:
		w.b = append(w.b, tagText)
		w.text(p.Stream)
		w.text(p.Text)
	case *event.Finding:
		if p.Header != "" {
			w.b = append(w.b, tagOfHeader)
			w.text(p.Header)
		} else {
			w.b = append(w.b, tagFinding)
		}
		w.text(p.Rule)
		w.text(p.Message)
		w.text(p.PEP)
	case *event.Build:
		w.b = append(w.b, tagBuild)
		w.build(p)
	case *event.DroppedCount:
		w.b = append(w.b, tagDropped)
		w.int(int64(p.Events))
	default:
		if !w.stagePayload(v) {
			w.b = append(w.b, tagNone)
		}
	}
}

func (w *writer) data(p *event.Data) {
	w.bytes(p.Bytes)
	w.int(int64(p.Size))
	w.int(int64(p.Merged))
}

func (w *writer) response(p *event.Response) {
	w.text(p.Status)
	w.headers(p.Headers)
	w.flag(p.ExcInfo)
	w.flag(p.Server)
	w.int(int64(p.Entered))
}

func (w *writer) headers(headers []event.Header) {
	w.uint(uint64(len(headers)))
	for _, h := range headers {
		w.text(h.Name)
		w.text(h.Value)
	}
}

func (w *writer) request(p *event.Request) {
	w.time(p.Started)
	w.int(int64(p.Build))
	w.uint(p.Origin)
	w.text(p.Remote)
	w.flag(p.TLS)
	w.bytes(p.Head)
	w.uint(uint64(len(p.Withheld)))
	for _, h := range p.Withheld {
		w.text(h.Name)
		w.text(h.Reason)
	}
	w.bytes(p.Environ)
	w.texts(p.Objects)
	w.text(p.Refused)
	w.info(p.App)
}

func (w *writer) sum(p *event.BodySum) {
	w.flag(p != nil)
	if p != nil {
		w.int(p.Size)
		w.b = append(w.b, p.SHA256[:]...)
	}
}

func (w *writer) build(p *event.Build) {
	w.int(int64(p.ID))
	w.text(p.Why)
	w.time(p.Started)
	w.int(int64(p.Took))
	w.text(p.App)
	w.flag(p.Failed != nil)
	if p.Failed != nil {
		w.raised(p.Failed, 0)
	}
	w.flag(p.Reused)
	w.text(p.Language)
}

// raised writes an exception and its causes, down to maxCauses.
func (w *writer) raised(p *event.Raised, depth int) {
	w.b = append(w.b, byte(p.Where))
	w.text(p.Type)
	w.text(p.Message)
	w.frames(p.Frames)
	w.flag(p.Explicit)
	w.text(p.Text)
	more := p.Cause != nil && depth+1 < maxCauses
	w.flag(more)
	if more {
		w.raised(p.Cause, depth+1)
	}
}

func (w *writer) frames(frames []event.Frame) {
	w.uint(uint64(len(frames)))
	for _, f := range frames {
		w.text(f.File)
		w.int(int64(f.Line))
		w.text(f.Function)
		w.text(f.Source)
		w.uint(uint64(len(f.Context)))
		for _, line := range f.Context {
			w.text(line)
		}
		w.int(int64(f.ContextFrom))
	}
}

// errCodec is wrapped by every error of decodeEvents.
var errCodec = fmt.Errorf("%w: an exchange that cannot be read", ErrCorrupt)

// decodeEvents unpacks what encodeEvents packed. The events' bytes may lie in blob.
func decodeEvents(id uint64, blob []byte) ([]event.Event, error) {
	if len(blob) < 2 {
		return nil, fmt.Errorf("%w: %d bytes", errCodec, len(blob))
	}
	if blob[0] == 0 || blob[0] > codecVersion {
		return nil, fmt.Errorf("%w: format %d of events, and this snifter reads up to %d", ErrNewer, blob[0], codecVersion)
	}
	if blob[1]&^flagCompressed != 0 {
		return nil, fmt.Errorf("%w: unknown flags %#x", errCodec, blob[1])
	}
	plain := blob[2:]
	if blob[1]&flagCompressed != 0 {
		n, err := s2.DecodedLen(plain)
		if err != nil || n > maxBlob {
			return nil, fmt.Errorf("%w: compressed to no good", errCodec)
		}
		// S2 cannot shrink below about 1:32 K; a size that is claimed beyond that is not believed.
		if n > 64<<10*(len(plain)+1) {
			return nil, fmt.Errorf("%w: %d bytes said to unpack to %d", errCodec, len(plain), n)
		}
		if plain, err = s2.Decode(nil, plain); err != nil {
			return nil, fmt.Errorf("%w: %w", errCodec, err)
		}
	}
	r := reader{p: plain, version: blob[0]}
	events := r.events(id)
	if r.failed != "" {
		return nil, fmt.Errorf("%w: %s at byte %d of %d", errCodec, r.failed, r.at, len(r.p))
	}
	if r.at != len(r.p) {
		return nil, fmt.Errorf("%w: %d bytes too many", errCodec, len(r.p)-r.at)
	}
	return events, nil
}

// reader reads what writer writes. After its first failure it gives zeros.
type reader struct {
	p       []byte
	version byte
	at      int
	failed  string
	infos   []*event.StageInfo // read so far
}

func (r *reader) fail(what string) {
	if r.failed == "" {
		r.failed = what
	}
}

func (r *reader) byte() byte {
	if r.failed != "" || r.at >= len(r.p) {
		r.fail("cut short")
		return 0
	}
	r.at++
	return r.p[r.at-1]
}

func (r *reader) flag() bool {
	v := r.byte()
	if v > 1 {
		r.fail("a flag that is none")
	}
	return v == 1
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.p[r.at:])
	if n <= 0 {
		r.fail("a number cut short")
		return 0
	}
	r.at += n
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.p[r.at:])
	if n <= 0 {
		r.fail("a number cut short")
		return 0
	}
	r.at += n
	return v
}

// small reads a number that is an int in events.
func (r *reader) small() int {
	v := r.int()
	if v < math.MinInt || v > math.MaxInt {
		r.fail("a number out of range")
		return 0
	}
	return int(v)
}

func (r *reader) stage() uint16 {
	v := r.uint()
	if v > math.MaxUint16 {
		r.fail("a number out of range")
	}
	return uint16(v)
}

func (r *reader) uint32() uint32 {
	v := r.uint()
	if v > math.MaxUint32 {
		r.fail("a number out of range")
	}
	return uint32(v)
}

// size reads the length of something that takes at least unit bytes an element.
func (r *reader) size(unit int) int {
	v := r.uint()
	if v > uint64(len(r.p)-r.at)/uint64(unit) {
		r.fail("a size larger than what follows")
		return 0
	}
	return int(v)
}

// bytes shares memory with what is read.
func (r *reader) bytes() []byte {
	n := r.size(1)
	if r.failed != "" || n == 0 {
		return nil
	}
	r.at += n
	return r.p[r.at-n : r.at : r.at]
}

func (r *reader) text() string { return string(r.bytes()) }
