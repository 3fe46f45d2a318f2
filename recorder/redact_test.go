package recorder_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"

func TestRedactorTakesSecretsOut(t *testing.T) {
	r := recorder.NewRedactor([]byte("key"))
	env := marshal.Append(nil, marshal.Dict{
		{Key: "HTTP_COOKIE", Value: "sid=S3CRET; theme=S3CRET"}, {Key: "QUERY_STRING", Value: "q=plain&token=S3CRET"},
		{Key: "RAW_URI", Value: "/a?token=S3CRET"}, {Key: "app.secret", Value: "S3CRET"}, {Key: "PATH_INFO", Value: "/plain"},
		{Key: "HTTP_AUTHORIZATION", Value: "Basic S3CRET"},
	})
	x := r.Exchange(recorder.Fold([]event.Event{
		{Exchange: 1, Kind: event.Enter, Payload: &event.Request{Started: epoch, Environ: env, Head: []byte(
			"POST /a?q=plain&token=S3CRET HTTP/1.1\r\nAuthorization: Bearer S3CRET\r\nCookie: sid=S3CRET; theme=S3CRET\r\n" +
				"X-Api-Key: S3CRET\r\nX-CSRFToken: S3CRET\r\nX-Other: plain " + token + "\r\nReferer: http://u:S3CRET@h/?code=S3CRET\r\n" +
				"Content-Type: application/json; charset=utf-8\r\n\r\n")}},
		{Exchange: 1, Seq: 1, Kind: event.Input, Payload: &event.Data{Size: 9, Bytes: []byte(
			`{ "user": "plain", "password": "S3CRET", "n": 1.50, "deep": {"api_key": ["S3CRET", {"x": "S3CRET"}], "ok": "plain"}, ` +
				`"pin": 98765432, "esc\"aped": "pl\"ain", "jwt": "` + token + `"}`)}},
		{Exchange: 1, Seq: 2, Kind: event.StartResponse, Payload: &event.Response{Status: "200 OK", Headers: []event.Header{
			{Name: "Set-Cookie", Value: "sid=S3CRET; Path=/plain; HttpOnly"}, {Name: "Content-Type", Value: "text/plain"}}}},
		{Exchange: 1, Seq: 3, Kind: event.Chunk, Payload: &event.Data{Size: 9, Bytes: []byte("plain " + token)}},
		{Exchange: 1, Seq: 4, Kind: event.Errors, Payload: &event.Text{Text: "saw " + token}},
		{Exchange: 1, Seq: 5, Kind: event.Exit, Payload: &event.Ending{WireHead: []byte("Set-Cookie: sid=S3CRET")}},
	}))
	p, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"S3CRET", token, "98765432"} {
		if at := strings.Index(string(p), secret); at >= 0 {
			t.Errorf("%q is still there: %s", secret, p[max(0, at-60):at+10])
		}
	}
	body := string(x.Request.Body.Bytes)
	var v map[string]any
	if err := json.Unmarshal(x.Request.Body.Bytes, &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	for _, kept := range []string{`{ "user": "plain"`, `"n": 1.50`, `"ok": "plain"`, `"esc\"aped": "pl\"ain"`} {
		if !strings.Contains(body, kept) {
			t.Errorf("%s is gone from %s", kept, body)
		}
	}
	if !strings.Contains(x.Response.Headers[0][1], "; Path=/plain; HttpOnly") || !strings.HasPrefix(x.Request.Headers[0][1], "Bearer ") {
		t.Errorf("%v, %v", x.Response.Headers[0], x.Request.Headers[0])
	}
	if !strings.Contains(x.Request.Target, "q=plain") || x.Request.Head != nil || x.Response.Head != nil {
		t.Errorf("target %q, heads %q %q", x.Request.Target, x.Request.Head, x.Response.Head)
	}
	// Equal secrets stay equal, wherever they stand; another key gives others.
	if want := "sid=" + r.Secret("S3CRET"); !strings.HasPrefix(x.Request.Headers[1][1], want) || !strings.Contains(x.Request.Target, r.Secret("S3CRET")) {
		t.Errorf("%q, %q, want %q in both", x.Request.Headers[1][1], x.Request.Target, r.Secret("S3CRET"))
	}
	if recorder.NewRedactor([]byte("other")).Secret("S3CRET") == r.Secret("S3CRET") {
		t.Error("the key makes no difference")
	}
}

func TestRedactorLooksIntoEncodedBodies(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(`{"token": "S3CRET", "ok": "plain"}`))
	_ = z.Close()
	r := recorder.NewRedactor([]byte("key"))
	hs := []recorder.Header{{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}
	x := r.Exchange(&recorder.Exchange{Response: recorder.Response{Headers: hs, Body: recorder.Body{Bytes: packed.Bytes()}}})
	if got, want := string(x.Response.Body.Bytes), `{"token": "`+r.Secret("S3CRET")+`", "ok": "plain"}`; got != want || len(x.Response.Headers) != 1 {
		t.Errorf("%s with %v, want %s", got, x.Response.Headers, want)
	}
	x = r.Exchange(&recorder.Exchange{Response: recorder.Response{Headers: hs, Body: recorder.Body{Bytes: []byte("no gzip: S3CRET")}}})
	if len(x.Response.Body.Bytes) != 0 || !x.Response.Body.Cut {
		t.Errorf("what cannot be decoded is shown: %+v", x.Response.Body)
	}
	// The codings stand in two fields.
	var twice bytes.Buffer
	z = gzip.NewWriter(&twice)
	_, _ = z.Write(packed.Bytes())
	_ = z.Close()
	x = r.Exchange(&recorder.Exchange{Response: recorder.Response{Headers: append(hs, hs[1]), Body: recorder.Body{Bytes: twice.Bytes()}}})
	if got, want := string(x.Response.Body.Bytes), `{"token": "`+r.Secret("S3CRET")+`", "ok": "plain"}`; got != want {
		t.Errorf("%q, want %s", got, want)
	}
}

func TestRedactorForms(t *testing.T) {
	r := recorder.NewRedactor([]byte("key"))
	for _, c := range []struct{ kind, in, want string }{
		{"application/x-www-form-urlencoded", "user=a&password=b%20c&x", "user=a&password=" + r.Secret("b c") + "&x"},
		{"multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nb c\r\n--B\r\n" +
			"Content-Disposition: form-data; name=\"user\"\r\n\r\na\r\n--B--\r\n",
			"--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" + r.Secret("b c") + "\r\n--B\r\n" +
				"Content-Disposition: form-data; name=\"user\"\r\n\r\na\r\n--B--\r\n"},
		{"application/json", `["a", {"token": null}, "` + token + `"]`, `["a", {"token": null}, "` + r.Secret(token) + `"]`},
		{"application/json", `{"ok": 1, "token" : "a b`, `{"ok": 1, "token" : "` + r.Secret("a b") + `"`},
		{"text/html", "password=a", "password=a"},
	} {
		if got := string(r.BodyBytes(c.kind, []byte(c.in))); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.in, got, c.want)
		}
	}
}

// What a stage did with a secret is told without it.
func TestRedactBlame(t *testing.T) {
	x := newScript(marshal.Dict{{Key: "HTTP_COOKIE", Value: "sid=hunter2"}}).
		environ(1, marshal.Dict{{Key: "app.session", Value: "hunter2"}}, "HTTP_COOKIE").enter(2).
		answer(2, "200 OK", "Set-Cookie: sid=hunter2", "Content-Type: application/json").
		answer(1, "200 OK", "Content-Type: application/json").
		passOn(2, 0, 0, 20).chunk(1, `{"token": "hunter2"}`).fold()
	out, err := json.Marshal(recorder.NewRedactor([]byte("key")).Exchange(x))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out, []byte("hunter2")) {
		t.Errorf("a secret is still there: %s", out)
	}
	if len(x.Blame.Body) != 1 || x.Blame.History[0].New != "hunter2" {
		t.Error("the exchange itself was changed")
	}
}
