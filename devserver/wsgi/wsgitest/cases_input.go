package wsgitest

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

const pepInput = "PEP 3333, Input and Error Streams: "

// chunked is a request whose body is these chunks.
func chunked(app string, chunks ...string) Send {
	s := request("POST", app, "", "Transfer-Encoding: chunked")
	for _, c := range chunks {
		s += chunk(c)
	}
	return s + "0\r\n\r\n"
}

func chunk(p string) Send { return Send(fmt.Sprintf("%x\r\n%s\r\n", len(p), p)) }

// half splits a text for a body that comes in two.
func half(s Send) (Send, Send) { return s[:len(s)/2], s[len(s)/2:] }

func inputCases() []Case {
	const lines = "0123456\nab\n\nlong line\nx\ny\nlast"
	const ways = `[["012"], ["3456\n"], ["ab"], ["\n"], ["\n"], ["long line\n"], ["x\n", "y\n", "last"], ["", ""]]`
	headFirst, bodyLater := half(post("read_ways", lines))
	large := strings.Repeat("0123456789abcdef", 1<<18)
	sum := fmt.Sprintf("%d %x", len(large), sha256.Sum256([]byte(large)))
	return []Case{
		{
			Name: "every way of reading", Quick: true,
			Rule:  pepInput + "read, readline, readlines and iteration end with the body, and give no more than was asked",
			Steps: []Step{post("read_ways", lines), JSON(ways), chunked("read_ways", lines), JSON(ways)},
			Records: []Record{
				{Body: lines}, {Body: lines},
			},
			NotValidated: "wsgiref.validate has no iteration over wsgi.input by next()",
		},
		{
			Name: "every way of reading, as the body comes",
			Rule: pepInput + "a line may come in pieces",
			Steps: []Step{
				headFirst, bodyLater, JSON(ways),
				request("POST", "read_ways", "", "Transfer-Encoding: chunked") + chunk("0") + chunk("123456\na"),
				chunk("b\n\nlong ") + chunk("line\nx\ny"),
				chunk("\nlast") + "0\r\n\r\n", JSON(ways),
			},
			NotValidated: "wsgiref.validate has no iteration over wsgi.input by next()",
		},
		{
			Name: "every form of call",
			Rule: pepInput + "a size is optional, and None or a negative one is none",
			Steps: []Step{
				post("read_plain", "body of it"), Want{Body: "bo||dy of it||"},
				get("read_plain"), Want{Body: "||||"},
			},
			NotValidated: "wsgiref.validate lets nobody call read without a size",
		},
		{
			Name: "reading ends with the body", Quick: true,
			Rule: pepInput + "the end of the body is the end of the stream, also on a connection that goes on",
			Steps: []Step{
				post("read_all", "hello"), Want{Body: "hello|"},
				get("read_all"), Want{Body: "|"},
				post("read_all", ""), Want{Body: "|"},
				chunked("read_all"), Want{Body: "|"},
				chunked("read_all", "hel", "lo"), Want{Body: "hello|"},
			},
		},
		{
			Name: "never more than the body",
			Rule: pepInput + "what comes behind the body is the next request",
			Steps: []Step{
				post("read_all", "hello") + post("read_steps", "0123456789") + chunked("read_steps", "01234", "567") + get("hello"),
				Want{Body: "hello|"}, Want{Body: "0123/4567/89"}, Want{Body: "0123/4567"}, Want{Body: "hello"},
			},
			Records: []Record{{Body: "hello"}, {Body: "0123456789"}, {Body: "01234567"}, {}},
		},
		{
			Name: "called when the head has come", Quick: true,
			Rule: "RFC 9112, 6: a body streams; the application need not wait for its end",
			Steps: []Step{
				request("POST", "early", "", "Content-Length: 10"),
				Begin{}, Part("called"), Send("hello"), Send("world"), Part("helloworld"), End{},
				request("POST", "early", "", "Transfer-Encoding: chunked"),
				Begin{}, Part("called"), chunk("hello"), chunk("world") + "0\r\n\r\n", Part("helloworld"), End{},
			},
		},
		{
			Name: "what has come can be read",
			Rule: pepInput + "read(n) returns when n bytes are there, and waits for no more",
			Steps: []Step{
				request("POST", "echo_parts", "hello", "Content-Length: 10"),
				Begin{}, Part("hello"), Send("world"), Part("world"), End{},
				request("POST", "echo_parts", "", "Transfer-Encoding: chunked"), chunk("hel"), chunk("lo"),
				Begin{}, Part("hello"), chunk("world") + "0\r\n\r\n", Part("world"), End{},
			},
			Records: []Record{{Body: "helloworld"}, {Body: "helloworld"}},
		},
		{
			Name: "a large body arrives whole",
			Rule: "RFC 9112, 6: whatever its size and its framing",
			Steps: []Step{
				post("digest", large), Want{Body: sum},
				chunked("digest", large[:100], large[100:1<<20], large[1<<20:]), Want{Body: sum},
			},
		},
		{
			Name: "a body does not sit in memory", Quick: true,
			Rule: "RFC 9112, 6: what the application does not read, the server does not take",
			Steps: []Step{
				request("POST", "digest_later", "", "Content-Length: 33554432"), &Flood{Size: 32 << 20, AtMost: 1 << 20},
				Side{get("open_gate"), Want{Body: "open"}}, Want{Body: flooded(32 << 20)},
			},
		},
		{
			Name: "a body that waits for its reader",
			Rule: pepInput + "bytes come as they are asked for, at last all of them",
			Steps: []Step{
				post("read_later", large[:1<<17]), Side{get("open_gate"), Want{Body: "open"}}, Want{Body: large[:1<<17] + "|"},
			},
			Records: []Record{{Body: large[:1<<17]}},
		},
		{
			Name: "chunked", Quick: true,
			Rule: "RFC 9112, 7.1: decoded, extensions and trailers dropped; Transfer-Encoding stays in the environ",
			Steps: []Step{
				request("POST", "environ", "5;ext=\"a;b\";c\r\nhello\r\n0005\r\nworld\r\n000\r\nX-Trailer: 1\r\nHost: evil\r\n\r\n",
					"Transfer-Encoding: Chunked"),
				Environ{
					Has:    map[string]any{"HTTP_TRANSFER_ENCODING": "Chunked", "HTTP_HOST": "example"},
					Absent: []string{"CONTENT_LENGTH", "HTTP_X_TRAILER"},
				},
				get("hello"), Want{Body: "hello"},
			},
			Records: []Record{{Body: "helloworld"}, {}},
		},
		{
			Name: "100-continue", Quick: true,
			Rule: "RFC 9110, 10.1.1: 100 Continue goes out at the first read",
			Steps: []Step{
				request("POST", "read_all", "", "Content-Length: 5", "Expect: 100-Continue"),
				Interim("100 Continue"), Send("hello"), Want{Body: "hello|"},
				request("POST", "read_all", "", "Transfer-Encoding: chunked", "Expect: 100-continue"),
				Interim("100 Continue"), chunk("hello") + "0\r\n\r\n", Want{Body: "hello|"},
			},
		},
		{
			Name: "100-continue at the first read, not before",
			Rule: "RFC 9110, 10.1.1: the application decides whether it wants the body",
			Steps: []Step{
				request("POST", "hello", "", "Content-Length: 5", "Expect: 100-continue"),
				Want{Body: "hello", Headers: map[string]string{"Connection": "close"}}, Closed{},
			},
		},
		{
			Name: "100-continue for a body that came",
			Rule: "RFC 9110, 10.1.1: nothing is to be said where the body has come already, or there is none",
			Steps: []Step{
				post("read_all", "hello", "Expect: 100-continue"), Want{Body: "hello|"},
				get("read_all", "Expect: 100-continue"), Want{Body: "|"},
			},
		},
		{
			Name: "100-continue of HTTP/1.0",
			Rule: "RFC 9110, 10.1.1: HTTP/1.0 knows no 100 Continue",
			Steps: []Step{
				line("POST / HTTP/1.0", "read_all", "Content-Length: 5", "Expect: 100-continue"), Send("hello"),
				Want{Body: "hello|"}, Closed{},
			},
		},
		{
			Name: "what is not read is read away",
			Rule: "RFC 9112, 9.3: a server reads the whole body, or closes the connection",
			Steps: []Step{
				post("hello", strings.Repeat("x", 64<<10)), Want{Body: "hello", Absent: []string{"Connection"}},
				chunked("hello", "unread", "unread"), Want{Body: "hello"},
				post("hello", "unread"), Want{Body: "hello"},
				get("hello"), Want{Body: "hello"},
			},
		},
		{
			Name: "too much that is not read", Quick: true,
			Rule: "RFC 9112, 9.3: a server reads the whole body, or closes the connection",
			Steps: []Step{
				request("POST", "hello", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "Content-Length: 1000000"),
				Want{Body: "hello", Headers: map[string]string{"Connection": "close"}}, Closed{},
			},
		},
		{
			Name: "too much that is not read, behind an answer in pieces",
			Rule: "RFC 9112, 9.3: a server reads the whole body, or closes the connection",
			Steps: []Step{
				request("POST", "chunks?one,two", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "Content-Length: 1000000"),
				Want{Chunks: []string{"one", "two"}}, Closed{},
			},
		},
	}
}

// brokenCases are of bodies that do not come whole.
func brokenCases() []Case {
	broken := []string{"request-body-broken"}
	return []Case{
		{
			Name: "a body that ends early", Quick: true,
			Rule: "RFC 9112, 8: a body that ends early is an error for who reads it, never a silent end",
			Steps: []Step{
				request("POST", "broken", "helloand", "Content-Length: 10"), Finish{},
				Want{Body: "hello, then OSError 2 times"}, Closed{},
			},
			Records: []Record{{Lint: broken, Body: "helloand"}},
		},
		{
			Name: "a chunked body that ends early",
			Rule: "RFC 9112, 8: a body without its last chunk is not whole",
			Steps: []Step{
				request("POST", "broken", "", "Transfer-Encoding: chunked") + chunk("helloand"), Finish{},
				Want{Body: "hello, then OSError 2 times"}, Closed{},
			},
			Records: []Record{{Lint: broken, Body: "helloand"}},
		},
		{
			Name: "lines of a body that ends early",
			Rule: "RFC 9112, 8: what ends early is no line",
			Steps: []Step{
				request("POST", "broken_lines", "one\ntwo\nthr", "Content-Length: 20"), Finish{},
				Want{Body: "one\n|two\n|OSError"}, Closed{},
			},
			Records: []Record{{Lint: broken}},
		},
		{
			Name: "a chunk that is malformed", Quick: true,
			Rule: "RFC 9112, 7.1: a malformed chunk is an error for who reads it",
			Steps: []Step{
				request("POST", "echo_parts", "", "Transfer-Encoding: chunked") + chunk("hello"),
				Begin{}, Part("hello"), Send("5 \r\nworld\r\n"), Broken{},
			},
			Records: []Record{{
				Aborted: "after the response had begun", Lint: broken, Body: "hello",
				Raised: &Raised{"iterate", "OSError", "*fmt.wrapError"},
			}},
		},
		{
			Name: "a broken body that the application does not expect",
			Rule: "RFC 9112, 8: an error that the application lets through is its failure",
			Steps: []Step{
				request("POST", "broken_unheard", "hel", "Content-Length: 5"), Finish{},
				Want{Status: "500 Internal Server Error", Contains: []string{"the request's body"}, Headers: map[string]string{"Connection": "close"}},
				Closed{},
			},
			Records: []Record{{Lint: broken, Raised: &Raised{"call", "OSError", "*fmt.wrapError"}}},
		},
		{
			Name: "a client that goes while its body is read",
			Rule: "RFC 9112, 8: reading fails, and the request ends",
			Steps: []Step{
				request("POST", "early", "", "Content-Length: 10"), Begin{}, Part("called"), Leave{},
			},
			Records: []Record{{Gone: true, Lint: broken, RaisedOrNot: true}},
		},
	}
}

// errorsCases are of wsgi.errors and of what is printed.
func errorsCases() []Case {
	return []Case{
		{
			Name: "wsgi.errors", Quick: true,
			Rule:    pepInput + "a stream of text, with write, writelines and flush; it is recorded with its exchange",
			Steps:   []Step{get("errors"), Want{Body: "noted"}, get("hello"), Want{Body: "hello"}},
			Records: []Record{{Errors: "half a line\none\ntwo\ncaf\u00e9 \u20ac\n"}, {}},
		},
		{
			Name:    "wsgi.errors of many threads",
			Rule:    pepInput + "lines stay whole",
			Steps:   []Step{get("errors_threads"), Want{Body: "noted"}},
			Records: []Record{{ErrorLines: threadLines()}},
		},
		{
			Name:    "wsgi.errors takes text alone",
			Rule:    pepInput + "it is a text stream",
			Steps:   []Step{get("errors_bytes"), Want{Status: internal, Contains: []string{"TypeError", "bytes"}}},
			Records: []Record{{Lint: []string{"errors-not-text"}, Raised: &Raised{Where: "call", Python: "TypeError"}}},
			Breach:  true, PythonOnly: "a stream is a stream of bytes in Go, and a string is bytes",
		},
		{
			Name:       "what is printed",
			Rule:       "DESIGN: stdout and stderr of the worker, by exchange where it can be known",
			Steps:      []Step{get("prints"), Want{Body: "printed"}},
			Records:    []Record{{Output: []string{"stdout: to stdout\n", "stderr: to stderr\n"}}},
			PythonOnly: "Go has one stdout for all goroutines",
		},
	}
}

// threadLines are what the fixture errors_threads writes.
func threadLines() []string {
	var lines []string
	for _, thread := range "abcd" {
		for n := range 50 {
			lines = append(lines, fmt.Sprintf("line %d of %c\n", n, thread))
		}
	}
	return lines
}

// flooded is the digest of what Flood sends.
func flooded(size int) string {
	return fmt.Sprintf("%d %x", size, sha256.Sum256(make([]byte, size)))
}
