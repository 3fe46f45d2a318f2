package wsgi_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// A fault is a stage that does something wrong, or odd and right. What is within is nil where it is the application.
type fault func(within wsgi.Application) wsgi.Application

// answered has the stage within answer, or answers in its place.
func answered(within wsgi.Application, e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	if within == nil {
		within = starting("200 OK", plain, "one", "two")
	}
	return within(e, start)
}

// discard has the stage within answer, if there is one, and throws that away as one should.
func discard(within wsgi.Application, e wsgi.Environ) {
	if within != nil {
		within(e, func(string, wsgi.Headers, error) wsgi.Write { return nil })(func([]byte, error) bool { return false })
	}
}

func starting(status string, headers wsgi.Headers, blocks ...string) wsgi.Application {
	return func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		start(status, headers, nil)
		return func(yield func([]byte, error) bool) {
			for _, b := range blocks {
				if !yield([]byte(b), nil) {
					return
				}
			}
		}
	}
}

// starts has the function call start_response.
func starts(call func(start wsgi.StartResponse, status string, headers wsgi.Headers) wsgi.Write) fault {
	return func(within wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			return answered(within, e, func(status string, headers wsgi.Headers, _ error) wsgi.Write {
				return call(start, status, headers)
			})
		}
	}
}

func status(status string) fault {
	return starts(func(start wsgi.StartResponse, _ string, headers wsgi.Headers) wsgi.Write {
		return start(status, headers, nil)
	})
}

func header(name, value string) fault {
	return starts(func(start wsgi.StartResponse, status string, headers wsgi.Headers) wsgi.Write {
		return start(status, headers.With(name, value), nil)
	})
}

func says(status string, headers wsgi.Headers) fault {
	return starts(func(start wsgi.StartResponse, _ string, _ wsgi.Headers) wsgi.Write {
		return start(status, headers, nil)
	})
}

// answers answers by itself.
func answers(app wsgi.Application) fault {
	return func(within wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			discard(within, e)
			return app(e, start)
		}
	}
}

// environs gives the stage within a changed environ.
func environs(change func(e wsgi.Environ)) fault {
	return func(within wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			change(e)
			return answered(within, e, start)
		}
	}
}

func sets(key string, value any) fault { return environs(func(e wsgi.Environ) { e[key] = value }) }
func lacks(key string) fault           { return environs(func(e wsgi.Environ) { delete(e, key) }) }

// bodies makes another body of the one within.
func bodies(iterate func(body wsgi.Body, start wsgi.StartResponse, yield func([]byte, error) bool)) fault {
	return func(within wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			body := answered(within, e, start)
			return func(yield func([]byte, error) bool) { iterate(body, start, yield) }
		}
	}
}

func recovered(f func()) {
	defer func() { _ = recover() }()
	f()
}

func length(n string) wsgi.Headers { return plain.With("Content-Length", n) }

// Anywhere.
var faults = map[string]map[string]fault{
	"": {
		"nothing":    header("X-A", "a  b"),
		"odd status": status("999 \u00e9t\u00e9"),
		"odd headers": starts(func(start wsgi.StartResponse, s string, h wsgi.Headers) wsgi.Write {
			return start(s, h.With("p3p", "\u00e9").With("X-1", ""), nil)
		}),
		"right length":    answers(starting("200 OK", length("6"), "one", "two")),
		"no content":      answers(starting("204 No Content", nil)),
		"not modified":    answers(starting("304 Not Modified", wsgi.Headers{{"Content-Length", "100"}})),
		"created":         answers(starting("201 Created", nil, "x")),
		"found":           answers(starting("302 Found", wsgi.Headers{{"Location", "/"}})),
		"nothing to type": answers(starting("200 OK", nil)),
		"replaced": starts(func(start wsgi.StartResponse, s string, h wsgi.Headers) wsgi.Write {
			start(s, h, nil)
			return start("500 Failed", h, errors.New("in time"))
		}),
		"let through": bodies(func(body wsgi.Body, start wsgi.StartResponse, yield func([]byte, error) bool) {
			for block, err := range body {
				if !yield(block, err) {
					return
				}
				start("500 Failed", plain, errors.New("too late"))
			}
		}),
		"lazy": answers(func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			return func(yield func([]byte, error) bool) {
				start("200 OK", plain, nil)
				yield([]byte("lazy"), nil)
			}
		}),
	},
	"status-invalid": {
		"short": status("200"), "glued": status("200OK"), "long": status("2000 OK"), "interim": status("100 Continue"), "none": status(""),
		"line": status("200 O\nK"), "control": status("200 O\x7fK"), "snow": status("200 \u2603"), "letter": status("20x A"),
		"space": status(" 200 OK"), "tab": status("200\tOK"),
	},
	"status-no-reason": {"code": status("200 "), "a letter": status("200 X")},
	"header-invalid": {
		"colon": header("X:A", "1"), "space": header("X A", "1"), "none": header("", "1"), "latin": header("X-\u00e9", "1"),
		"injected": header("X-A", "a\r\nB: c"), "nul": header("X-A", "\x00"), "tab": header("X-A", "a\tb"), "snow": header("X-A", "\u2603"),
		"minus": header("Content-Length", "-1"), "plus": header("Content-Length", "+3"), "empty": header("Content-Length", ""),
		"list": header("Content-Length", "3,3"), "big": header("Content-Length", "99999999999999999999"),
	},
	"header-name-odd": {
		"underscore": header("X_A", "1"), "end": header("X-A-", "1"), "digit": header("1X", "1"), "mark": header("X!A", "1"),
	},
	"header-status":      {"as in CGI": header("Status", "200")},
	"header-value-space": {"front": header("X-A", " a"), "end": header("X-A", "a "), "only": header("X-A", " ")},
	"hop-by-hop-header": {
		"close": header("Connection", "close"), "te": header("te", "x"), "chunked": header("Transfer-Encoding", "chunked"),
	},
	"content-type-unexpected": {"no content": answers(starting("204 No Content", plain))},
	"content-type-missing":    {"own": answers(starting("200 OK", nil, "a", "b")), "removed": says("200 OK", nil)},
	"body-not-allowed":        {"own": answers(starting("304 Not Modified", nil, "a", "b")), "handed on": says("204 No Content", nil)},
	"content-length-exceeded": {"own": answers(starting("200 OK", length("2"), "abc")), "handed on": says("200 OK", length("1"))},
	"content-length-short":    {"own": answers(starting("200 OK", length("5"), "abc")), "handed on": says("200 OK", length("100"))},
	"start-response-twice": {
		"caught": starts(func(start wsgi.StartResponse, s string, h wsgi.Headers) wsgi.Write {
			recovered(func() { start(s, h, nil); start(s, h, nil) })
			return nil
		}),
		"failed": starts(func(start wsgi.StartResponse, s string, h wsgi.Headers) wsgi.Write {
			start(s, h, nil)
			return start(s, h, nil)
		}),
	},
	"start-response-not-called": {
		"never": answers(func(wsgi.Environ, wsgi.StartResponse) wsgi.Body { return wsgi.Blocks() }),
		"text":  answers(func(wsgi.Environ, wsgi.StartResponse) wsgi.Body { return wsgi.Text("x") }),
		"late": answers(func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			return func(yield func([]byte, error) bool) {
				if yield(nil, nil) {
					start("200 OK", plain, nil)
				}
			}
		}),
		"not passed on": starts(func(wsgi.StartResponse, string, wsgi.Headers) wsgi.Write { return nil }),
	},
	"exc-info-swallowed": {
		"again": bodies(func(body wsgi.Body, start wsgi.StartResponse, yield func([]byte, error) bool) {
			for block, err := range body {
				if !yield(block, err) {
					return
				}
				recovered(func() { start("500 Failed", plain, errors.New("too late")) })
			}
		}),
	},
	"not-iterable": {
		"nil": answers(func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body { start("200 OK", plain, nil); return nil }),
	},
	"yield-after-end": {
		"error": answers(func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			start("200 OK", plain, nil)
			return func(yield func([]byte, error) bool) {
				yield(nil, errors.New("over"))
				yield([]byte("more"), nil)
			}
		}),
	},
	"blocks-tiny": {"x": answers(starting("200 OK", plain, strings.Split(strings.Repeat("x", 100), "")...))},
	"write-used": {
		"at once": starts(func(start wsgi.StartResponse, s string, h wsgi.Headers) wsgi.Write {
			write := start(s, h, nil)
			_, _ = write([]byte("written"))
			return write
		}),
	},
	"write-in-body write-used": {
		"later": answers(func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			write := start("200 OK", plain, nil)
			return func(yield func([]byte, error) bool) {
				if yield([]byte("one"), nil) {
					_, _ = write([]byte("two"))
				}
			}
		}),
	},
}

// What only a middleware does.
var betweens = map[string]map[string]fault{
	"": {
		"patient": bodies(func(body wsgi.Body, _ wsgi.StartResponse, yield func([]byte, error) bool) {
			var all []byte
			for block := range body {
				all = append(all, block...)
				if !yield(nil, nil) {
					return
				}
			}
			yield(all, nil)
		}),
		"asked twice": func(within wsgi.Application) wsgi.Application {
			return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
				discard(within, e)
				return within(e, start)
			}
		},
		"user": sets("REMOTE_USER", "gin"), "extension": sets("my.own", 7), "latin": sets("HTTP_X", "\u00e9"),
		"put":   sets("REQUEST_METHOD", "PUT"),
		"shift": sets("SCRIPT_NAME", "/a"), "no length": sets("CONTENT_LENGTH", ""), "no host": lacks("HTTP_HOST"),
	},
	"close-not-called": {
		"dropped": func(within wsgi.Application) wsgi.Application {
			return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
				within(e, start)
				return wsgi.Text("instead")
			}
		},
	},
	"blocks-held-back": {
		"all": bodies(func(body wsgi.Body, _ wsgi.StartResponse, yield func([]byte, error) bool) {
			var all []byte
			for block := range body {
				all = append(all, block...)
			}
			yield(all, nil)
		}),
	},
	"body-after-close": {
		"twice": bodies(func(body wsgi.Body, _ wsgi.StartResponse, yield func([]byte, error) bool) {
			body(yield)
			body(yield)
		}),
	},
	"environ-missing": {
		"method": lacks("REQUEST_METHOD"), "server": lacks("SERVER_NAME"), "port": lacks("SERVER_PORT"), "protocol": lacks("SERVER_PROTOCOL"),
		"version": lacks("wsgi.version"), "scheme": lacks("wsgi.url_scheme"), "input": lacks("wsgi.input"), "errors": lacks("wsgi.errors"),
		"threads": lacks("wsgi.multithread"), "processes": lacks("wsgi.multiprocess"), "once": lacks("wsgi.run_once"),
	},
	"environ-not-text": {
		"number": sets("REMOTE_PORT", 80), "snow": sets("HTTP_X", "\u2603"), "nil": sets("REMOTE_USER", nil),
		"length": sets("CONTENT_LENGTH", 7),
	},
	"environ-content-key":    {"type": sets("HTTP_CONTENT_TYPE", "x"), "length": sets("HTTP_CONTENT_LENGTH", "1")},
	"environ-version":        {"slice": sets("wsgi.version", []int{1, 0}), "two": sets("wsgi.version", [2]int{2, 0})},
	"environ-flag":           {"text": sets("wsgi.run_once", "no")},
	"environ-url-scheme":     {"ftp": sets("wsgi.url_scheme", "ftp")},
	"environ-input":          {"text": sets("wsgi.input", "text")},
	"environ-errors":         {"nil": sets("wsgi.errors", nil)},
	"environ-method":         {"fetch": sets("REQUEST_METHOD", "FETCH")},
	"environ-query-string":   {"none": lacks("QUERY_STRING")},
	"environ-script-name":    {"slash": sets("SCRIPT_NAME", "/"), "bare": sets("SCRIPT_NAME", "x")},
	"environ-path-info":      {"bare": sets("PATH_INFO", "x"), "none": lacks("PATH_INFO")},
	"environ-content-length": {"minus": sets("CONTENT_LENGTH", "-1"), "plus": sets("CONTENT_LENGTH", "+1")},
	"environ-flag environ-not-text": {
		"both": environs(func(e wsgi.Environ) { e["wsgi.run_once"], e["REMOTE_PORT"] = "no", 80 }),
	},
}

// faultPlaces are where a fault is in a stack, and the index of its stage.
var faultPlaces = map[string]struct {
	stage int
	do    func(t *testing.T, f fault) *answer
}{
	"alone": {1, func(t *testing.T, f fault) *answer { return dial(t, f(nil)).do(environ("GET"), "") }},
	"outermost": {1, func(t *testing.T, f fault) *answer {
		return serving(t, starting("200 OK", plain, "a", "b", "c"), wsgi.Middleware(f), upper, shouting)
	}},
	"middle": {3, func(t *testing.T, f fault) *answer {
		return serving(t, starting("200 OK", plain, "a", "b"), upper, tagged("t"), wsgi.Middleware(f), upper)
	}},
	"handing on": {2, func(t *testing.T, f fault) *answer {
		return serving(t, starting("200 OK", plain, "a", "b"), tagged("t"), wsgi.Middleware(f), shouting)
	}},
	"innermost": {3, func(t *testing.T, f fault) *answer { return serving(t, f(nil), upper, tagged("t")) }},
}

// shouting is a middleware that changes the environ, and breaks no rule.
func shouting(next wsgi.Application) wsgi.Application {
	return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		e["HTTP_SHOUTS"] = "yes"
		return next(e, start)
	}
}

// Of each fault the right rule is told, once, and the stage is blamed that did it, and no other.
func TestFindingsAreBlamed(t *testing.T) {
	check := func(t *testing.T, rules, name string, f fault, in ...string) {
		for _, place := range in {
			at := faultPlaces[place]
			var want []string
			for rule := range strings.FieldsSeq(rules) {
				want = append(want, fmt.Sprint(at.stage, " ", rule))
			}
			a := at.do(t, f)
			var got []string
			for i, rule := range a.Lint {
				got = append(got, fmt.Sprint(a.Blamed[i], " ", rule))
			}
			slices.Sort(got)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s, %s, %s: %s\n%s", rules, name, place, diff, strings.Join(told(a.Events), "\n"))
			}
		}
	}
	for rules, named := range faults {
		for name, f := range named {
			check(t, rules, name, f, slices.Collect(maps.Keys(faultPlaces))...)
		}
	}
	for rules, named := range betweens {
		for name, f := range named {
			check(t, rules, name, f, "outermost", "middle", "handing on")
		}
	}
}
