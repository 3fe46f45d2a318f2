package wsgi

import (
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
)

// handlerKey is the key under which a request's context has the call of its handler.
type handlerKey struct{}

// handlerCall is a call of a handler by FromHTTP.
type handlerCall struct {
	environ Environ
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
	// handed is the request as it was handed on, and as what of the environ; seen are the fields that the middleware had set.
	handed *http.Request
	as     [len(ofRequest)]any
	seen   http.Header
	within changes
}

// changes are what the handler within makes of the fields that the middleware had set, beyond those that it gives.
type changes struct {
	found string          // the Content-Type that was found for what it gives, and that nobody has named
	added map[string]bool // what it gives are further values
	gone  []string        // it has removed or replaced them
}

// ofRequest are the keys that say what can be read of a request.
var ofRequest = [...]string{"wsgi.input", "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "CONTENT_TYPE", "QUERY_STRING"}

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
	c.handed, c.seen = r, set.Clone()
	for i, key := range ofRequest {
		c.as[i] = environ[key]
	}
	return environ
}

// lend gives a request, that was made of an environ, what the middleware around has read of it already, and no environ tells:
// the form that it has parsed. It returns the request that the middleware has handed on, if that is still the same one, and
// the fields that it had set.
func (c *handlerCall) lend(r *http.Request, e Environ) (of *http.Request, set http.Header) {
	if c == nil {
		return nil, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.handed == nil {
		return nil, nil
	}
	for i, key := range ofRequest {
		if !sameValue(c.as[i], e[key]) {
			return nil, c.seen
		}
	}
	r.Form, r.PostForm, r.MultipartForm = c.handed.Form, c.handed.PostForm, c.handed.MultipartForm
	r.ContentLength, r.TransferEncoding = c.handed.ContentLength, c.handed.TransferEncoding
	r.Body = http.NoBody
	if c.handed.Body != nil && c.handed.Body != http.NoBody {
		r.Body = environBody{e.Input()}
	}
	return c.handed, c.seen
}

// giveBack tells the middleware around what the handler within has found out of the request, which net/http has both see.
func giveBack(to, r *http.Request) {
	to.Form, to.PostForm, to.MultipartForm, to.Pattern = r.Form, r.PostForm, r.MultipartForm, r.Pattern
}

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
