package wsgitest

import (
	"fmt"
	"strings"
)

const (
	pepEnviron = "PEP 3333, environ Variables: "
	rfc3875    = "RFC 3875, 4.1: "
)

// get is a request of a fixture, which may be followed by a query: "sized?3,abc".
func get(app string, fields ...string) Send { return request("GET", app, "", fields...) }

// post is a request with a body.
func post(app, body string, fields ...string) Send {
	return request("POST", app, body, append([]string{fmt.Sprintf("Content-Length: %d", len(body))}, fields...)...)
}

func request(method, app, body string, fields ...string) Send {
	name, query, asked := strings.Cut(app, "?")
	if asked {
		query = "?" + query
	}
	return line(method+" /"+query+" HTTP/1.1", name, append([]string{"Host: example"}, fields...)...) + Send(body)
}

// line is a request line with the fields that name the fixture and the case, and others before them.
func line(requestLine, app string, fields ...string) Send {
	head := requestLine + "\r\n"
	for _, f := range append(fields, "X-App: "+app, "X-Key: {key}") {
		head += f + "\r\n"
	}
	return Send(head + "\r\n")
}

func environCases() []Case {
	return []Case{
		{
			Name: "every key", Quick: true,
			Rule: pepEnviron + "all that must be there, and nothing of the process's own environment",
			Steps: []Step{
				line("GET /a/b;p=1//c/../d?x=1&y=%20+&& HTTP/1.1", "environ", "Host: example:81"),
				Environ{
					Has: map[string]any{
						"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/a/b;p=1//c/../d",
						"QUERY_STRING": "x=1&y=%20+&&", "SERVER_NAME": "{host}", "SERVER_PORT": "{port}",
						"SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": "{client}",
						"HTTP_HOST": "example:81", "REQUEST_URI": "/a/b;p=1//c/../d?x=1&y=%20+&&",
						"RAW_URI":      "/a/b;p=1//c/../d?x=1&y=%20+&&",
						"wsgi.version": []any{1.0, 0.0}, "wsgi.url_scheme": "http", "wsgi.multithread": true,
						"wsgi.multiprocess": false, "wsgi.run_once": false, "wsgi.input_terminated": true,
					},
					Absent: []string{"CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "WSGITEST_LEAK", "PATH"},
				},
			},
		},
		{
			Name: "a dict of its own",
			Rule: "PEP 3333, Specification Details: the application may change the environ as it likes",
			Steps: []Step{
				line("GET / HTTP/1.1", "own", "Host: x"), Want{Body: "fresh"},
				line("GET / HTTP/1.1", "own", "Host: x"), Want{Body: "fresh"},
			},
			NotValidated: "wsgiref.validate lets the key of a changed PATH_INFO pass, and the fixture removes others",
		},
		{
			Name: "content", Quick: true,
			Rule: pepEnviron + "CONTENT_TYPE and CONTENT_LENGTH are there where the client sent them, and not as HTTP_",
			Steps: []Step{
				post("environ", "a=1", "Content-Type: text/plain; charset=utf-8"),
				Environ{
					Has:    map[string]any{"CONTENT_TYPE": "text/plain; charset=utf-8", "CONTENT_LENGTH": "3"},
					Absent: []string{"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"},
				},
				get("environ", "Content-Length: 0", "Content-Type:"),
				Environ{Has: map[string]any{"CONTENT_TYPE": "", "CONTENT_LENGTH": "0"}},
			},
			Records: []Record{{Body: "a=1"}, {}},
		},
		{
			Name: "a path is decoded once", Quick: true,
			Rule: "PEP 3333, Unicode Issues: PATH_INFO holds the decoded bytes as latin-1; what is no escape stays",
			Steps: []Step{
				line("GET /caf%C3%A9/%2f%zz%4%2525%00%e9%41?%C3%A9 HTTP/1.1", "environ", "Host: x"),
				Environ{Has: map[string]any{
					"PATH_INFO": "/caf\u00c3\u00a9//%zz%4%25\x00\u00e9A", "QUERY_STRING": "%C3%A9",
					"REQUEST_URI": "/caf%C3%A9/%2f%zz%4%2525%00%e9%41?%C3%A9",
				}},
			},
		},
		{
			Name: "bytes in the target",
			Rule: "PEP 3333, Unicode Issues: bytes beyond ASCII are latin-1",
			Steps: []Step{
				line("GET /\xe9?\xc3\xa9 HTTP/1.1", "environ", "Host: x"),
				Environ{Has: map[string]any{
					"PATH_INFO": "/\u00e9", "QUERY_STRING": "\u00c3\u00a9",
					"REQUEST_URI": "/\u00e9?\u00c3\u00a9", "RAW_URI": "/\u00e9?\u00c3\u00a9",
				}},
			},
		},
		{
			Name: "a fragment is cut",
			Rule: "RFC 9112, 3.2: a fragment is no part of a target; the target as it came stays in REQUEST_URI",
			Steps: []Step{
				line("GET /a%20b?x#frag?y HTTP/1.1", "environ", "Host: x"),
				Environ{Has: map[string]any{
					"PATH_INFO": "/a b", "QUERY_STRING": "x", "REQUEST_URI": "/a%20b?x#frag?y", "RAW_URI": "/a%20b?x#frag?y",
				}},
				line("GET /a#b?x HTTP/1.1", "environ", "Host: x"),
				Environ{Has: map[string]any{"PATH_INFO": "/a", "QUERY_STRING": "", "REQUEST_URI": "/a#b?x"}},
			},
		},
		{
			Name: "slashes and dots are left alone",
			Rule: rfc3875 + "nobody but the application knows what // and .. mean",
			Steps: []Step{
				line("GET //a/./..//b/..;x=%2e%2e/? HTTP/1.1", "environ", "Host: x"),
				Environ{Has: map[string]any{
					"PATH_INFO": "//a/./..//b/..;x=../", "QUERY_STRING": "", "REQUEST_URI": "//a/./..//b/..;x=%2e%2e/?",
				}},
			},
		},
		{
			Name: "absolute-form", Quick: true,
			Rule: "RFC 9112, 3.2.2: the target is split, and its authority wins over Host",
			Steps: []Step{
				line("GET http://other.example:8080/p%20q?r#s HTTP/1.1", "environ", "Host: example"),
				Environ{Has: map[string]any{
					"PATH_INFO": "/p q", "QUERY_STRING": "r", "HTTP_HOST": "other.example:8080",
					"SERVER_NAME": "{host}", "SERVER_PORT": "{port}", "wsgi.url_scheme": "http",
					"REQUEST_URI": "http://other.example:8080/p%20q?r#s", "RAW_URI": "http://other.example:8080/p%20q?r#s",
				}},
				line("GET HTTPS://other.example HTTP/1.1", "environ", "Host: example"),
				Environ{Has: map[string]any{
					"PATH_INFO": "/", "QUERY_STRING": "", "HTTP_HOST": "other.example", "wsgi.url_scheme": "http",
				}},
				line("GET http://other.example?q HTTP/1.0", "environ"),
				Environ{Has: map[string]any{"PATH_INFO": "/", "QUERY_STRING": "q", "HTTP_HOST": "other.example"}},
				Closed{},
			},
		},
		{
			Name: "OPTIONS *",
			Rule: "RFC 9112, 3.2.4: the asterisk names no path",
			Steps: []Step{
				line("OPTIONS * HTTP/1.1", "environ", "Host: example"),
				Environ{Has: map[string]any{
					"REQUEST_METHOD": "OPTIONS", "PATH_INFO": "", "SCRIPT_NAME": "", "QUERY_STRING": "", "REQUEST_URI": "*",
					"RAW_URI": "*",
				}},
			},
		},
		{
			Name: "CONNECT",
			Rule: "RFC 9112, 3.2.3: an authority names no path; the application answers as it likes, and no tunnel opens",
			Steps: []Step{
				line("CONNECT other.example:443 HTTP/1.1", "environ", "Host: other.example:443"),
				Environ{Has: map[string]any{
					"REQUEST_METHOD": "CONNECT", "PATH_INFO": "", "QUERY_STRING": "", "REQUEST_URI": "other.example:443",
					"RAW_URI": "other.example:443", "HTTP_HOST": "other.example:443",
				}},
				Closed{},
			},
			NotValidated: "wsgiref.validate warns of methods that it does not know",
		},
		{
			Name: "any method",
			Rule: "RFC 9110, 9.1: a method is a token, and its case counts",
			Steps: []Step{
				line("brew!-1 /pot HTTP/1.1", "environ", "Host: x"),
				Environ{Has: map[string]any{"REQUEST_METHOD": "brew!-1", "PATH_INFO": "/pot"}},
			},
			NotValidated: "wsgiref.validate warns of methods that it does not know",
		},
		{
			Name: "TLS", Setup: TLS,
			Rule: pepEnviron + "wsgi.url_scheme tells TLS",
			Steps: []Step{
				get("environ"),
				Environ{Has: map[string]any{"wsgi.url_scheme": "https", "SERVER_PORT": "{port}", "REMOTE_PORT": "{client}"}},
				post("echo_parts", "helloworld"),
				Want{Chunks: []string{"hello", "world"}},
			},
		},
		{
			Name: "a Unix socket", Setup: Unix,
			Rule: pepEnviron + "SERVER_NAME and SERVER_PORT can never be empty",
			Steps: []Step{
				get("environ"),
				Environ{Has: map[string]any{
					"SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "REMOTE_ADDR": "unix", "REMOTE_PORT": "",
				}},
				post("echo_parts", "helloworld"),
				Want{Chunks: []string{"hello", "world"}},
			},
		},
		{
			Name: "one thread", Setup: Single, Quick: true,
			Rule: pepEnviron + "wsgi.multithread says whether the application may be called by another thread at once",
			Steps: []Step{
				get("environ"),
				Environ{Has: map[string]any{"wsgi.multithread": false, "wsgi.multiprocess": false}},
			},
		},
		{
			Name: "two processes", Setup: Many,
			Rule: pepEnviron + "wsgi.multiprocess says whether another process may run the application",
			Steps: []Step{
				get("environ"),
				Environ{Has: map[string]any{"wsgi.multithread": true, "wsgi.multiprocess": true}},
			},
		},
	}
}

// fieldCases are of header fields in the environ.
func fieldCases() []Case {
	return []Case{
		{
			Name: "repeated fields join", Quick: true,
			Rule: "RFC 9110, 5.3 and RFC 9113, 8.2.3: values join with a comma, cookies with a semicolon and a space",
			Steps: []Step{
				get("environ", "X-A: 1", "Cookie: a=1", "x-a:2", "Cookie: b=2; c=3", "X-Empty:", "X-a:  3, 4 \t", "Cookie: d"),
				Environ{Has: map[string]any{
					"HTTP_X_A": "1,2,3, 4", "HTTP_COOKIE": "a=1; b=2; c=3; d", "HTTP_X_EMPTY": "",
				}},
			},
		},
		{
			Name: "values are latin-1",
			Rule: "PEP 3333, Unicode Issues: bytes beyond ASCII are latin-1",
			Steps: []Step{
				get("environ", "X-A: caf\xc3\xa9 \xff\ttab"),
				Environ{Has: map[string]any{"HTTP_X_A": "caf\u00c3\u00a9 \u00ff\ttab"}},
			},
		},
		{
			Name: "every character of a name",
			Rule: "RFC 9110, 5.1: a name is a token; a key is in upper case with underscores for hyphens",
			Steps: []Step{
				get("environ", "X-!#$%&'*+.^`|~9z-: 1"),
				Environ{Has: map[string]any{"HTTP_X_!#$%&'*+.^`|~9Z_": "1"}},
			},
		},
		{
			Name: "underscores and Proxy are withheld", Quick: true,
			Rule: "httpoxy, and RFC 3875, 4.1.18: a name with an underscore would pass for another field; the record tells",
			Steps: []Step{
				get("environ", "X_A: 1", "Proxy: http://evil", "pRoXy: 2", "Content_Length: 5", "X-B: 3", "Proxy-X: 4"),
				Environ{
					Has:    map[string]any{"HTTP_X_B": "3", "HTTP_PROXY_X": "4"},
					Absent: []string{"HTTP_X_A", "HTTP_PROXY", "CONTENT_LENGTH", "HTTP_CONTENT_LENGTH"},
				},
			},
			Records: []Record{{Withheld: []string{"X_A", "Proxy", "pRoXy", "Content_Length"}}},
		},
		{
			Name: "X-Forwarded-* of nobody that is trusted",
			Rule: "RFC 7239, 8.1: what a client says of itself is not believed",
			Steps: []Step{
				get("environ", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: other",
					"Forwarded: for=192.0.2.1;proto=https"),
				Environ{Has: map[string]any{
					"REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": "{client}", "wsgi.url_scheme": "http", "HTTP_HOST": "example",
					"HTTP_X_FORWARDED_FOR": "192.0.2.1", "SERVER_NAME": "{host}",
				}},
			},
		},
		{
			Name: "X-Forwarded-* of one that is trusted", Setup: Trusting,
			Rule: "RFC 7239, 5.2 and 7.4: the last hop that is not a proxy of ours is the client",
			Steps: []Step{
				get("environ", "X-Forwarded-For: 192.0.2.9, 192.0.2.1, 127.0.0.1", "X-Forwarded-Proto: https"),
				Environ{Has: map[string]any{"REMOTE_ADDR": "192.0.2.1", "REMOTE_PORT": "", "wsgi.url_scheme": "https"}},
				get("environ", "X-Forwarded-For: 192.0.2.9, 192.0.2.1", "X-Forwarded-For: 127.0.0.1"),
				Environ{Has: map[string]any{"REMOTE_ADDR": "192.0.2.1", "wsgi.url_scheme": "http"}},
				get("environ", "X-Forwarded-For: evil", "X-Forwarded-Proto: javascript"),
				Environ{Has: map[string]any{"REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http"}},
			},
		},
		{
			Name: "Content-Length twice and the same",
			Rule: "RFC 9110, 8.6: identical values are one",
			Steps: []Step{
				request("POST", "environ", "abc", "Content-Length: 3", "content-length: 3"),
				Environ{Has: map[string]any{"CONTENT_LENGTH": "3"}},
			},
		},
	}
}
