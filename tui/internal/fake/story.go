package fake

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
)

// Noon is when everything happens.
var Noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// Running is the status of a server that runs well.
func Running() control.Status {
	return control.Status{
		URL: "http://127.0.0.1:8000", Capture: ".snifter/capture.db", App: "app:app (flask.app.Flask)",
		Runtime: "CPython 3.11.7", Why: "app.py holds app", Workers: 1, Threads: 8,
		Build: control.BuildStatus{ID: 3, State: "ok", MS: 41.2, Why: "app.py", At: Noon},
	}
}

// Failed is the status of a server whose last build failed.
func Failed() control.Status {
	s := Running()
	s.Build = control.BuildStatus{ID: 4, State: "failed", MS: 22, Why: "shop/views.py", At: Noon, Error: &recorder.Exception{
		Where: "load", Type: "SyntaxError", Message: "'(' was never closed (views.py, line 31)",
		Frames: []recorder.Frame{{
			File: "/home/me/shop/views.py", Line: 31, Function: "<module>", Source: "return jsonify(order",
			Context: []string{"def show(id):", "    order = find(id)", "    return jsonify(order", "", "@app.get('/')"}, ContextFrom: 29,
		}},
		Text: "  File \"/home/me/shop/views.py\", line 31\n    return jsonify(order\n                  ^\nSyntaxError: '(' was never closed\n",
	}}
	return s
}

func bodyOf(p []byte) recorder.Body {
	sum := sha256.Sum256(p)
	return recorder.Body{Size: int64(len(p)), SHA256: hex.EncodeToString(sum[:]), Bytes: p}
}

// Plain makes up an exchange.
func Plain(id uint64) *recorder.Exchange {
	x := exchange(id, "GET", fmt.Sprintf("/item/%d", id), "200 OK", 1.5)
	x.Response.Body = bodyOf([]byte(strings.Repeat("hello ", 340)))
	return x
}

func exchange(id uint64, method, target, status string, ms float64) *recorder.Exchange {
	path, query, _ := strings.Cut(target, "?")
	return &recorder.Exchange{
		ID: id, Build: 3, State: recorder.Done, Started: Noon.Add(time.Duration(id) * 731 * time.Millisecond), DurationMS: ms,
		Request: recorder.Request{
			Method: method, Target: target, Protocol: "HTTP/1.1", Remote: "127.0.0.1:51324",
			Headers: []recorder.Header{
				{"Host", "127.0.0.1:8000"}, {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
				{"Accept", "*/*"}, {"Cookie", "session=eyJ1c2VyIjo0Mn0.Zz3xkg.0b7cW9dGkV1PzQ"},
			},
		},
		Environ: recorder.Environ{
			{Key: "REQUEST_METHOD", Value: method}, {Key: "SCRIPT_NAME", Value: ""}, {Key: "PATH_INFO", Value: path},
			{Key: "QUERY_STRING", Value: query}, {Key: "SERVER_NAME", Value: "127.0.0.1"}, {Key: "SERVER_PORT", Value: "8000"},
			{Key: "SERVER_PROTOCOL", Value: "HTTP/1.1"}, {Key: "REMOTE_ADDR", Value: "127.0.0.1"}, {Key: "REQUEST_URI", Value: target},
			{Key: "HTTP_HOST", Value: "127.0.0.1:8000"}, {Key: "HTTP_ACCEPT", Value: "*/*"},
			{Key: "wsgi.version", Value: []any{int64(1), int64(0)}}, {Key: "wsgi.url_scheme", Value: "http"},
			{Key: "wsgi.input", Value: recorder.Repr{Repr: "<snifter.Input object at 0x7f3c>"}},
			{Key: "wsgi.multithread", Value: true}, {Key: "wsgi.run_once", Value: false},
			{Key: "snifter.big", Value: new(big.Int).Lsh(big.NewInt(1), 70)}, {Key: "snifter.none", Value: nil},
		},
		Response: recorder.Response{
			Status: status, Headers: []recorder.Header{{"Content-Type", "text/html; charset=utf-8"}, {"Server", "snifter"}},
			Chunks: []recorder.Chunk{{AtMS: ms * 0.8, Size: 2040, Via: "yield"}},
		},
		Stages: []recorder.Stage{{Name: "server", Kind: "server"}},
	}
}

const page = `<!doctype html>
<html>
  <head><title>Orders</title></head>
  <body class="orders">
    <h1>Orders &amp; returns</h1>
    <!-- 3 rows -->
    <table id="t"><tr><td>1</td><td>12.50</td></tr></table>
  </body>
</html>
`

// Story fills a server with one exchange of each kind.
func Story(c *Client) {
	for _, x := range storyExchanges() {
		c.Put(x)
	}
	c.SetComparison(comparison())
}

func storyExchanges() []*recorder.Exchange {
	home := exchange(1, "GET", "/", "200 OK", 12.4)
	home.Response.Body = bodyOf([]byte(page))

	login := exchange(2, "POST", "/login?next=%2Forders", "302 FOUND", 87)
	login.Request.Headers = append(login.Request.Headers, recorder.Header{"Content-Type", "application/x-www-form-urlencoded"})
	login.Request.Body = bodyOf([]byte("user=j%C3%BCrgen&password=hunter2&remember="))
	login.Request.Withheld = []recorder.Withheld{{Name: "X_Forwarded_User", Reason: "an underscore in its name"}}
	login.Response.Headers = append(login.Response.Headers, recorder.Header{"Location", "/orders"},
		recorder.Header{"Set-Cookie", "session=eyJ1c2VyIjo0Mn0.Zz3xkg.0b7cW9dGkV1PzQ; HttpOnly; Path=/; SameSite=Lax"})
	login.Marked = true

	orders := exchange(3, "GET", "/api/orders?page=1&per_page=20", "200 OK", 5.21)
	orders.Response.Headers[0] = recorder.Header{"Content-Type", "application/json"}
	orders.Response.Headers = append(orders.Response.Headers, recorder.Header{"Content-Encoding", "gzip"})
	orders.Response.Body = bodyOf(zipped(`{"orders":[{"id":1,"total":12.50,"paid":true,"note":null,"by":"日本語"},{"id":2,"total":80}],"next":"/api/orders?page=2"}`))
	orders.Marked = true

	missing := exchange(4, "GET", "/favicon.ico", "404 NOT FOUND", 0.84)
	missing.Response.Body = bodyOf([]byte("no such page"))

	boom := exchange(5, "GET", "/orders/17", "500 INTERNAL SERVER ERROR", 33.1)
	boom.Exception = keyError()
	boom.Errors = "WARNING in views: order 17 is not there\nTraceback follows\n"
	boom.Output = []recorder.Output{{AtMS: 12.1, Stream: "stdout", Text: "looking for order 17\n"}, {AtMS: 13, Stream: "stderr", Text: "cache miss\n"}}
	boom.Response.Server = true

	lax := exchange(6, "GET", "/report", "200 OK", 240)
	lax.Lint = []recorder.Lint{
		{Rule: "close-not-called", Message: "the iterable of the inner application was not closed", PEP: "PEP 3333: Specification Details"},
		{Rule: "content-length", Message: "more bytes than Content-Length", PEP: "PEP 3333: Handling the Content-Length Header"},
	}

	stream := exchange(7, "GET", "/events", "200 OK", 2410)
	stream.Response.Chunks = nil
	for i := range 9 {
		via := "yield"
		if i == 0 {
			via = "write"
		}
		stream.Response.Chunks = append(stream.Response.Chunks, recorder.Chunk{AtMS: 40 + float64(i*i)*35, Size: 120 + 300*(i%4), Via: via})
		stream.Response.Body.Size += int64(120 + 300*(i%4))
	}

	replayed := exchange(8, "GET", "/api/orders?page=1&per_page=20", "200 OK", 4.9)
	origin := uint64(3)
	replayed.Origin = &origin

	picture := exchange(9, "GET", "/static/glass.png", "200 OK", 1.1)
	picture.Response.Headers[0] = recorder.Header{"Content-Type", "image/png"}
	picture.Response.Body = bodyOf([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10\x08\x06\x00\x00\x00"))

	hostile := exchange(10, "GET", "/\x1b]52;c;aGk=\x07\u202egpj", "200 \x1b[2J", 1.9)
	hostile.Environ[2].Value = "/caf\u00c3\u00a9"
	hostile.Request.Headers = append(hostile.Request.Headers, recorder.Header{"X-\x1b[31m", "\u009b2J\u200b"})
	hostile.Response.Body = bodyOf([]byte("\x1b]0;owned\x07\x1b[2Jtext\xff\n\u202eevil\n日本語 👩\u200d🚀"))
	hostile.Response.Headers[0] = recorder.Header{"Content-Type", "text/plain"}

	open := exchange(11, "POST", "/upload", "", 0)
	open.State, open.Response = recorder.Open, recorder.Response{}
	open.Started = Noon.Add(58 * time.Second)
	return []*recorder.Exchange{home, login, orders, missing, boom, lax, stream, replayed, picture, hostile, open}
}

func zipped(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.Bytes()
}

func keyError() *recorder.Exception {
	return &recorder.Exception{
		Where: "call", Type: "shop.errors.NotFound", Message: "order 17", Explicit: true,
		Frames: []recorder.Frame{
			{File: "/home/me/.venv/lib/python3.11/site-packages/flask/app.py", Line: 1511, Function: "wsgi_app", Source: "response = self.full_dispatch_request()"},
			{File: "/home/me/.venv/lib/python3.11/site-packages/flask/app.py", Line: 865, Function: "dispatch_request", Source: "return self.view_functions[rule.endpoint](**view_args)"},
			{
				File: "/home/me/shop/views.py", Line: 42, Function: "show", Source: "raise NotFound(f'order {id}') from e",
				Context: []string{"    try:", "        order = orders[id]", "    except KeyError as e:", "        raise NotFound(f'order {id}') from e", "    return jsonify(order)"}, ContextFrom: 39,
			},
		},
		Cause: &recorder.Exception{Where: "call", Type: "KeyError", Message: "17", Frames: []recorder.Frame{{
			File: "/home/me/shop/views.py", Line: 40, Function: "show", Source: "order = orders[id]",
			Context: []string{"    try:", "        order = orders[id]", "    except KeyError as e:"}, ContextFrom: 39,
		}}},
		Text: "Traceback (most recent call last):\n  File \"/home/me/shop/views.py\", line 40, in show\n    order = orders[id]\nKeyError: 17\n",
	}
}

func comparison() *control.Comparison {
	return &control.Comparison{
		A: 3, B: 8, Verdict: "changed", Reasons: []string{"body: 2 differences", "header Vary: added"},
		Parts: []control.Difference{
			{Part: "header", Where: "Vary", New: "Accept", Kind: "added"},
			{Part: "header", Where: "Date", Old: "Fri, 20 Nov 2026 12:00:02 GMT", New: "Fri, 20 Nov 2026 12:00:05 GMT", Kind: "changed", Noise: true, NoiseWhy: "volatile header"},
			{Part: "body", Where: "/orders/0/total", Old: "12.50", New: "13.00", Kind: "changed"},
			{Part: "body", Where: "/orders/1", Old: `{"id":2,"total":80}`, Kind: "removed"},
			{Part: "body", Where: "line 3", Kind: "changed", Lines: []control.DiffLine{
				{Op: "@", Text: "line 2"}, {Op: " ", Text: "<h1>Orders</h1>"}, {Op: "-", Text: "<p>two</p>"}, {Op: "+", Text: "<p>one</p>"},
			}},
		},
	}
}
