package wsgi_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// loopback is a pair of connected sockets.
func loopback(b *testing.B) (ours, theirs net.Conn) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	if ours, err = net.Dial("tcp", l.Addr().String()); err != nil {
		b.Fatal(err)
	}
	if theirs, err = l.Accept(); err != nil {
		b.Fatal(err)
	}
	return ours, theirs
}

// overWire is the rate of requests per second over the wire, so many at once.
func overWire(b *testing.B, app wsgi.Application, n, inFlight int, opts ...wsgi.Option) float64 {
	b.Helper()
	ours, theirs := loopback(b)
	done := make(chan error, 1)
	go func() { done <- wsgi.ServeConn(theirs, app, opts...) }()
	r := wire.NewReader(ours)
	f, err := r.Next()
	for err == nil && f.Kind == wire.StageNamed {
		f, err = r.Next()
	}
	if err != nil || f.Kind != wire.ReadyKind {
		b.Fatalf("not ready: %v, %v", f, err)
	}
	payload := requestPayload(environ("GET", "HTTP_ACCEPT", "*/*", "HTTP_USER_AGENT", "bench"), "")
	var out []byte
	sent, ended := 0, 0
	began := time.Now()
	send := func() {
		sent++
		out = wire.AppendFrame(out, wire.Frame{Kind: wire.Request, Flags: wire.FlagEnd, Request: uint32(sent), Payload: payload})
	}
	for sent < min(inFlight, n) {
		send()
	}
	for ended < n {
		if len(out) > 0 && !r.Buffered() {
			if _, err := ours.Write(out); err != nil {
				b.Fatal(err)
			}
			out = out[:0]
		}
		f, err := r.Next()
		if err != nil {
			b.Fatal(err)
		}
		if f.Flags&wire.FlagEnd != 0 && (f.Kind == wire.Head || f.Kind == wire.Data || f.Kind == wire.End) {
			ended++
			if sent < n {
				send()
			}
		}
	}
	took := time.Since(began)
	_ = ours.Close()
	<-done
	return float64(n) / took.Seconds()
}

// overHTTP is the same of net/http alone, with a client that does little more than it must.
func overHTTP(b *testing.B, n, inFlight int) float64 {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "Hello, world!\n") //nolint:errcheck // the client counts
	})}
	served := make(chan struct{})
	go func() { defer close(served); _ = s.Serve(l) }()
	request := []byte("GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAccept: */*\r\nUser-Agent: bench\r\n\r\n")
	var clients sync.WaitGroup
	began := time.Now()
	for i := range inFlight {
		share := n / inFlight
		if i < n%inFlight {
			share++
		}
		clients.Go(func() {
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			buf := make([]byte, 4096)
			for range share {
				if _, err := conn.Write(request); err != nil {
					b.Error(err)
					return
				}
				for got := 0; !bytes.HasSuffix(buf[:got], []byte("world!\n")); {
					m, err := conn.Read(buf[got:])
					if err != nil {
						b.Error(err)
						return
					}
					got += m
				}
			}
		})
	}
	clients.Wait()
	took := time.Since(began)
	_ = s.Close()
	<-served
	return float64(n) / took.Seconds()
}

func benchHello(b *testing.B, inFlight int) {
	b.ReportAllocs()
	const n = 20_000
	var ours, peers float64
	for b.Loop() {
		ours += overWire(b, hello, n, inFlight)
		peers += overHTTP(b, n, inFlight)
	}
	b.ReportMetric(ours/float64(b.N), "req/s")
	b.ReportMetric(peers/float64(b.N), "nethttp-req/s")
	b.ReportMetric(ours/peers, "times-nethttp")
}

func BenchmarkHello1(b *testing.B)  { benchHello(b, 1) }
func BenchmarkHello32(b *testing.B) { benchHello(b, 32) }

func BenchmarkHundredBlocks(b *testing.B) {
	block := []byte("a block of a response\n")
	app := answering(func(yield func([]byte, error) bool) {
		for range 100 {
			if !yield(block, nil) {
				return
			}
		}
	})
	var rate float64
	for b.Loop() {
		rate += overWire(b, app, 2000, 32)
	}
	b.ReportMetric(rate/float64(b.N), "req/s")
}

func BenchmarkFromHTTP32(b *testing.B) {
	app := wsgi.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, "Hello, world!\n") //nolint:errcheck // the answer is counted
	}))
	var rate float64
	for b.Loop() {
		rate += overWire(b, app, 20_000, 32)
	}
	b.ReportMetric(rate/float64(b.N), "req/s")
}
