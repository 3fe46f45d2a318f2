package examples_test

import (
	"testing"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
)

const (
	form  = "Content-Type: application/x-www-form-urlencoded"
	jsons = "Content-Type: application/json"
	parts = "Content-Type: multipart/form-data; boundary=frontier"

	sha256OfHello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
)

// multipart makes a body of a file and of fields, name and value in turn.
func multipart(file string, fields ...string) string {
	var b []byte
	for i := 0; i+1 < len(fields); i += 2 {
		b = append(b, "--frontier\r\nContent-Disposition: form-data; name=\""+fields[i]+"\"\r\n\r\n"+fields[i+1]+"\r\n"...)
	}
	return string(append(b, "--frontier\r\nContent-Disposition: form-data; name=\""+file+"\"; filename=\"a.txt\"\r\n"+
		"Content-Type: text/plain\r\n\r\nhello\r\n--frontier--\r\n"...))
}

// stories are sessions of a browser with each framework's example: forms, sessions, CSRF tokens, uploads, JSON, streams.
var stories = map[string][]step{
	"flask_app": {
		{request: "GET /", status: 200, says: []string{"Welcome!", "No entries yet"}, header: []string{"X-Request-Id: "}},
		{request: "POST /", headers: []string{form}, body: "name=Ada&text=hi", status: 303, header: []string{"Set-Cookie: session="}},
		{request: "GET /", status: 200, says: []string{"Thank you!", "<b>Ada</b>: hi"}},
		{request: "GET /private", status: 401},
		{request: "POST /login", headers: []string{form}, body: "user=ada&password=lovelace", status: 303},
		{request: "GET /private", status: 200, says: []string{"For ada alone"}},
		{request: "POST /api/entries", headers: []string{jsons}, body: `{"text": "by JSON"}`, status: 201},
		{request: "GET /api/entries", status: 200, says: []string{`"by JSON"`, `"user":"ada"`}, header: []string{"Content-Type: application/json"}},
		{request: "GET /download", status: 200, says: []string{"name,text\r\nAda,hi\r\n"}, chunks: 3},
		{request: "GET /static/style.css", status: 200, header: []string{"Content-Type: text/css"}},
		{request: "POST /upload", headers: []string{parts}, body: multipart("file"), status: 200, says: []string{"a.txt: 5 bytes of text/plain", sha256OfHello}},
		{request: "GET /broken", status: 500, errors: "ZeroDivisionError"},
	},
	"django_project": {
		{request: "GET /", status: 200, says: []string{"Nothing yet"}, header: []string{"Set-Cookie: csrftoken=", "Server-Timing: view"}},
		{request: "POST /", headers: []string{form}, body: "title=One", status: 403},
		{request: "POST /", headers: []string{parts}, body: multipart("attachment", "csrfmiddlewaretoken", "{csrf}", "title", "One", "text", "first"), status: 302},
		{request: "GET /", status: 200, says: []string{"One</a>", "Kept"}},
		{request: "GET /notes/1/", status: 200, says: []string{"<h1>One</h1>", "a.txt"}},
		{request: "GET /notes/9/", status: 404},
		{request: "POST /api/notes/", headers: []string{jsons}, body: `{"title": "Two"}`, status: 201},
		{request: "GET /api/notes/", status: 200, says: []string{`"Two"`, sha256OfHello}},
		{request: "GET /export/", status: 200, says: []string{"# One\n\nfirst", "2 notes\n"}, chunks: 3},
		{request: "GET /broken/", status: 500, says: []string{"division by zero"}, errors: "ZeroDivisionError"},
	},
	"pyramid_app": {
		{request: "GET /", status: 200, says: []string{"Nothing yet"}, header: []string{"Cache-Control: no-store"}},
		{request: "POST /", headers: []string{form}, body: "text=hi", status: 400},
		{request: "POST /", headers: []string{form}, body: "csrf_token={csrf}&text=hi&name=Ada", status: 303},
		{request: "GET /", status: 200, says: []string{"<b>Ada</b>: hi", "Posted."}},
		{request: "GET /", headers: []string{"Accept-Encoding: gzip"}, status: 200, header: []string{"Content-Encoding: gzip"}, says: []string{"\x1f\x8b"}},
		{request: "POST /upload", headers: []string{parts}, body: multipart("file"), status: 200, says: []string{sha256OfHello, `"size": 5`}},
		{request: "POST /api/messages", headers: []string{jsons}, body: `{"text": "by JSON"}`, status: 201},
		{request: "GET /clock", status: 200, chunks: 3},
		{request: "GET /nothing", status: 404, says: []string{"nothing at /nothing"}},
	},
}

// In the folder of an application of each framework, with nothing named but the Python: it is found, served, recorded.
func TestFrameworks(t *testing.T) {
	t.Parallel()
	for name, steps := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, program := framework(t, name)
			s := snifter.Start(t, dir, []string{"--python", program})
			play(t, s, s.Client(), steps)
		})
	}
}
