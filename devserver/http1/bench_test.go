package http1_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/http1"
)

const (
	benchRequest = "GET /hello?name=world HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUser-Agent: bench/1.0\r\n" +
		"Accept: text/html,application/xhtml+xml\r\nAccept-Language: en\r\nCookie: session=0123456789abcdef\r\n\r\n"
	benchBody = "Hello, world!"
)

// hello answers from another goroutine, as the gateway does, or on the spot.
type hello struct{ queue chan *http1.Stream }

func (h hello) Request(s *http1.Stream) {
	if h.queue != nil {
		h.queue <- s
		return
	}
	answerHello(s)
}

func (h hello) Refused(http1.Refusal) {}

var helloHeaders = [][2]string{{"Content-Type", "text/plain"}}

func answerHello(s *http1.Stream) {
	_ = s.Respond("200 OK", helloHeaders, http1.Options{Sized: true, End: true}, []byte(benchBody))
}

// BenchmarkHello measures a keep-alive hello over loopback beside net/http in the same run, and reports the ratio.
func BenchmarkHello(b *testing.B) {
	for _, conns := range []int{1, 32} {
		b.Run(fmt.Sprintf("conns=%d", conns), func(b *testing.B) {
			var ours, theirs, across time.Duration
			ours = timed(b, conns, b.N, func() (string, func()) { return startHTTP1(b, nil) })
			queue := make(chan *http1.Stream, 1024)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for s := range queue {
					answerHello(s)
				}
			}()
			across = timed(b, conns, b.N, func() (string, func()) { return startHTTP1(b, queue) })
			theirs = timed(b, conns, b.N, func() (string, func()) { return startNetHTTP(b) })
			close(queue)
			<-done
			per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(b.N) }
			b.ReportMetric(per(ours), "ns/req")
			b.ReportMetric(per(across), "ns/req-handed-over")
			b.ReportMetric(per(theirs), "ns/req-net/http")
			b.ReportMetric(per(theirs)/per(ours), "times-net/http")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func startHTTP1(b *testing.B, queue chan *http1.Stream) (addr string, stop func()) {
	l := loopback(b)
	srv := &http1.Server{Handler: hello{queue}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ctx, l) }()
	return l.Addr().String(), func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	}
}

func startNetHTTP(b *testing.B) (addr string, stop func()) {
	l := loopback(b)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, benchBody)
	})}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	return l.Addr().String(), func() {
		srv.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			b.Error(err)
		}
	}
}

// timed sends n requests over some connections and returns how long it took.
func timed(b *testing.B, conns, n int, start func() (addr string, stop func())) time.Duration {
	addr, stop := start()
	defer stop()
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range conns {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		share := n / conns
		if i < n%conns {
			share++
		}
		wg.Go(func() {
			defer c.Close()
			<-begin
			if err := hammer(c, share); err != nil {
				b.Error(err)
			}
		})
	}
	from := time.Now()
	close(begin)
	wg.Wait()
	return time.Since(from)
}

// hammer is a client that costs as little as it can: it learns the size of an answer from the first.
func hammer(c net.Conn, n int) error {
	if n == 0 {
		return nil
	}
	request := []byte(benchRequest)
	if _, err := c.Write(request); err != nil {
		return err
	}
	br := bufio.NewReader(c)
	resp, err := http.ReadResponse(br, nil)
	if err != nil {
		return err
	}
	size := 0
	for k, vs := range resp.Header {
		for _, v := range vs {
			size += len(k) + len(v) + len(": \r\n")
		}
	}
	size += len("HTTP/1.1 200 OK\r\n\r\n") + len(benchBody) + len("Content-Length: 13\r\n")
	if resp.Header.Get("Content-Length") != "" {
		size -= len("Content-Length: 13\r\n")
	}
	if _, err := io.ReadAll(resp.Body); err != nil {
		return err
	}
	answer := make([]byte, size)
	for range n - 1 {
		if _, err := c.Write(request); err != nil {
			return err
		}
		if _, err := io.ReadFull(c, answer); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkParseHead measures a browser's head.
func BenchmarkParseHead(b *testing.B) {
	raw := []byte("GET /polls/7/results/?page=2 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nConnection: keep-alive\r\n" +
		"sec-ch-ua: \"Chromium\";v=\"130\", \"Not?A_Brand\";v=\"99\"\r\nsec-ch-ua-mobile: ?0\r\nUpgrade-Insecure-Requests: 1\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n" +
		"Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
		"Accept-Language: en-US,en;q=0.9\r\nCookie: csrftoken=0123456789abcdef0123456789abcdef; sessionid=0123456789abcdef\r\n\r\n")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := http1.ParseHead(raw, http1.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
