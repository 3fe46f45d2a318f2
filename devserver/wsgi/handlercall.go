package wsgi

import (
	"context"
	"maps"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
)

// handlerKey is the key under which a request's context has the call of its handler.
type handlerKey struct{}

// handlerCall is a call of a handler by FromHTTP.
type handlerCall struct {
	environ Environ
	// failures are those of the request, nil where nobody asks for them.
	failures *failures
	// What net/http has one ResponseWriter for is known to a middleware's call by what the call within it sets here, that
	// of the handler which it wraps.
	// whole: the next block is its last one, and was not flushed. So this one may find the length of what becomes of it, if
	// nobody between them gives more.
	whole atomic.Bool
	// silent: it has returned, and had neither a status nor a block to give. So the middleware may still give them.
	silent atomic.Bool

	// keeps: the handler may call an application, in a goroutine too that goes on when the handler has returned and the
	// environ is that of the stages around again.
	keeps bool
	mu    sync.Mutex
	over  bool    // the handler has returned
	begun bool    // it has called the application
	kept  Environ // as it was when the handler returned that had not called it by then
	// handed is the request as it was handed on, and as which environ; seen are the fields that the middleware had set.
	handed *http.Request
	as     Environ
	seen   http.Header
	within changes
}

// changes are what the handler within makes of the fields that the middleware had set, beyond those that it gives.
type changes struct {
	found   string          // the Content-Type that was found for what it gives, and that nobody has named
	implied bool            // it has called no WriteHeader
	added   map[string]bool // what it gives are further values
	gone    []string        // it has removed or replaced them
	// It has panicked, and either had a status by then, or these are all fields as it has left them.
	headed bool
	left   http.Header
}

// ofForm are the keys that say what a form is read of.
var ofForm = [...]string{"wsgi.input", "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "CONTENT_TYPE", "QUERY_STRING"}

// handOn gives the environ of a request that the handler makes of the application within it, when it has set these fields.
func (c *handlerCall) handOn(r *http.Request, set http.Header) Environ {
	if c == nil {
		return passedOn(r, nil)
	}
	c.whole.Store(false)
	c.silent.Store(false)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun, c.within = true, changes{}
	environ := c.environ
	if c.over {
		environ = maps.Clone(c.kept)
	}
	environ = passedOn(r, environ)
	c.handed, c.as, c.seen = r, maps.Clone(environ), set.Clone()
	return environ
}

// request makes a request of an environ. Where that is just what the middleware has handed on, so is the request, of which an
// environ does not tell all. Otherwise it has at least the form that the middleware has parsed, if it may still be had of the
// body. It returns the request to be told of what becomes of it, too, and the fields that the middleware had set.
func (c *handlerCall) request(ctx context.Context, e Environ) (r, of *http.Request, set http.Header) {
	if c == nil {
		return requestOf(ctx, e), nil, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.handed
	if h != nil && sameRequest(c.as, e) {
		r = h.WithContext(ctx)
	} else {
		r = requestOf(ctx, e)
		for _, key := range ofForm {
			if h == nil || !sameValue(c.as[key], e[key]) {
				return r, nil, c.seen
			}
		}
		r.Form, r.PostForm, r.MultipartForm = h.Form, h.PostForm, h.MultipartForm
		r.ContentLength, r.TransferEncoding = h.ContentLength, h.TransferEncoding
	}
	r.Body = http.NoBody
	if h.Body != nil && h.Body != http.NoBody {
		r.Body = environBody{e.Input()}
	}
	return r, h, c.seen
}

// sameRequest says whether two environs are of one request, and nothing was changed.
func sameRequest(a, b Environ) bool {
	if len(a) != len(b) {
		return false
	}
	for key, value := range a {
		if other, has := b[key]; !has || key != ContextKey && !sameValue(value, other) {
			return false
		}
	}
	return true
}

// giveBack tells the middleware around what the handler within has found out of the request, which net/http has both see. No
// more of the request is written to: the middleware may have somebody read it meanwhile.
func giveBack(to, r *http.Request) {
	if to.Form == nil && r.Form != nil {
		to.Form = r.Form
	}
	if to.PostForm == nil && r.PostForm != nil {
		to.PostForm = r.PostForm
	}
	if to.MultipartForm == nil && r.MultipartForm != nil {
		to.MultipartForm = r.MultipartForm
	}
	if to.Pattern == r.Pattern {
		return
	}
	to.Pattern = r.Pattern
	for _, m := range wildcard.FindAllStringSubmatch(r.Pattern, -1) {
		to.SetPathValue(m[1], r.PathValue(m[1]))
	}
}

// wildcard is one in a pattern of http.ServeMux, but for {$}.
var wildcard = regexp.MustCompile(`\{([^{}.$]+)(?:\.\.\.)?\}`)

// end notes that the handler has returned, before those around it know.
func (c *handlerCall) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keeps && !c.begun && !c.over {
		c.kept = maps.Clone(c.environ)
	}
	c.over = true
}

// tell notes what the handler within makes of the fields.
func (c *handlerCall) tell(within changes) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within = within
}

// told returns that.
func (c *handlerCall) told() changes {
	if c == nil {
		return changes{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.within
}

// carried makes a failure of what the handler has panicked with: that of the application within, if it is that still.
func (c *handlerCall) carried(v any, frames []frame) *carried {
	if failure := c.failures.of(v); failure != nil {
		return failure
	}
	return &carried{value: v, frames: c.failures.stack(v, frames)}
}
