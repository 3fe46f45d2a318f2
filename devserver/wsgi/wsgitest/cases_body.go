package wsgitest

import "strings"

// again is a request that only a connection in order answers.
func again() (Send, Want) { return get("hello"), Want{Body: "hello"} }

// closedOnce asks whether the body of the case was closed, and once alone.
var closedOnce = []Step{get("closes"), Want{Body: "1"}}

func bodyCases() []Case {
	next, hello := again()
	length := func(n string) map[string]string { return map[string]string{"Content-Length": n} }
	return []Case{
		{
			Name: "each block is a chunk", Quick: true,
			Rule:    pepStream + "a block is sent as it comes; its boundary is that of an HTTP chunk",
			Steps:   []Step{get("chunks?one,,two,three"), Want{Chunks: []string{"one", "two", "three"}}, next, hello},
			Records: []Record{{Chunks: []string{"yield 3", "yield 3", "yield 5"}}, {}},
		},
		{
			Name: "at the application's pace", Quick: true,
			Rule: pepStream + "a server must not delay the transmission of any block",
			Steps: []Step{
				get("gated"), Begin{Framing: Chunked}, Part("first"),
				Side{get("open_gate"), Want{Body: "open"}}, Part("second"), End{}, next, hello,
			},
			Records: []Record{{Chunks: []string{"yield 5", "yield 6"}}, {}},
		},
		{
			Name: "a list of one", Quick: true,
			Rule: pepLength + "the length of the only block is that of the body",
			Steps: []Step{
				get("listed?only"), Want{Body: "only", Framing: Length, Headers: length("4"), Absent: []string{"Transfer-Encoding"}},
				get("nothing"), Want{Framing: Length, Headers: length("0")},
				get("listed?"), Want{Framing: Length, Headers: length("0")},
			},
		},
		{
			Name:       "a tuple of one",
			Rule:       pepLength + "len() of the iterable says that there is one block",
			Steps:      []Step{get("tupled?only"), Want{Body: "only", Framing: Length, Headers: length("4")}},
			PythonOnly: "Go has no tuples",
		},
		{
			Name: "a list of two",
			Rule: pepLength + "the length of more than one block is not known before the last",
			Steps: []Step{
				get("listed?one,two"), Want{Chunks: []string{"one", "two"}, Absent: []string{"Content-Length"}},
				get("chunks?one"), Want{Chunks: []string{"one"}, Absent: []string{"Content-Length"}},
			},
		},
		{
			Name: "Content-Length", Quick: true,
			Rule: pepLength + "what the application gave goes out, and no chunks",
			Steps: []Step{
				get("sized?6,abc,def"), Want{Body: "abcdef", Framing: Length, Headers: length("6")},
				get("header?Content-Length=5&CONTENT-LENGTH=5"), Want{Body: "hello", Framing: Length, Headers: length("5")},
			},
		},
		{
			Name: "HTTP/1.0", Quick: true,
			Rule: "RFC 9112, 6.3: no chunks; the end of the connection ends the body",
			Steps: []Step{
				line("GET /?one,two HTTP/1.0", "chunks", "Connection: keep-alive"),
				Want{Body: "onetwo", Framing: UntilClose, Headers: map[string]string{"Connection": "close"}},
			},
			Records: []Record{{Chunks: []string{"yield 3", "yield 3"}}},
		},
		{
			Name: "HTTP/1.0 with a length",
			Rule: "RFC 9112, 9.3: kept where the client asked for it and the end of the body can be told",
			Steps: []Step{
				line("GET /?3,abc HTTP/1.0", "sized", "Connection: Keep-Alive"),
				Want{Body: "abc", Framing: Length, Headers: map[string]string{"Connection": "keep-alive"}},
				line("GET / HTTP/1.0", "hello"), Want{Body: "hello", Headers: map[string]string{"Connection": "close"}}, Closed{},
			},
		},
		{
			Name: "more than Content-Length", Quick: true, Breach: true,
			Rule: pepLength + "no more than Content-Length is sent",
			Steps: []Step{
				get("sized?3,abcde"), Want{Body: "abc", Framing: Length}, next, hello,
				get("sized?3,ab,cd,ef"), Want{Body: "abc", Framing: Length}, next, hello,
			},
			Records: []Record{
				{Lint: []string{"content-length-exceeded"}}, {},
				{Lint: []string{"content-length-exceeded"}, Chunks: []string{"yield 2", "yield 2", "yield 2"}}, {},
			},
			After: []Step{get("closes"), Want{Body: "2"}},
		},
		{
			Name: "fewer than Content-Length", Quick: true, Breach: true,
			Rule:  pepLength + "the connection is closed, so that the client can tell",
			Steps: []Step{get("sized?9,abc,de"), Want{Body: "abcde", Framing: Length, Broken: true}},
			Records: []Record{{
				Lint: []string{"content-length-short"}, Aborted: "after the response had begun",
			}},
			After: closedOnce,
		},
		{
			Name: "more than Content-Length, written", Breach: true,
			Rule:  pepLength + "no more than Content-Length is sent, however it comes",
			Steps: []Step{get("sized_write?7,hello,world"), Want{Body: "hellowo", Framing: Length}, next, hello},
			Records: []Record{{
				Lint: []string{"write-used", "content-length-exceeded"}, Chunks: []string{"write 5", "yield 5"},
			}, {}},
		},
		{
			Name: "more than a length of nothing", Breach: true,
			Rule:    pepLength + "no more than Content-Length is sent",
			Steps:   []Step{get("sized?0,abc"), Want{Framing: Length, Headers: length("0")}, next, hello},
			Records: []Record{{Lint: []string{"content-length-exceeded"}}, {}},
		},
		{
			Name: "nothing of Content-Length", Breach: true,
			Rule:    pepLength + "the connection is closed, so that the client can tell",
			Steps:   []Step{get("sized?9,"), Want{Framing: Length, Broken: true}},
			Records: []Record{{Lint: []string{"content-length-short"}, Aborted: "after the response had begun"}},
		},
		{
			Name: "HEAD of a body that has not its length", Breach: true,
			Rule: "RFC 9110, 9.3.2: what does not go out has no length to keep to",
			Steps: []Step{
				request("HEAD", "sized?2,abc", ""), Want{Framing: Bodiless, Headers: length("2")}, next, hello,
				request("HEAD", "sized?9,abc", ""), Want{Framing: Bodiless, Headers: length("9")}, next, hello,
				line("HEAD /?one,two HTTP/1.0", "chunks", "Connection: keep-alive"), Want{Framing: Bodiless}, next, hello,
			},
		},
		{
			Name: "HEAD", Quick: true,
			Rule: "RFC 9110, 9.3.2: as GET without the body; the iterable is still run and closed",
			Steps: []Step{
				request("HEAD", "counted?body", ""), Want{Framing: Bodiless}, next, hello,
				request("HEAD", "listed?body", ""), Want{Framing: Bodiless, Headers: length("4")}, next, hello,
				request("HEAD", "chunks?one,two", ""), Want{Framing: Bodiless, Absent: []string{"Content-Length"}}, next, hello,
				request("HEAD", "sized?1000,x", ""), Want{Framing: Bodiless, Headers: length("1000")}, next, hello,
				request("HEAD", "nothing", ""), Want{Framing: Bodiless}, next, hello,
			},
			After: []Step{get("closes"), Want{Body: "2"}},
		},
		{
			Name: "204 and 304", Quick: true, Breach: true,
			Rule: "RFC 9110, 15.3.5 and 15.4.5: no body on the wire, whatever the application gives",
			Steps: []Step{
				get("bodiless?204%20No%20Content"),
				Want{Status: "204 No Content", Framing: Bodiless, Absent: []string{"Content-Length", "Transfer-Encoding"}}, next, hello,
				get("bodiless?304%20Not%20Modified"),
				Want{Status: "304 Not Modified", Framing: Bodiless, Absent: []string{"Transfer-Encoding"}}, next, hello,
			},
			Records: []Record{
				{Lint: []string{"body-not-allowed"}, Chunks: []string{"yield 4", "yield 10"}}, {},
				{Lint: []string{"body-not-allowed"}, Chunks: []string{"yield 4", "yield 10"}}, {},
			},
			After: []Step{get("closes"), Want{Body: "2"}},
		},
		{
			Name: "304 with a length",
			Rule: "RFC 9110, 8.6: a 304 may have the Content-Length that a 200 would have",
			Steps: []Step{
				get("unmodified"), Want{Status: "304 Not Modified", Framing: Bodiless, Headers: length("1234")}, next, hello,
			},
		},
		{
			Name: "a large block",
			Rule: "PEP 3333, Buffering and Streaming: whatever its size, it is one block of the record",
			Steps: []Step{
				get("large"), Want{Body: million + "y", Framing: Chunked}, next, hello,
			},
			Records: []Record{{Chunks: []string{"yield 1000000", "yield 1"}}, {}},
		},
		{
			Name: "wsgi.file_wrapper", Quick: true,
			NotValidated: "a validator between the server and the wrapper loses it, which is told",
			Rule:         "PEP 3333, Optional Platform-Specific File Handling: from where the file stands, to its end; closed once",
			Steps: []Step{
				get("file?5"), Want{Body: "5678901234567890123456789"}, next, hello,
			},
			After: closedOnce,
		},
		{
			Name: "wsgi.file_wrapper with a length", Quick: true,
			Rule: "PEP 3333, Optional Platform-Specific File Handling: no more than Content-Length",
			Steps: []Step{
				get("file?5,3"), Want{Body: "567", Framing: Length, Headers: length("3")}, next, hello,
				get("file?5,0"), Want{Framing: Length, Headers: length("0")}, next, hello,
				request("HEAD", "file?5,25", ""), Want{Framing: Bodiless, Headers: length("25")}, next, hello,
			},
			After:        []Step{get("closes"), Want{Body: "3"}},
			NotValidated: "a validator between the server and the wrapper hides what it is, and more than Content-Length comes",
		},
		{
			Name: "a subclass of bytes", Quick: true,
			Rule:         "PEP 3333, Unicode Issues: a block is bytes",
			Steps:        []Step{get("subclass_chunk"), Want{Body: "subclass"}},
			Records:      []Record{{Lint: []string{"block-subclass"}}},
			PythonOnly:   "Go's types have no subclasses",
			NotValidated: "wsgiref.validate takes exact bytes alone",
		},
	}
}

// million is the first block of the fixture large.
var million = strings.Repeat("x", 1_000_000)

// endCases are of close(), which is called once whatever happens, and of clients that go.
func endCases() []Case {
	begun := "after the response had begun"
	deliberate := &Raised{"iterate", "ValueError", "*errors.errorString"}
	return []Case{
		{
			Name: "close at the end", Quick: true,
			Rule:  pepDetail + "close() is called once, upon completion of the request",
			Steps: []Step{get("counted?one,two"), Want{Chunks: []string{"one", "two"}}},
			After: closedOnce,
		},
		{
			Name:  "close after nothing",
			Rule:  pepDetail + "close() is called once, also where no block came",
			Steps: []Step{get("counted?"), Want{}},
			After: closedOnce,
		},
		{
			Name: "close after an exception", Quick: true,
			Rule:    pepDetail + "close() is called once, also where iteration fails",
			Steps:   []Step{get("counted_raises"), Begin{}, Part("begun"), Broken{}},
			Records: []Record{{Aborted: begun, Raised: deliberate}},
			After:   closedOnce,
		},
		{
			Name:    "close after an exception before the first byte",
			Rule:    pepDetail + "close() is called once, also where iteration fails",
			Steps:   []Step{get("counted_raises_first"), failed("deliberate")},
			Records: []Record{{Raised: deliberate}},
			After:   closedOnce,
		},
		{
			Name: "close after a block that is none", Breach: true, PythonOnly: "Go's types make it impossible",
			Rule:  pepDetail + "close() is called once, also where the server can't go on",
			Steps: []Step{get("counted_text"), Begin{}, Part("begun"), Broken{}},
			Records: []Record{{
				Aborted: begun, Lint: []string{"block-not-bytes"}, Raised: &Raised{Where: "iterate", Python: "TypeError"},
			}},
			After: closedOnce,
		},
		{
			Name: "close once the client has gone", Quick: true,
			Rule:    pepDetail + "close() is called once, also where the client goes; that is seen at the next block",
			Steps:   []Step{get("endless_slow"), Begin{}, Part("more"), Leave{}},
			Records: []Record{{Gone: true}},
			After:   closedOnce,
		},
		{
			Name:    "close where the client takes nothing and goes",
			Rule:    pepDetail + "close() is called once, also where the server waits for the client",
			Steps:   []Step{get("endless"), Begin{}, Leave{}},
			Records: []Record{{Gone: true}},
			After:   closedOnce,
		},
		{
			Name:    "write once the client has gone",
			Rule:    "PEP 3333, The write() Callable: write fails, and the application can end",
			Steps:   []Step{get("endless_write"), Begin{}, Leave{}},
			Records: []Record{{Gone: true, Lint: []string{"write-used"}}},
			After:   closedOnce,
		},
		{
			Name:    "a client that goes before its answer",
			Rule:    pepDetail + "the request ends, and the record says why",
			Steps:   []Step{get("read_later"), Side{get("hello"), Want{Body: "hello"}}, Leave{}, Side{get("open_gate"), Want{Body: "open"}}},
			Records: []Record{{Gone: true, Unanswered: true}},
		},
		{
			Name: "a client that has sent its last", Quick: true,
			Rule: "RFC 9112, 9.6: half a connection is enough for the answer",
			Steps: []Step{
				get("gated"), Begin{}, Part("first"), Finish{}, Side{get("open_gate"), Want{Body: "open"}},
				Part("second"), End{}, Closed{},
			},
		},
	}
}

// failureCases are of applications that fail.
func failureCases() []Case {
	begun := "after the response had begun"
	next, hello := again()
	inCall := &Raised{"call", "ValueError", "*errors.errorString"}
	inIterate := &Raised{"iterate", "ValueError", "*errors.errorString"}
	cases := []Case{
		{
			Name: "in the call", Quick: true,
			Rule: "PEP 3333, Error Handling: the server answers 500 where nothing was sent, with a page for the developer",
			Steps: []Step{
				get("raises"), failed("The application failed", "deliberate", "request: GET /"),
				next, hello, get("raises_started"), failed("deliberate"), next, hello,
			},
			Records: []Record{{Raised: inCall}, {}, {Raised: inCall}, {}},
		},
		{
			Name: "a page of HTML", Quick: true,
			Rule: "RFC 9110, 12.5.1: HTML for who accepts it, escaped",
			Steps: []Step{
				request("GET", "raises?<script>alert(1)</script>", "", "Accept: text/html,*/*;q=0.8"),
				Want{
					Status: internal, Framing: Length, Contains: []string{"<!doctype html>", "deliberate", "&lt;script&gt;alert(1)"},
					Headers: map[string]string{"Content-Type": "text/html; charset=utf-8"},
				},
				request("GET", "raises", "", "Accept: text/html;q=0, application/json"),
				Want{
					Status: internal, Framing: Length, Contains: []string{"deliberate"},
					Headers: map[string]string{"Content-Type": "text/plain; charset=utf-8"},
				},
				request("HEAD", "raises", ""), Want{Status: internal, Framing: Bodiless}, next, hello,
			},
			Records: []Record{{Raised: inCall}, {Raised: inCall}, {Raised: inCall}, {}},
		},
		{
			Name: "before the first byte", Quick: true,
			Rule:    "PEP 3333, Error Handling: empty blocks send nothing, so a 500 is still possible",
			Steps:   []Step{get("raises_later"), failed("deliberate"), next, hello},
			Records: []Record{{Raised: inIterate}, {}},
		},
		{
			Name: "midway", Quick: true,
			Rule:    "RFC 9112, 8: the connection breaks without the last chunk, so that the client can tell",
			Steps:   []Step{get("raises_midway"), Begin{Framing: Chunked}, Part("begun"), Broken{}},
			Records: []Record{{Aborted: begun, Raised: inIterate}},
		},
		{
			Name:    "midway with a length",
			Rule:    "RFC 9112, 8: the connection breaks before Content-Length is reached",
			Steps:   []Step{get("raises_sized"), Begin{Framing: Length}, Part("begun"), Broken{}},
			Records: []Record{{Aborted: begun, Raised: inIterate}},
		},
		{
			Name:    "midway after write",
			Rule:    "PEP 3333, Error Handling: what write sent is sent",
			Steps:   []Step{get("raises_written"), Begin{Framing: Chunked}, Part("begun"), Broken{}},
			Records: []Record{{Aborted: begun, Raised: inCall, Lint: []string{"write-used"}}},
		},
		{
			Name: "with a body that was not read",
			Rule: "RFC 9112, 9.3: a failure leaves the connection in order, or closed",
			Steps: []Step{
				post("raises", "small"), failed("deliberate"), next, hello,
				request("POST", "raises", "", "Content-Length: 5", "Expect: 100-continue"),
				Want{Status: internal, Contains: []string{"deliberate"}, Headers: map[string]string{"Connection": "close"}}, Closed{},
			},
			Records: []Record{{Raised: inCall}, {}, {Raised: inCall}},
		},
		{
			Name: "with much of a body that was not read",
			Rule: "RFC 9112, 9.3: a failure leaves the connection in order, or closed",
			Steps: []Step{
				request("POST", "raises", "GET / HTTP/1.1\r\n", "Content-Length: 100000"),
				Want{Status: internal, Contains: []string{"deliberate"}, Headers: map[string]string{"Connection": "close"}}, Closed{},
			},
			Records: []Record{{Raised: inCall}},
		},
		{
			Name:    "midway in HTTP/1.0",
			Rule:    "RFC 9112, 8: where the end of the connection is that of the body, only a reset tells",
			Steps:   []Step{line("GET / HTTP/1.0", "raises_midway"), Reset{}},
			Records: []Record{{Aborted: begun, Raised: inIterate, Unanswered: true}},
		},
		{
			Name: "in close", PythonOnly: "a body in Go has no close of its own: its end is that of its range",
			Rule:    pepDetail + "the response is whole, and the record has the exception",
			Steps:   []Step{get("raises_close"), Want{Chunks: []string{"whole"}}, next, hello},
			Records: []Record{{Raised: &Raised{Where: "close", Python: "ValueError"}}, {}},
		},
		{
			Name: "chained", Quick: true,
			Rule:    "PEP 3134: the causes of an exception are told with it",
			Steps:   []Step{get("chained"), failed("the first", "the second", "the third", "direct cause of the following exception")},
			Records: []Record{{Raised: &Raised{"call", "RuntimeError", "*fmt.wrapError"}}},
		},
		{
			Name: "an exit", Quick: true,
			Rule:  "PEP 3333, Error Handling: an exit of the application ends its own request alone",
			Steps: []Step{get("pid"), Same{}, get("exits"), failed("exit"), get("exits_midway"), Begin{}, Part("begun"), Broken{}},
			Records: []Record{
				{},
				{Raised: &Raised{"call", "SystemExit", "*errors.errorString"}},
				{Aborted: begun, Raised: &Raised{"iterate", "SystemExit", "*errors.errorString"}},
			},
			After: []Step{get("pid"), Same{}},
		},
		{
			Name: "no iterable", Quick: true, Breach: true,
			Rule:       pepDetail + "an application must return an iterable",
			Steps:      []Step{get("none"), failed("return"), next, hello},
			Records:    append(breach("not-iterable", "iterate", "TypeError"), Record{}),
			PythonOnly: "in Go, that there is no body is seen in the call already: see the next case",
		},
		{
			Name: "no body", Breach: true,
			Rule:    pepDetail + "an application must return an iterable",
			Steps:   []Step{get("none"), failed("return"), next, hello},
			Records: append(breach("not-iterable", "call", ""), Record{}),
			GoOnly:  "as the case before says",
		},
	}
	for _, name := range []string{"interrupts", "generator_exit"} {
		kind := map[string]string{"interrupts": "KeyboardInterrupt", "generator_exit": "GeneratorExit"}[name]
		cases = append(cases, Case{
			Name: "an exit/" + kind, Quick: true, PythonOnly: "Go has no such exceptions",
			Rule:    "PEP 3333, Error Handling: what is no Exception ends its own request alone, too",
			Steps:   []Step{get("pid"), Same{}, get(name), failed(kind), get("pid"), Same{}},
			Records: []Record{{}, {Raised: &Raised{Where: "call", Python: kind}}, {}},
		})
	}
	for name, rules := range map[string][]string{
		"text_chunk": {"block-not-bytes"}, "array_chunk": {"block-not-bytes"}, "none_chunk": {"block-not-bytes"},
		"number": {"not-iterable"}, "text": {"body-is-string"}, "string": {"body-is-string"},
	} {
		var also []string
		if rules[0] == "body-is-string" {
			also = []string{"block-not-bytes"}
		}
		cases = append(cases, Case{
			Name: "no bytes/" + name, Quick: true, Breach: true, PythonOnly: "Go's types make it impossible",
			Rule:    pepDetail + "an iterable yields bytes",
			Steps:   []Step{get(name), failed("TypeError"), next, hello},
			Records: []Record{{Lint: rules, Also: also, Raised: &Raised{Where: "iterate", Python: "TypeError"}}, {}},
		})
	}
	return cases
}
