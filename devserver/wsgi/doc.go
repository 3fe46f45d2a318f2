// Package wsgi is the Go rendering of PEP 3333, the Python Web Server Gateway Interface: an application is a function
// of an environ and a start_response, and answers with a body that is ranged over.
//
//	func hello(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
//		start("200 OK", wsgi.Headers{{"Content-Type", "text/plain"}}, nil)
//		return wsgi.Bytes([]byte("Hello, world!\n"))
//	}
//
//	func main() {
//		if err := wsgi.Serve(hello); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// Run by hand, that program serves HTTP by itself. Run by snifter, it speaks to snifter (package wire), and every
// request can be looked at, stepped through and replayed. [FromHTTP] makes an application of an [http.Handler], and
// [ToHTTP] the other way round.
//
// # Native strings
//
// PEP 3333 has text of the wire travel in "native strings", in which each code point from U+0000 to U+00FF stands for
// one byte ("A Note On String Types"). The same holds here, so that an environ is the same in both languages: a byte
// 0xE9 of a path is the rune 'é' in PATH_INFO, and the UTF-8 of "é" are two runes. [Decode] gives the bytes of a native
// string back as an ordinary Go string; [Encode] makes a native string of any Go string. Status and headers are native
// strings too.
//
// # What Python raises
//
// Where the PEP lets start_response raise an exception in the application, it panics here, with an error that wraps one
// of this package's sentinels ([ErrStarted], [ErrStatus], ...). A middleware that ends with a defer sees it as it would
// see any other panic. A panic while the application is called or its body ranged over is what an exception is in
// Python: a 500 where nothing was sent yet, a broken connection otherwise, and never the end of the process. An
// application that would rather return its error yields it: see [Fail].
//
// # Breaking off
//
// Python calls close() on what the application returned, always and once. Here the body is ranged over, always and
// once; when the range is broken off (yield gives false: the client went, or a middleware had enough), the body cleans
// up and returns. So a deferred call in the body's function has the part of close(). A middleware must range over the body
// that it was given, if only to break off at once.
//
// # Stages
//
// An application and its middlewares that are put together by [NewStack] or [NewHTTPStack] are told apart by snifter: what
// each did to the environ, the status, the headers and the body, how long it took, what it raised, and where it broke the
// PEP. A request can be stopped at each boundary between them. Middlewares of net/http can stand among the others: see
// [FromHTTPMiddleware].
//
// A stage is named by its function or method, a function literal by the function that it stands in, or the variable of the
// package that it is, and a handler by its type.
// A literal in the very function that puts the stack together is named by what it makes, where that has a name.
//
// At a boundary snifter reads the environ. A stage that lets another goroutine change it, and calls the next stage, gives a
// block or returns meanwhile, has a data race. Otherwise nothing is asked of the application's values but their types, and
// nothing is changed. A program that serves by itself is not looked into.
package wsgi
