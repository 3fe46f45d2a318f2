package wsgi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/snifter-dev/snifter/devserver/event"
)

// writeBuffer is how much a handler writes before it becomes a block; a response that fits is sent with its length.
const writeBuffer = 4 << 10

// responseWriter is the handler's side of FromHTTP. Handlers may write and flush from any goroutine, while a body is
// yielded from one alone: so blocks are handed over to that one, and the writer waits until it has passed them on.
type responseWriter struct {
	method string
	call   *handlerCall
	within *handlerCall  // a middleware's around this one, which may change the body: the length is not to be told
	of     *http.Request // as that has handed it on
	seen   http.Header   // the fields that it has set: net/http has one set of them for all
	blocks chan block
	taken  chan bool

	mu     sync.Mutex
	header http.Header
	code   int // 0 until WriteHeader
	length int64
	count  int64
	buf    []byte
	set    bool // the head was handed over
	gone   bool
	over   bool

	// What start_response is called with, and what the handler has changed besides; written before the head is handed over.
	status  string
	fields  Headers
	untyped bool // no type is to be guessed
	changes changes
}

var (
	_ http.Flusher = (*responseWriter)(nil)
	_ interface {
		FlushError() error
		EnableFullDuplex() error
		WriteString(string) (int, error)
	} = (*responseWriter)(nil)
)

func (w *responseWriter) Header() http.Header { return w.header }

func (w *responseWriter) WriteHeader(code int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeHeader(code)
}

func (w *responseWriter) writeHeader(code int) {
	if code < 100 || code > 999 {
		panic(fmt.Sprintf("wsgi: invalid WriteHeader code %d", code))
	}
	if w.code != 0 || code < 200 {
		return // a second one is superfluous, and an interim response has no place in WSGI
	}
	w.code = code
	// What is changed later changes no more, as in net/http.
	snapshot := w.header.Clone()
	w.length = -1
	if v := snapshot.Get("Content-Length"); v != "" {
		if n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64); err == nil && n >= 0 {
			w.length = n
		} else {
			snapshot.Del("Content-Length")
		}
	}
	w.setFields(snapshot)
	reason := http.StatusText(code)
	if reason == "" {
		reason = "status code " + strconv.Itoa(code)
	}
	w.status = strconv.Itoa(code) + " " + reason
}

// implyHeader is the head of a handler that writes or flushes and has called no WriteHeader.
func (w *responseWriter) implyHeader() {
	if w.code == 0 {
		w.writeHeader(http.StatusOK)
		w.changes.implied = true
	}
}

// setFields lists the fields in the order of their names, without those that are the server's to send, those that net/http
// leaves out since they have no name that can be sent, and those that the middleware around has set.
func (w *responseWriter) setFields(h http.Header) {
	var trailers []string
	for _, v := range h["Trailer"] {
		for name := range strings.SplitSeq(v, ",") {
			trailers = append(trailers, http.CanonicalHeaderKey(strings.TrimSpace(name)))
		}
	}
	for _, name := range trailers {
		delete(h, name)
	}
	values, set := h["Content-Type"]
	w.fields = make(Headers, 0, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if event.IsHopByHop(name) || strings.HasPrefix(name, http.TrailerPrefix) || !isToken(name) {
			continue
		}
		for _, value := range w.fresh(name, h[name]) {
			w.fields = append(w.fields, [2]string{name, Encode(cleaned.Replace(value))})
		}
	}
	w.untyped = set && len(values) == 0 || w.fields.Get("Content-Encoding") != ""
	for name := range w.seen {
		if len(h[name]) == 0 && len(w.seen[name]) > 0 {
			w.changes.gone = append(w.changes.gone, name)
		}
	}
}

// fresh is what the handler has set of a field itself.
func (w *responseWriter) fresh(name string, values []string) []string {
	seen := w.seen[name]
	switch {
	case len(seen) == 0:
	case len(seen) > len(values) || !slices.Equal(seen, values[:len(seen)]):
		w.changes.gone = append(w.changes.gone, name)
	default:
		values = values[len(seen):]
		if w.changes.added == nil {
			w.changes.added = map[string]bool{}
		}
		w.changes.added[name] = true
	}
	return values
}

func (w *responseWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return 0, http.ErrHandlerTimeout
	}
	w.implyHeader()
	if w.code == http.StatusNoContent || w.code == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	if w.gone {
		return 0, ErrGone
	}
	if w.length >= 0 && w.count+int64(len(p)) > w.length && w.method != http.MethodHead {
		return 0, http.ErrContentLength
	}
	w.count += int64(len(p))
	if len(w.buf)+len(p) <= writeBuffer {
		if w.buf == nil {
			w.buf = make([]byte, 0, writeBuffer)
		}
		w.buf = append(w.buf, p...)
		return len(p), nil
	}
	if len(w.buf) > 0 {
		if err := w.give(w.buf); err != nil {
			return 0, err
		}
	}
	w.buf = w.buf[:0]
	if len(p) < writeBuffer {
		w.buf = append(w.buf, p...)
		return len(p), nil
	}
	if err := w.give(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *responseWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func (w *responseWriter) Flush() { _ = w.FlushError() }

// FlushError is what [http.ResponseController] calls.
func (w *responseWriter) FlushError() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return http.ErrHandlerTimeout
	}
	w.implyHeader()
	if w.gone {
		return ErrGone
	}
	err := w.give(w.buf)
	w.buf = w.buf[:0]
	return err
}

// EnableFullDuplex is what [http.ResponseController] calls: here a body can always be read while one is written.
func (w *responseWriter) EnableFullDuplex() error { return nil }

// give hands a block over and waits until it was passed on. w.mu is held.
func (w *responseWriter) give(p []byte) error {
	if len(p) == 0 && w.set {
		return nil
	}
	w.guessType(p)
	w.tellChanges()
	w.blocks <- block{bytes: p, head: !w.set}
	w.set = true
	if !<-w.taken {
		w.gone = true
		return ErrGone
	}
	return nil
}

// guessType is net/http's: of the first bytes, where the handler set none and no encoding hides them.
func (w *responseWriter) guessType(p []byte) {
	if w.set || w.untyped || len(p) == 0 || w.fields.Has("Content-Type") {
		return
	}
	w.changes.found = http.DetectContentType(p)
	w.fields = append(w.fields, [2]string{"Content-Type", w.changes.found})
}

// tellChanges tells the middleware around what becomes of its fields.
func (w *responseWriter) tellChanges() {
	if !w.set && w.within != nil {
		w.within.tell(w.changes)
	}
}

// finish hands over what is left when the handler has returned.
func (w *responseWriter) finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.call.end()
	w.over = true
	if w.code == 0 {
		w.writeHeader(http.StatusOK)
		if w.within != nil {
			w.within.silent.Store(true)
		}
	}
	if w.gone {
		return
	}
	if !w.set {
		w.guessType(w.buf)
		w.tellChanges()
		// The whole body is here, so its length is known; but a HEAD's may have been left out.
		if w.length < 0 && w.within == nil && (w.method != http.MethodHead || len(w.buf) > 0) &&
			w.code != http.StatusNoContent && w.code != http.StatusNotModified {
			w.fields = append(w.fields, [2]string{"Content-Length", strconv.Itoa(len(w.buf))})
		}
	}
	w.blocks <- block{bytes: w.buf, head: !w.set, last: true}
}

// fail hands a panic of the handler over. A middleware around that recovers from it finds, as in net/http, what the handler has
// set and written before; otherwise that is nothing yet.
func (w *responseWriter) fail(failure *carried) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.call.end()
	w.over = true
	b := block{last: true, failed: failure}
	switch {
	case w.within == nil || w.gone:
	case w.code == 0:
		w.within.tell(changes{left: w.header.Clone()})
	default:
		w.guessType(w.buf)
		w.changes.headed = true
		w.within.tell(w.changes)
		b.bytes, b.head = w.buf, !w.set
	}
	w.blocks <- b
}

// cleaned does to a value what net/http does before it writes one, so that a handler that works there works here. A tab
// may stand in a value (RFC 9110, 5.5), but PEP 3333 allows no control character.
var cleaned = strings.NewReplacer("\r", " ", "\n", " ", "\t", " ")
