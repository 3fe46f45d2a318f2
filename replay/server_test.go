package replay_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rawServer is a server of which a test sees every byte.
type rawServer struct {
	t      *testing.T
	target replay.Target

	mu    sync.Mutex
	heads [][]byte
}

// serve starts a server whose connections are handled by f, one request each: the head is read, f does the rest.
func serve(t *testing.T, f func(head []byte, r *bufio.Reader, w net.Conn)) *rawServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, l, f)
}

func serveOn(t *testing.T, l net.Listener, f func(head []byte, r *bufio.Reader, w net.Conn)) *rawServer {
	s := &rawServer{t: t, target: replay.Target{Network: l.Addr().Network(), Address: l.Addr().String()}}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(time.Minute))
				r := bufio.NewReader(conn)
				head := readHead(r)
				s.mu.Lock()
				s.heads = append(s.heads, head)
				s.mu.Unlock()
				f(head, r, conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		running.Wait()
	})
	return s
}

func readHead(r *bufio.Reader) []byte {
	var head []byte
	for {
		line, err := r.ReadBytes('\n')
		head = append(head, line...)
		if err != nil || len(bytes.TrimSpace(line)) == 0 && len(head) > 2 {
			return head
		}
	}
}

// readBody reads the body that a head announces.
func readBody(head []byte, r *bufio.Reader) []byte {
	for _, h := range event.ParseHead(head).Headers {
		switch strings.ToLower(h.Name) {
		case "transfer-encoding":
			body, _ := io.ReadAll(httputil.NewChunkedReader(r))
			return body
		case "content-length":
			n, _ := strconv.Atoi(h.Value)
			body := make([]byte, n)
			got, _ := io.ReadFull(r, body)
			return body[:got]
		}
	}
	return nil
}

func (s *rawServer) lastHead() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.heads[len(s.heads)-1])
}

// snifter is a server that does what a snifter does with replays: it takes the origin off, keeps the exchange, and
// answers with its id.
type snifter struct {
	*rawServer
	token string
	next  atomic.Uint64

	mu        sync.Mutex
	exchanges map[uint64]*recorder.Exchange
	changed   chan struct{}
}

type answer struct {
	status  string
	headers []recorder.Header
	body    string
	brk     bool // break the connection in the middle of the body
	raised  *event.Raised
	aborted string // why there is no answer
}

// serveRecorded starts a snifter whose application is f.
func serveRecorded(t *testing.T, f func(h event.Head, body []byte) answer) *snifter {
	s := &snifter{token: replay.NewToken(), exchanges: map[uint64]*recorder.Exchange{}, changed: make(chan struct{})}
	s.next.Store(1000)
	s.rawServer = serve(t, func(head []byte, r *bufio.Reader, w net.Conn) {
		body := readBody(head, r)
		parsed := event.ParseHead(head)
		var origin, id uint64
		for _, h := range parsed.Headers {
			if strings.EqualFold(h.Name, replay.OriginHeader) {
				var ok bool
				if origin, ok = replay.ParseOrigin(h.Value, s.token); !ok {
					t.Errorf("the origin %q is not one of this run", h.Value)
				}
			}
		}
		id = s.next.Add(1)
		a := f(parsed, body)
		var out bytes.Buffer
		if a.aborted != "" {
			a.status = "102 Processing"
		}
		fmt.Fprintf(&out, "HTTP/1.1 %s\r\n", a.status)
		for _, h := range a.headers {
			fmt.Fprintf(&out, "%s: %s\r\n", h[0], h[1])
		}
		if origin != 0 {
			fmt.Fprintf(&out, "%s: %d\r\n", replay.ExchangeHeader, id)
		}
		if a.aborted == "" {
			fmt.Fprintf(&out, "Content-Length: %d\r\n", len(a.body))
		}
		fmt.Fprintf(&out, "\r\n%s", a.body)
		send := out.Bytes()
		if a.brk {
			send = send[:len(send)-1]
		}
		w.Write(send)
		x := exchange(id, string(head), string(body), a)
		x.Origin = &origin
		s.mu.Lock()
		defer s.mu.Unlock()
		s.exchanges[id] = x
		close(s.changed)
		s.changed = make(chan struct{})
	})
	return s
}

// exchange makes a recorded exchange.
func exchange(id uint64, head, body string, a answer) *recorder.Exchange {
	ending := &event.Ending{Closed: true}
	if a.brk {
		ending.Outcome, ending.Reason = event.Broken, "the application failed midway"
	}
	if a.aborted != "" {
		ending.Outcome, ending.Reason = event.ClientGone, a.aborted
	}
	var fields []event.Header
	for _, h := range a.headers {
		fields = append(fields, event.Header{Name: h[0], Value: h[1]})
	}
	events := []event.Event{
		{Kind: event.Enter, Payload: &event.Request{Started: time.Unix(1_700_000_000+int64(id), 0), Head: []byte(head)}},
	}
	if body != "" {
		events = append(events, event.Event{Kind: event.Input, Payload: &event.Data{Bytes: []byte(body), Size: len(body)}})
	}
	if a.raised != nil {
		events = append(events, event.Event{Kind: event.Exception, Payload: a.raised})
	}
	if a.aborted == "" {
		events = append(events,
			event.Event{Kind: event.StartResponse, Payload: &event.Response{Status: a.status, Headers: fields}},
			event.Event{Kind: event.Chunk, Payload: &event.Data{Bytes: []byte(a.body), Size: len(a.body)}},
		)
	}
	events = append(events, event.Event{Kind: event.Exit, Payload: ending})
	for i := range events {
		events[i].Exchange, events[i].Seq = id, uint32(i)
	}
	return recorder.Fold(events)
}

func get(id uint64, target string) *recorder.Exchange {
	return exchange(id, "GET "+target+" HTTP/1.1\r\nHost: site.example\r\n\r\n", "",
		answer{status: "200 OK", headers: plain, body: "hello\n"})
}

var plain = []recorder.Header{{"Content-Type", "text/plain"}}

var errUnknown = errors.New("no such exchange")
