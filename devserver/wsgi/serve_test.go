package wsgi_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func TestServeByItself(t *testing.T) {
	t.Setenv("SNIFTER_WORKER", "")
	t.Setenv("PORT", "")
	ctx, cancel := context.WithCancel(context.Background())
	url := make(chan string, 1)
	var said strings.Builder
	ended := make(chan error, 1)
	go func() {
		ended <- wsgi.Serve(hello, wsgi.Bind("127.0.0.1:0"), wsgi.Context(ctx), wsgi.Stderr(&said),
			wsgi.OnReady(func(u string) { url <- u }))
	}()
	u := <-url
	resp, err := http.Get(u)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || string(body) != "Hello, world!\n" || resp.ContentLength != 14 {
		t.Errorf("got %q, %v", body, err)
	}
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if said.String() != "serving on "+u+"\n" {
		t.Errorf("it said %q", said.String())
	}
}

func TestServeRefuses(t *testing.T) {
	for worker, want := range map[string]string{
		"fd:x":               "no descriptor",
		"fd:1":               "no descriptor",
		"tcp:127.0.0.1":      "names no token",
		"tcp:127.0.0.1:1:xy": "connect",
		"carrier-pigeon:7":   "another release",
	} {
		t.Setenv("SNIFTER_WORKER", worker)
		if err := wsgi.Serve(hello); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", worker, err)
		}
	}
	t.Setenv("SNIFTER_WORKER", "")
	t.Setenv("PORT", "")
	if err := wsgi.Serve(hello, wsgi.Bind("127.0.0.1:99999")); err == nil || !strings.Contains(err.Error(), "--bind") {
		t.Errorf("a bad port: %v", err)
	}
}

func TestAddress(t *testing.T) {
	for _, tt := range []struct {
		bind, args, port string
		want             string // "" for an error
	}{
		{"", "", "", "127.0.0.1:8000"},
		{"0.0.0.0:1", "", "", "0.0.0.0:1"},
		{"0.0.0.0:1", "", "2", "127.0.0.1:2"},
		{"0.0.0.0:1", "--bind :3", "2", ":3"},
		{"", "-bind=[::1]:4", "", "[::1]:4"},
		{"", "--verbose --bind=h:5 x", "", "h:5"},
		{"", "-- --bind=h:5", "", "127.0.0.1:8000"},
		{"", "bind=h:5", "", "127.0.0.1:8000"},
		{"", "--bind", "", ""},
		{"", "--bind nowhere", "", ""},
		{"", "", "http", ""},
	} {
		got, err := wsgi.Address(tt.bind, strings.Fields(tt.args), tt.port)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%+v: %q, %v", tt, got, err)
		}
	}
}

func TestRequestContext(t *testing.T) {
	contexts := make(chan context.Context, 1)
	release := make(chan struct{})
	p := dial(t, func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		contexts <- e.Context()
		<-release
		return hello(e, start)
	})
	id := p.request(environ("GET"), "", true)
	ctx := <-contexts
	derived, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	called := make(chan struct{})
	stopped := context.AfterFunc(ctx, func() { t.Error("a stopped function was called") })
	context.AfterFunc(ctx, func() { close(called) })
	if !stopped() || ctx.Err() != nil {
		t.Error("the context has ended early")
	}
	p.send(wire.Frame{Kind: wire.Gone, Request: id})
	<-derived.Done()
	<-called
	<-ctx.Done()
	if ctx.Err() != context.Canceled || stopped() {
		t.Errorf("the context's error is %v", ctx.Err())
	}
	close(release)
	p.ended(id)
	// A request that was answered is over, too.
	p.do(environ("GET"), "")
	ctx = <-contexts
	<-ctx.Done()
	late := make(chan struct{})
	context.AfterFunc(ctx, func() { close(late) })
	<-late
}

func FuzzRequest(f *testing.F) {
	f.Add(requestPayload(environ("GET"), "body"))
	f.Add(requestPayload(environ("POST", "PATH_INFO", "/caf\u00c3\u00a9"), ""))
	f.Add([]byte{0, 0, 0, 0})
	f.Add([]byte{255, 255, 255, 255, '{', '0'})
	f.Fuzz(func(t *testing.T, p []byte) {
		e, body, err := wsgi.DecodeRequest(p)
		if err != nil {
			return
		}
		if e == nil || len(body) > len(p) || e["wsgi.version"] != [2]int{1, 0} {
			t.Errorf("environ %v, %d bytes of body", e, len(body))
		}
	})
}
