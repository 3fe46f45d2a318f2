package wsgi

import (
	"context"
	"io"
	"strings"

	"github.com/snifter-dev/snifter/devserver/marshal"
)

// Environ holds what PEP 3333 puts into it ("environ Variables"), under the same keys. CGI variables are native
// strings. The wsgi keys are
//
//	wsgi.version           [2]int{1, 0}
//	wsgi.url_scheme        string: "http" or "https"
//	wsgi.input             Input
//	wsgi.errors            Errors
//	wsgi.multithread       bool
//	wsgi.multiprocess      bool
//	wsgi.run_once          bool
//	wsgi.input_terminated  bool: always true here
//	wsgi.file_wrapper      FileWrapper
//	snifter.context        context.Context: ends when the client goes, or the response has ended
type Environ map[string]any

// ContextKey is the key of the request's context.
const ContextKey = "snifter.context"

// Str returns the string under the key, or "".
func (e Environ) Str(key string) string {
	s, _ := e[key].(string)
	return s
}

// Method returns REQUEST_METHOD.
func (e Environ) Method() string { return e.Str("REQUEST_METHOD") }

// Path returns PATH_INFO as an ordinary Go string: its bytes, which are UTF-8 where the client meant it.
func (e Environ) Path() string { return Decode(e.Str("PATH_INFO")) }

// Query returns QUERY_STRING, still percent-encoded.
func (e Environ) Query() string { return e.Str("QUERY_STRING") }

// Header returns the value of a request's header field, or "": Header("User-Agent") is HTTP_USER_AGENT.
func (e Environ) Header(name string) string { return e.Str(headerKey(name)) }

// Input returns wsgi.input. It is empty where the environ has none.
func (e Environ) Input() Input {
	if in, ok := e["wsgi.input"].(Input); ok {
		return in
	}
	return NewInput(strings.NewReader(""))
}

// Errors returns wsgi.errors. What is written goes nowhere where the environ has none.
func (e Environ) Errors() Errors {
	if w, ok := e["wsgi.errors"].(Errors); ok {
		return w
	}
	return NewErrors(io.Discard)
}

// FileWrapper returns wsgi.file_wrapper, or [File] where the environ has none.
func (e Environ) FileWrapper() FileWrapper {
	if f, ok := e["wsgi.file_wrapper"].(FileWrapper); ok {
		return f
	}
	return File
}

// Context returns the request's context.
func (e Environ) Context() context.Context {
	if ctx, ok := e[ContextKey].(context.Context); ok {
		return ctx
	}
	return context.Background()
}

// headerKey is the key of a request's header field, as CGI names it (RFC 3875, 4.1.18).
func headerKey(name string) string {
	b := make([]byte, 0, len("HTTP_")+len(name))
	b = append(b, "HTTP_"...)
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c == '-':
			c = '_'
		case 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		}
		b = append(b, c)
	}
	switch key := string(b); key {
	case "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH":
		return key[len("HTTP_"):]
	default:
		return key
	}
}

// Decode returns the bytes that a native string stands for, as a Go string. A rune that stands for no byte becomes '?'.
func Decode(native string) string {
	if isASCII(native) {
		return native
	}
	p, _ := marshal.Bytes(native)
	return string(p)
}

// Encode makes a native string of a Go string: each of its bytes becomes one rune.
func Encode(s string) string {
	if isASCII(s) {
		return s
	}
	return marshal.Latin1([]byte(s))
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
