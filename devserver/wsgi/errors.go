package wsgi

import "errors"

// What an application can do wrong, and what can happen to it. Panics and errors of this package wrap them.
var (
	// ErrStarted: start_response was called a second time without an error.
	ErrStarted = errors.New("start_response was called twice")
	// ErrNotStarted: the body yielded a block, or ended, and start_response was never called.
	ErrNotStarted = errors.New("start_response was not called")
	// ErrStatus: a status that is not three digits, a space and a reason.
	ErrStatus = errors.New("malformed status")
	// ErrHeader: a header's name is no token, or its value holds a control character or one beyond U+00FF.
	ErrHeader = errors.New("malformed header")
	// ErrHopByHop: a header that is the server's to send (RFC 9110, 7.6.1; PEP 3333, "Other HTTP Features").
	ErrHopByHop = errors.New("hop-by-hop header")
	// ErrNoBody: the application returned no body. An empty one is made by Blocks().
	ErrNoBody = errors.New("the application returned no body")
	// ErrYield: a body yielded after it was broken off, after an error, or after it had returned.
	ErrYield = errors.New("yield after the end of the body")
	// ErrShortBody: the body ended before Content-Length was reached.
	ErrShortBody = errors.New("the body is shorter than Content-Length")
	// ErrGone: the client has gone. Reading wsgi.input and writing fail with it.
	ErrGone = errors.New("the client has gone")
	// ErrBroken: the request's body ended early or was malformed. Reading wsgi.input fails with it.
	ErrBroken = errors.New("the request's body is broken")
	// ErrGoexit: the application called runtime.Goexit, or something that does (testing.T.FailNow).
	ErrGoexit = errors.New("the application called runtime.Goexit")
)
