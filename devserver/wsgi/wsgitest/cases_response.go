package wsgitest

const (
	pepStart  = "PEP 3333, The start_response() Callable: "
	pepLength = "PEP 3333, Handling the Content-Length Header: "
	pepOther  = "PEP 3333, Other HTTP Features: "
	pepStream = "PEP 3333, Buffering and Streaming: "
	pepDetail = "PEP 3333, Specification Details: "

	internal = "500 Internal Server Error"
	// protocolError is what start_response panics with in Go.
	protocolError = "*wsgi.ProtocolError"
)

// failed is the answer to a request whose application failed before its first block.
func failed(parts ...string) Want {
	return Want{Status: internal, Framing: Length, Contains: parts, Absent: []string{"X-Injected", "X-First"}}
}

// breach is the record of an application that breaks a rule.
func breach(rule, where, python string) []Record {
	return []Record{{Lint: []string{rule}, Raised: &Raised{where, python, protocolError}}}
}

func startCases() []Case {
	return []Case{
		{
			Name: "a second call", Quick: true, Breach: true,
			Rule:    pepStart + "calling it again without exc_info is a fatal error",
			Steps:   []Step{get("twice"), failed("start_response", "twice"), get("hello"), Want{Body: "hello"}},
			Records: append(breach("start-response-twice", "call", "AssertionError"), Record{}),
		},
		{
			Name: "a second call that is caught", Breach: true,
			Rule:    pepStart + "the error is raised in the application, and the first call stands",
			Steps:   []Step{get("twice_heard"), Want{Body: "AssertionError"}},
			Records: []Record{{Lint: []string{"start-response-twice"}}},
		},
		{
			Name: "exc_info before the first byte replaces", Quick: true,
			Rule: pepStart + "with exc_info the headers are replaced as long as none were sent",
			Steps: []Step{
				get("replaced"),
				Want{Status: "404 Not Found", Body: "replaced", Headers: map[string]string{"X-Second": "1"}, Absent: []string{"X-First"}},
				get("replaced_after_empty"),
				Want{Status: "404 Not Found", Body: "replaced", Headers: map[string]string{"X-Second": "1"}, Absent: []string{"X-First"}},
			},
		},
		{
			Name: "exc_info after the first byte", Quick: true,
			Rule:  pepStart + "with exc_info after the headers were sent, the exception is raised again",
			Steps: []Step{get("too_late"), Begin{Framing: Chunked}, Part("begun"), Broken{}},
			Records: []Record{{
				Aborted: "after the response had begun", Raised: &Raised{"iterate", "KeyError", "*errors.errorString"},
			}},
		},
		{
			Name: "never called", Quick: true, Breach: true,
			Rule: pepStart + "it must be called before the body's first block, or its end",
			Steps: []Step{
				get("never"), failed("start_response"), get("block_first"), failed("start_response"),
				get("counted_never"), failed("start_response"),
			},
			Records: append(append(breach("start-response-not-called", "iterate", "AssertionError"),
				breach("start-response-not-called", "iterate", "AssertionError")...),
				breach("start-response-not-called", "iterate", "AssertionError")...),
			After: []Step{get("closes"), Want{Body: "1"}},
		},
		{
			Name: "called at the first next()", Quick: true,
			Rule:  pepStart + "it may be called as late as with the first iteration",
			Steps: []Step{get("lazy"), Want{Chunks: []string{"lazy"}}},
		},
		{
			Name:  "nothing but empty blocks",
			Rule:  pepStart + "headers go out with the first non-empty block, or at the end",
			Steps: []Step{get("only_empty"), Want{Framing: Length, Headers: map[string]string{"Content-Length": "0"}}},
		},
	}
}

// headCases are of statuses and headers.
func headCases() []Case {
	cases := []Case{
		{
			Name: "as they were given", Quick: true,
			Rule: "RFC 9110, 5.3: the order of fields and the case of their names are the application's",
			Steps: []Step{
				get("order"),
				Want{Body: "x", Lines: []string{
					"x-lower: 1", "Set-Cookie: b=2", "Content-Type: text/plain", "Set-Cookie: a=1", "X-UPPER: ",
				}},
			},
		},
		{
			Name: "latin-1", Quick: true,
			Rule:  "PEP 3333, Unicode Issues: a code point of a status or a header is a byte",
			Steps: []Step{get("latin1"), Want{Status: "200 D\xe9j\xe0 vu", Body: "x", Headers: map[string]string{"X-A": "caf\xe9"}}},
		},
		{
			Name:    "copied at once",
			Rule:    pepStart + "the server must not see what the application does to its list later",
			Steps:   []Step{get("own_list"), Want{Body: "x", Headers: map[string]string{"X-A": "1"}, Absent: []string{"X-B"}}},
			Records: []Record{{Also: []string{"header-changed-late"}}},
		},
		{
			Name: "Date and Server",
			Rule: "RFC 9110, 6.6.1 and 10.2.4: sent by the server, unless the application sends them",
			Steps: []Step{
				get("dated"),
				Want{Body: "x", Headers: map[string]string{"Date": "Thu, 01 Jan 1970 00:00:00 GMT", "Server": "own/1"}},
				get("hello"), Want{Body: "hello", Headers: map[string]string{"Server": "snifter"}, Lines: []string{"Server: snifter"}},
			},
		},
		{
			Name: "odd but allowed",
			Rule: pepStart + "a status is three digits, a space and a reason, which may be empty",
			Steps: []Step{
				get("status?299%20"), Want{Status: "299 ", Body: "x"},
				get("status?999%20a%20b!"), Want{Status: "999 a b!", Body: "x"},
				get("header?!%23$=%20a%20b%20"), Want{Body: "hello", Lines: []string{"!#$:  a b "}},
			},
			Records: []Record{
				{Lint: []string{"status-no-reason"}}, {}, {Lint: []string{"header-value-space", "header-name-odd"}},
			},
			NotValidated: "wsgiref.validate knows a narrower kind of names",
		},
	}
	for name, query := range map[string]string{
		"no reason": "200", "no space": "200OK", "a word": "OK%20200", "two digits": "20%20OK", "four digits": "2000%20OK",
		"empty": "", "a sign": "%2b20%20OK", "CR LF": "200%20OK%0d%0aX-Injected:%201", "LF": "200%20OK%0aX-Injected:%201",
		"NUL": "200%20O%00K", "a tab": "200%09OK", "DEL": "200%20O%7fK", "beyond latin-1": "200%20%e2%82%ac",
		"other digits": "%d9%a2%d9%a0%d9%a0%20OK", "below 100": "099%20OK", "interim": "100%20Continue",
	} {
		cases = append(cases, Case{
			Name: "status/" + name, Breach: true,
			Rule:    pepStart + "three digits, a space, a reason, no control characters",
			Steps:   []Step{get("status?" + query), failed("status"), get("hello"), Want{Body: "hello"}},
			Records: append(breach("status-invalid", "call", "ValueError"), Record{}),
		})
	}
	for name, query := range map[string]string{
		"name/space": "X%20A=1", "name/colon": "X:A=1", "name/empty": "=1", "name/latin-1": "X-%c3%a9=1",
		"name/CR LF": "X-A%0d%0aX-Injected=1", "name/NUL": "X%00=1",
		"value/CR LF": "X-A=1%0d%0aX-Injected:%201", "value/LF": "X-A=1%0aX-Injected:%201", "value/CR": "X-A=1%0d",
		"value/NUL": "X-A=%00", "value/tab": "X-A=a%09b", "value/DEL": "X-A=%7f", "value/beyond latin-1": "X-A=%e2%82%ac",
		"length/word": "Content-Length=five", "length/negative": "Content-Length=-1", "length/signed": "Content-Length=%2b5",
		"length/empty": "Content-Length=", "length/list": "Content-Length=5,5", "length/two": "Content-Length=5&content-length=6",
		"length/other digits": "Content-Length=%d9%a5",
	} {
		cases = append(cases, Case{
			Name: "header/" + name, Breach: true,
			Rule:    pepStart + "names are tokens, values hold no control characters, a length is a number",
			Steps:   []Step{get("header?" + query), failed("header"), get("hello"), Want{Body: "hello"}},
			Records: append(breach("header-invalid", "call", "ValueError"), Record{}),
		})
	}
	for _, name := range []string{
		"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Trailers",
		"Transfer-Encoding", "upgrade",
	} {
		cases = append(cases, Case{
			Name: "hop-by-hop/" + name, Breach: true,
			Rule:    pepOther + "an application must not use any hop-by-hop feature",
			Steps:   []Step{get("header?" + name + "=chunked"), failed("hop-by-hop")},
			Records: breach("hop-by-hop-header", "call", "AssertionError"),
		})
	}
	for _, kind := range []string{
		"status-bytes", "status-none", "status-int", "headers-none", "headers-tuple", "headers-dict", "headers-iterator",
		"header-list", "header-triple", "header-string", "name-bytes", "value-bytes", "value-int", "value-none",
	} {
		rule := "header-invalid"
		if kind[:6] == "status" {
			rule = "status-invalid"
		}
		cases = append(cases, Case{
			Name: "kind/" + kind, Breach: true, PythonOnly: "Go's types make it impossible",
			Rule:    pepStart + "a status is a str, headers are a list of tuples of two str",
			Steps:   []Step{get("kind?" + kind), failed("TypeError")},
			Records: breach(rule, "call", "TypeError"),
		})
	}
	for _, kind := range []string{"status-subclass", "headers-subclass", "value-subclass"} {
		lint := []string{"header-subclass"}
		if kind == "status-subclass" {
			lint = []string{"status-subclass"}
		}
		cases = append(cases, Case{
			Name: "kind/" + kind, Breach: true, PythonOnly: "Go's types have no subclasses",
			Rule:    "PEP 3333, A Note On String Types: a subclass is taken, and told of",
			Steps:   []Step{get("kind?" + kind), Want{Body: "hello"}},
			Records: []Record{{Lint: lint}},
		})
	}
	return cases
}

// writeCases are of write().
func writeCases() []Case {
	return []Case{
		{
			Name: "write", Quick: true,
			Rule:  "PEP 3333, The write() Callable: what is written goes before what is iterated",
			Steps: []Step{get("writes"), Want{Chunks: []string{"first", "second", "third", "fourth"}}},
			Records: []Record{{
				Lint: []string{"write-used"}, Chunks: []string{"write 5", "write 6", "yield 5", "yield 6"},
			}},
		},
		{
			Name: "write at once", Quick: true,
			Rule: "PEP 3333, The write() Callable: a block is sent before write returns, or while the application goes on",
			Steps: []Step{
				get("write_gated"), Begin{Framing: Chunked}, Part("first"),
				Side{get("open_gate"), Want{Body: "open"}}, Part("second"), End{},
			},
			Records: []Record{{Lint: []string{"write-used"}, Chunks: []string{"write 5", "yield 6"}}},
		},
		{
			Name: "write takes bytes alone", Breach: true, PythonOnly: "Go's types make it impossible",
			Rule:  "PEP 3333, Unicode Issues: a block is bytes",
			Steps: []Step{get("write_text"), failed("TypeError")},
			Records: []Record{{
				Lint: []string{"block-not-bytes"}, Also: []string{"write-used"}, Raised: &Raised{Where: "call", Python: "TypeError"},
			}},
		},
	}
}
