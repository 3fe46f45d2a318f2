// Package lint is the table of the rules that applications, middlewares and clients are held to: their names, what each says,
// where it is written, and how bad a breach is.
//
// Whoever finds a breach is elsewhere: the Python worker at each boundary of a stage, package wsgi in a Go worker, package
// devserver at its own boundary. All of them use these names, which programs depend on.
package lint

import "slices"

// Severity says how bad a breach is.
type Severity string

// The severities.
const (
	// Error: PEP 3333 or HTTP forbids it.
	Error Severity = "error"
	// Warning: it is allowed, and yet seldom meant, or discouraged.
	Warning Severity = "warning"
)

// Rule is one of the rules.
type Rule struct {
	Name     string
	Sentence string // what is to be, in one sentence
	PEP      string // where it is written: "PEP 3333: Unicode Issues", or an RFC
	Severity Severity
}

const (
	blocks        = "PEP 3333: Middleware Handling of Block Boundaries"
	contentLength = "PEP 3333: Handling the Content-Length Header"
	contentType   = "RFC 9110: 8.3 Content-Type"
	environ       = "PEP 3333: environ Variables"
	failures      = "PEP 3333: Error Handling"
	files         = "PEP 3333: Optional Platform-Specific File Handling"
	noContent     = "RFC 9110: 6.4.1 Content Semantics"
	otherHTTP     = "PEP 3333: Other HTTP Features"
	specification = "PEP 3333: Specification Details"
	startResponse = "PEP 3333: The start_response() Callable"
	streaming     = "PEP 3333: Buffering and Streaming"
	streams       = "PEP 3333: Input and Error Streams"
	unicode       = "PEP 3333: Unicode Issues"
	write         = "PEP 3333: The write() Callable"
)

// rules are in the order in which a request meets them.
var rules = []Rule{
	{"environ-not-dict", "The environ that a middleware passes on is a plain dict.", environ, Error},
	{"environ-missing", "A middleware removes no key that has to be in the environ.", environ, Error},
	{"environ-not-text", "CGI variables are native strings, of characters up to U+00FF.", unicode, Error},
	{"environ-subclass", "CGI variables are plain str, and no subclass of it.", unicode, Warning},
	{"environ-content-key", "The environ has CONTENT_TYPE and CONTENT_LENGTH without HTTP_ before them.", environ, Error},
	{"environ-version", "wsgi.version is a tuple, (1, 0).", environ, Error},
	{"environ-flag", "wsgi.multithread, wsgi.multiprocess and wsgi.run_once are true or false.", environ, Error},
	{"environ-url-scheme", "wsgi.url_scheme is http or https.", environ, Error},
	{"environ-input", "wsgi.input has read, readline, readlines and __iter__.", streams, Error},
	{"environ-errors", "wsgi.errors has flush, write and writelines.", streams, Error},
	{"environ-method", "REQUEST_METHOD is a method that is known.", environ, Warning},
	{"environ-script-name", "SCRIPT_NAME is empty, or starts with a slash and is more than that.", environ, Error},
	{"environ-path-info", "PATH_INFO is empty or starts with a slash, and is there where SCRIPT_NAME is empty.", environ, Error},
	{"environ-content-length", "CONTENT_LENGTH is empty or a number.", environ, Error},
	{"environ-query-string", "QUERY_STRING stays in the environ, if only as an empty string.", environ, Warning},
	{"input-method", "Of wsgi.input only read, readline, readlines and iteration are used; it is never closed.", streams, Error},
	{"errors-method", "Of wsgi.errors only flush, write and writelines are used; it is never closed.", streams, Error},
	{"errors-not-text", "What is written to wsgi.errors is str.", streams, Error},
	{"errors-subclass", "What is written to wsgi.errors is plain str, and no subclass of it.", unicode, Warning},
	{"request-body-broken", "The request's body is whole and well-formed.", "RFC 9112: 8. Handling Incomplete Messages", Error},

	{"application-keywords", "An application is called with its arguments in their places, and not by name.", specification, Error},
	{"start-response-arguments", "start_response gets a status, headers and, it may be, exc_info.", startResponse, Error},
	{"start-response-keywords", "The arguments of start_response are positional.", startResponse, Error},
	{"start-response-twice", "start_response is called a second time only with exc_info.", startResponse, Error},
	{"start-response-late", "start_response is called before the first block.", specification, Error},
	{"start-response-foreign", "start_response is called within the request that it was given for.", startResponse, Error},
	{"start-response-not-called", "start_response is called before the first block, or the end.", startResponse, Error},
	{"exc-info-invalid", "exc_info is a tuple of three, or None.", startResponse, Error},
	{"exc-info-swallowed", "An exception that start_response raises again is let through.", failures, Error},
	{"status-invalid", "The status is a str of three digits, from 200, a space and a reason, without control characters.",
		startResponse, Error},
	{"status-subclass", "The status is a plain str, and no subclass of it.", startResponse, Warning},
	{"status-no-reason", "The status has a reason after its code, of two characters at least.", startResponse, Warning},
	{"header-invalid", "The headers are a list of tuples of two str: a token, and a value of characters up to U+00FF without " +
		"control characters.", startResponse, Error},
	{"header-subclass", "The headers are a plain list of plain str, and no subclasses.", startResponse, Warning},
	{"header-status", "No header is named Status, as in CGI.", startResponse, Warning},
	{"header-name-odd", "A header's name is letters, digits and hyphens, from a letter, and ends in no hyphen.", startResponse, Warning},
	{"header-value-space", "A header's value neither begins nor ends with a space.", startResponse, Warning},
	{"header-changed-late", "The list of headers stays as it was when start_response took it.", startResponse, Error},
	{"hop-by-hop-header", "Connection, Transfer-Encoding and their like are the server's to send.", otherHTTP, Error},
	{"content-type-missing", "A response has a Content-Type, but for a 204 or 304.", contentType, Warning},
	{"content-type-unexpected", "A 204 or 304, which has no content, has no Content-Type.", contentType, Warning},
	{"response-head", "The status and the headers can be sent.", startResponse, Error},

	{"not-iterable", "The application returns an iterable.", specification, Error},
	{"body-is-string", "The application returns its bytes in a list: a string is iterated a character at a time.", streaming, Error},
	{"block-not-bytes", "Each block is bytes.", unicode, Error},
	{"block-subclass", "Each block is plain bytes, and no subclass of it.", unicode, Warning},
	{"blocks-tiny", "Blocks are more than a byte or two.", streaming, Warning},
	{"blocks-held-back", "A middleware yields a block, if only an empty one, for each that it takes from within.", blocks, Error},
	{"content-length-exceeded", "The body has not more bytes than its Content-Length.", contentLength, Error},
	{"content-length-short", "The body has not fewer bytes than its Content-Length.", contentLength, Error},
	{"body-not-allowed", "A 204 or 304 gives no content.", noContent, Error},
	{"body-after-close", "A body is iterated once, and not after its close().", specification, Error},
	{"yield-after-end", "A body that was told to stop yields nothing more.", specification, Error},
	{"close-not-called", "Whoever iterates a body calls its close(), however the request ends.", specification, Error},
	{"close-twice", "close() of a body is called once.", specification, Warning},
	{"file-wrapper-lost", "What wsgi.file_wrapper made is passed on as it is, so that the server can send the file.", files, Warning},
	{"write-used", "Blocks are yielded; write() is there for old code.", write, Warning},
	{"write-in-body", "write() is not called by the iteration of the body.", write, Error},
}

// Rules are all rules, in the order in which a request meets them.
func Rules() []Rule { return slices.Clone(rules) }

// Find returns the rule of a name.
func Find(name string) (Rule, bool) {
	for _, r := range rules {
		if r.Name == name {
			return r, true
		}
	}
	return Rule{}, false
}
