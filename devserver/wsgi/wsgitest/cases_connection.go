package wsgitest

import (
	"strings"
)

func connectionCases() []Case {
	next, hello := again()
	closing := map[string]string{"Connection": "close"}
	return []Case{
		{
			Name: "keep-alive", Quick: true,
			Rule: "RFC 9112, 9.3: a connection persists by default",
			Steps: []Step{
				next, hello, next, Want{Body: "hello", Absent: []string{"Connection"}}, get("hello", "Connection: close"),
				Want{Body: "hello", Headers: closing}, Closed{},
			},
		},
		{
			Name: "Connection is a list",
			Rule: "RFC 9110, 7.6.1: its options are compared without regard to case",
			Steps: []Step{
				get("hello", "Connection: x, keep-alive"), hello, get("hello", "Connection: foo ,, CLOSE"),
				Want{Body: "hello", Headers: closing}, Closed{},
			},
		},
		{
			Name: "pipelining", Quick: true,
			Rule: "RFC 9112, 9.3.2: answers come in the order of their requests",
			Steps: []Step{
				get("listed?1") + post("read_all", "body") + get("chunks?2,3") + request("HEAD", "hello", "") + chunked("read_all", "x") +
					get("listed?4", "Connection: close") + get("hello"),
				Want{Body: "1"}, Want{Body: "body|"}, Want{Chunks: []string{"2", "3"}}, Want{Framing: Bodiless}, Want{Body: "x|"},
				Want{Body: "4"}, Closed{},
			},
		},
		{
			Name: "behind a request that is slow",
			Rule: "RFC 9112, 9.3.2: the next answer waits for the one before",
			Steps: []Step{
				get("gated") + get("listed?later"), Begin{}, Part("first"),
				Side{get("open_gate"), Want{Body: "open"}}, Part("second"), End{}, Want{Body: "later"},
			},
		},
		{
			Name: "HTTP/1.0", Quick: true,
			Rule: "RFC 9112, 9.3: HTTP/1.0 closes, unless it asks",
			Steps: []Step{
				line("GET / HTTP/1.0", "listed"), Want{Headers: closing}, Closed{},
			},
		},
		{
			Name: "HTTP/1.0 with keep-alive",
			Rule: "RFC 9112, 9.3: HTTP/1.0 closes, unless it asks; it needs no Host",
			Steps: []Step{
				line("GET / HTTP/1.0", "environ", "Connection: keep-alive"),
				Environ{Has: map[string]any{"SERVER_PROTOCOL": "HTTP/1.0"}, Absent: []string{"HTTP_HOST"}},
				line("GET /?x HTTP/1.0", "listed", "Connection: Keep-Alive"),
				Want{Body: "x", Headers: map[string]string{"Connection": "keep-alive"}}, next, hello,
			},
			NotValidated: "with a validator the length is not inferred, and the connection closes",
		},
		{
			Name: "HTTP/1.2",
			Rule: "RFC 9110, 2.5: a higher minor version is served as the highest that is known, and never echoed",
			Steps: []Step{
				line("GET / HTTP/1.2", "environ", "Host: x"), Environ{Has: map[string]any{"SERVER_PROTOCOL": "HTTP/1.1"}},
				line("GET /?a,b HTTP/1.9", "chunks", "Host: x"), Want{Chunks: []string{"a", "b"}}, next, hello,
			},
		},
		{
			Name:  "an empty Host",
			Rule:  "RFC 9112, 3.2: Host is empty where the target has no authority",
			Steps: []Step{line("GET / HTTP/1.1", "environ", "Host:"), Environ{Has: map[string]any{"HTTP_HOST": ""}}},
		},
		{
			Name:  "an empty line before the request",
			Rule:  "RFC 9112, 2.2: an empty line before a request line is ignored",
			Steps: []Step{"\r\n" + next, hello, "\r\n\r\n" + next, hello},
		},
		{
			Name: "a head in pieces", Quick: true,
			Rule:  "RFC 9112, 2.2: a head may come as slowly as it likes, within its time",
			Steps: []Step{Send("GET / HT"), Send("TP/1.1\r"), Send("\nHost: x\r\nX-App: env"), Send("iron\r\n\r"), Send("\n"), Environ{}},
		},
		{
			Name: "Upgrade",
			Rule: "RFC 9110, 7.8: a server may ignore Upgrade; the application sees it and answers as ever",
			Steps: []Step{
				get("environ", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x"),
				Environ{Has: map[string]any{
					"HTTP_CONNECTION": "Upgrade", "HTTP_UPGRADE": "websocket", "HTTP_SEC_WEBSOCKET_KEY": "x",
				}},
				get("environ", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
				Environ{Has: map[string]any{"HTTP_UPGRADE": "h2c"}}, next, hello,
			},
		},
		{
			Name:    "TLS on a plain port",
			Rule:    "DESIGN: a clear line in the log",
			Steps:   []Step{Send("\x16\x03\x01\x00\xf1\x01\x00\x00\xed\x03\x03"), Closed{}},
			Records: []Record{{Refused: "TLS", Unanswered: true}},
			Log:     "a TLS handshake came in on a plain HTTP port",
		},
	}
}

// refusedCases are of requests that the server refuses: answered, recorded with the reason, and never a call.
func refusedCases() []Case {
	with := func(fields ...string) Send { return get("hello", fields...) }
	raw := func(head string) Send { return Send(strings.ReplaceAll(head, "\n", "\r\n")) }
	var cases []Case
	refused := func(name, rule, status, reason string, s Send) {
		cases = append(cases, Case{
			Name: "refused/" + name, Rule: rule,
			// What comes behind is never a request: one on the wire is not two.
			Steps: []Step{
				s + get("listed?smuggled"),
				Want{Status: status, Framing: Length, Contains: []string{reason}, Headers: map[string]string{"Connection": "close"}},
				Closed{},
			},
			Records: []Record{{Refused: reason}},
		})
	}
	bad := "400 Bad Request"
	for _, r := range []struct {
		name, rule, reason string
		send               Send
	}{
		{"bare LF", "RFC 9112, 2.2", "LF", "GET / HTTP/1.1\nHost: x\r\n\r\n"},
		{"bare LF in the fields", "RFC 9112, 2.2", "LF", "GET / HTTP/1.1\r\nHost: x\nX-A: 1\r\n\r\n"},
		{"bare LF at the end", "RFC 9112, 2.2", "LF", "GET / HTTP/1.1\r\nHost: x\r\n\n"},
		{"bare CR", "RFC 9112, 2.2", "0x0d", with("X-A: a\rb")},
		{"obs-fold", "RFC 9112, 5.2", "fold", with("X-A: 1\r\n 2")},
		{"a first line that is folded", "RFC 9112, 2.2", "white space", "GET / HTTP/1.1\r\n Host: x\r\n\r\n"},
		{"a space before the colon", "RFC 9112, 5.1", "colon", with("X-A : 1")},
		{"a field without a colon", "RFC 9112, 5", "colon", with("X-A")},
		{"a field without a name", "RFC 9110, 5.1", "without a name", with(": 1")},
		{"a name that is no token", "RFC 9110, 5.1", "0x28", with("X(A: 1")},
		{"NUL in a value", "RFC 9110, 5.5", "0x00", with("X-A: a\x00b")},
		{"a control character in a value", "RFC 9110, 5.5", "0x1b", with("X-A: \x1b[0m")},
		{"DEL in a value", "RFC 9110, 5.5", "0x7f", with("X-A: \x7f")},
		{"a method that is no token", "RFC 9110, 9.1", "method", line("GE(T / HTTP/1.1", "hello", "Host: x")},
		{"a space in the target", "RFC 9112, 3", "target", line("GET /a b HTTP/1.1", "hello", "Host: x")},
		{"two spaces", "RFC 9112, 3", "0x20", line("GET  / HTTP/1.1", "hello", "Host: x")},
		{"a control character in the target", "RFC 9112, 3.2", "0x01", line("GET /\x01 HTTP/1.1", "hello", "Host: x")},
		{"a target that is none", "RFC 9112, 3.2", "target", line("GET foo HTTP/1.1", "hello", "Host: x")},
		{"another scheme", "RFC 9112, 3.2.2", "target", line("GET ftp://x/ HTTP/1.1", "hello", "Host: x")},
		{"an asterisk of GET", "RFC 9112, 3.2.4", "OPTIONS", line("GET * HTTP/1.1", "hello", "Host: x")},
		{"CONNECT of a path", "RFC 9112, 3.2.3", "CONNECT", line("CONNECT / HTTP/1.1", "hello", "Host: x")},
		{"user information", "RFC 9110, 4.2.4", "host", line("GET http://u@x/ HTTP/1.1", "hello", "Host: x")},
		{"HTTP/0.9", "RFC 9112, 2.3", "HTTP/0.9", raw("GET /\n")},
		{"a version in lower case", "RFC 9112, 2.3", "version", line("GET / http/1.1", "hello", "Host: x")},
		{"a version of two digits", "RFC 9112, 2.3", "version", line("GET / HTTP/1.10", "hello", "Host: x")},
		{"no Host", "RFC 9112, 3.2", "Host", line("GET / HTTP/1.1", "hello")},
		{"no Host beside an authority", "RFC 9112, 3.2", "Host", line("GET http://x/ HTTP/1.1", "hello")},
		{"two Hosts", "RFC 9112, 3.2", "Host", with("Host: example")},
		{"a Host that is none", "RFC 9112, 3.2", "Host", line("GET / HTTP/1.1", "hello", "Host: a/b")},
		{"a list of Hosts", "RFC 9112, 3.2", "Host", line("GET / HTTP/1.1", "hello", "Host: a, b")},
		{"a port that is none", "RFC 9112, 3.2", "Host", line("GET / HTTP/1.1", "hello", "Host: a:b")},
		{"two Content-Types", "RFC 9110, 8.3", "Content-Type", post("hello", "x", "Content-Type: a/b", "Content-Type: a/b")},
		{"two lengths", "RFC 9112, 6.3", "lengths", post("hello", "x", "Content-Length: 2")},
		{"a list of lengths", "RFC 9112, 6.3", "Content-Length", with("Content-Length: 1, 1")},
		{"a length with a sign", "RFC 9112, 6.3", "Content-Length", with("Content-Length: +1")},
		{"a negative length", "RFC 9112, 6.3", "Content-Length", with("Content-Length: -1")},
		{"a length in hexadecimal", "RFC 9112, 6.3", "Content-Length", with("Content-Length: 0x1")},
		{"a length with an underscore", "RFC 9112, 6.3", "Content-Length", with("Content-Length: 1_0")},
		{"an empty length", "RFC 9112, 6.3", "Content-Length", with("Content-Length:")},
		{"a length beyond 64 bits", "RFC 9112, 6.3", "Content-Length", with("Content-Length: 99999999999999999999")},
		{"two framings", "RFC 9112, 6.1", "both", with("Transfer-Encoding: chunked", "Content-Length: 1")},
		{"two framings, the length first", "RFC 9112, 6.1", "both", with("Content-Length: 0", "Transfer-Encoding: chunked")},
		{"another coding", "RFC 9112, 6.1", "chunked", with("Transfer-Encoding: gzip")},
		{"a list of codings", "RFC 9112, 6.1", "chunked", with("Transfer-Encoding: gzip, chunked")},
		{"identity", "RFC 9112, 6.1", "chunked", with("Transfer-Encoding: identity")},
		{"chunked twice", "RFC 9112, 6.1", "Transfer-Encoding", with("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")},
		{"chunked twice in a list", "RFC 9112, 6.1", "chunked", with("Transfer-Encoding: chunked, chunked")},
		{"chunked with a vertical tab", "RFC 9112, 6.1", "0x0b", with("Transfer-Encoding: \x0bchunked")},
		{"no coding", "RFC 9112, 6.1", "chunked", with("Transfer-Encoding:")},
		{"chunked in HTTP/1.0", "RFC 9112, 6.1", "HTTP/1.0", line("POST / HTTP/1.0", "hello", "Transfer-Encoding: chunked") + "0\r\n\r\n"},
		{"a chunk's size that is no number", "RFC 9112, 7.1", "chunk", with("Transfer-Encoding: chunked") + "zz\r\n"},
		{"a chunk's size with 0x", "RFC 9112, 7.1", "chunk", with("Transfer-Encoding: chunked") + "0x1\r\nx\r\n0\r\n\r\n"},
		{"a chunk's size with a sign", "RFC 9112, 7.1", "chunk", with("Transfer-Encoding: chunked") + "-1\r\nx\r\n0\r\n\r\n"},
		{"a chunk's size with a space", "RFC 9112, 7.1", "chunk", with("Transfer-Encoding: chunked") + " 1\r\nx\r\n0\r\n\r\n"},
		{"an empty chunk's size", "RFC 9112, 7.1", "chunk", with("Transfer-Encoding: chunked") + "\r\nx\r\n0\r\n\r\n"},
		{"a chunk's size beyond 64 bits", "RFC 9112, 7.1", "chunk", with("Transfer-Encoding: chunked") + "10000000000000000\r\nx"},
		{"a chunk's line with a bare LF", "RFC 9112, 7.1", "chunk", with("Transfer-Encoding: chunked") + "1\nx\r\n0\r\n\r\n"},
		{"a chunk that is longer than it says", "RFC 9112, 7.1", "chunk", with("Transfer-Encoding: chunked") + "1\r\nxy\r\n0\r\n\r\n"},
		{"an extension with a bare LF", "RFC 9112, 7.1.1", "chunk", with("Transfer-Encoding: chunked") + "1;a\nb\r\nx\r\n0\r\n\r\n"},
		{"a trailer that is malformed", "RFC 9112, 7.1.2", "trailer", with("Transfer-Encoding: chunked") + "0\r\nX A: 1\r\n\r\n"},
	} {
		refused(r.name, r.rule+": what is malformed or ambiguous is refused", bad, r.reason, r.send)
	}
	version := "505 HTTP Version Not Supported"
	refused("HTTP/2.0", "RFC 9110, 15.6.6: only the major version 1 is spoken", version, "HTTP/2.0",
		line("GET / HTTP/2.0", "hello", "Host: x"))
	refused("HTTP/2 without having asked", "RFC 9113, 3.3: the preface of HTTP/2 is no request here", version, "HTTP/2",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	refused("another expectation", "RFC 9110, 10.1.1: an expectation that can't be met is 417", "417 Expectation Failed",
		"100-continue", post("hello", "x", "Expect: the-unexpected"))
	return append(cases, Case{
		Name:    "refused/a second request",
		Rule:    "RFC 9112, 9.3.2: the answer before it still goes out",
		Steps:   []Step{get("listed?1") + "GET /\r\n\r\n", Want{Body: "1"}, Want{Status: bad, Contains: []string{"HTTP/0.9"}}, Closed{}},
		Records: []Record{{}, {Refused: "HTTP/0.9"}},
	})
}

// limitCases are of what is too much, or too slow.
func limitCases() []Case {
	next, hello := again()
	long := strings.Repeat("x", 8<<10)
	many := make([]string, 98) // with Host, X-App and X-Key one over the limit
	for i := range many {
		many[i] = "X-A: 1"
	}
	var wide []string
	for range 9 {
		wide = append(wide, "X-A: "+strings.Repeat("y", 8<<10))
	}
	over := func(status, reason string, s Send) Case {
		return Case{
			Steps:   []Step{s, Want{Status: status, Contains: []string{reason}, Headers: map[string]string{"Connection": "close"}}, Closed{}},
			Records: []Record{{Refused: reason}},
		}
	}
	named := func(c Case, name, rule string, setup Setup) Case {
		c.Name, c.Rule, c.Setup = name, rule, setup
		return c
	}
	return []Case{
		named(over("414 Request URI Too Long", "8192", line("GET /"+long+" HTTP/1.1", "hello", "Host: x")),
			"limit/request line", "RFC 9112, 3: a request line over 8 KiB is 414", Plain),
		named(over("431 Request Header Fields Too Large", "65536", get("hello", wide...)),
			"limit/header block", "RFC 6585, 5: a header block over 64 KiB is 431", Plain),
		named(over("431 Request Header Fields Too Large", "100", get("hello", many...)),
			"limit/fields", "RFC 6585, 5: more than 100 fields is 431", Plain),
		named(over("408 Request Timeout", "within", "GET / HTTP/1.1\r\nHost:"),
			"limit/a slow head", "RFC 9110, 15.5.9: a head that does not come in its time is 408", Tight),
		{
			Name: "limit/as much as is allowed",
			Rule: "RFC 9112, 3: what is within the limits is served",
			Steps: []Step{
				line("GET /?"+long[:8192-len("GET /? HTTP/1.1")]+" HTTP/1.1", "hello", "Host: x"), hello,
				get("hello", many[:97]...), hello, get("hello", wide[:7]...), hello,
			},
		},
		{
			Name: "limit/a slow body", Setup: Tight,
			Rule:    "RFC 9112, 8: a body that stalls is one that ends early",
			Steps:   []Step{request("POST", "broken", "helloand", "Content-Length: 10"), Want{Body: "hello, then OSError 2 times"}, Closed{}},
			Records: []Record{{Lint: []string{"request-body-broken"}, Body: "helloand"}},
		},
		{
			Name: "limit/a client that takes nothing", Setup: Tight,
			Rule:    "RFC 9112, 9.5: who takes nothing of an answer for too long is gone",
			Steps:   []Step{get("endless"), Begin{}},
			Records: []Record{{Aborted: "stalled"}},
			After:   closedOnce,
		},
		{
			Name: "limit/a client that has all of the answer", Setup: Tight,
			Rule:    "RFC 9110, 9.3.2: an answer to HEAD is its head; who has it and closes waits for nothing more",
			Steps:   []Step{request("HEAD", "endless_slow", ""), Begin{}, Finish{}, Closed{}},
			Records: []Record{{Aborted: "all of the response"}},
			After:   closedOnce,
		},
		{
			Name:  "limit/a thousand slow connections",
			Rule:  "RFC 9112, 9.5: they do not hold up an honest one",
			Steps: []Step{Crowd{1000, []Step{next, hello, next, hello, post("read_all", "body"), Want{Body: "body|"}}}},
		},
		{
			Name: "limit/an idle connection", Setup: Tight,
			Rule:  "RFC 9112, 9.5: an idle connection is closed, without a word",
			Steps: []Step{next, hello, Closed{}},
		},
		{
			Name: "limit/a connection without a request", Setup: Tight,
			Rule:    "RFC 9112, 9.5: an idle connection is closed, without a word",
			Steps:   []Step{Closed{}},
			Records: []Record{},
		},
	}
}
