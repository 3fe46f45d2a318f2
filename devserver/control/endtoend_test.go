package control_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// gateway is as little of a snifter as a replay needs: it answers requests on a socket and records them.
type gateway struct {
	recorder *recorder.Recorder
	token    string
	greeting atomic.Value // what it answers
}

func (g *gateway) serve(t testing.TB) replay.Target {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { g.answer(conn) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		running.Wait()
	})
	return replay.Target{Network: "tcp", Address: l.Addr().String()}
}

func (g *gateway) answer(conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(conn)
	var head strings.Builder
	var origin uint64
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		if v, ok := strings.CutPrefix(line, replay.OriginHeader+": "); ok {
			origin, _ = replay.ParseOrigin(strings.TrimSpace(v), g.token)
			continue
		}
		head.WriteString(line)
		if line == "\r\n" {
			break
		}
	}
	id := g.recorder.NextID()
	body := g.greeting.Load().(string)
	fields := []event.Header{{Name: "Content-Type", Value: "text/plain"}, {Name: "Date", Value: time.Now().String()}}
	g.recorder.Emit(event.Event{Exchange: id, Kind: event.Enter, Payload: &event.Request{
		Started: time.Now(), Origin: origin, Head: []byte(head.String()),
	}})
	out := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n", len(body))
	if origin != 0 {
		out += fmt.Sprintf("%s: %d\r\n", replay.ExchangeHeader, id)
	}
	io.WriteString(conn, out+"\r\n"+body) // the client has its answer before the record is whole
	g.recorder.Emit(
		event.Event{Exchange: id, Seq: 1, Kind: event.StartResponse, Payload: &event.Response{Status: "200 OK", Headers: fields}},
		event.Event{Exchange: id, Seq: 2, Kind: event.Chunk, Payload: &event.Data{Bytes: []byte(body), Size: len(body)}},
		event.Event{Exchange: id, Seq: 3, Kind: event.Exit, Payload: &event.Ending{Closed: true}},
	)
}

// From a request on a socket to the verdict on the workbench's side, through the recorder, the replayer and the
// control protocol.
func TestEndToEnd(t *testing.T) {
	l := newLive(t)
	g := &gateway{recorder: l.recorder, token: replay.NewToken()}
	g.greeting.Store("hello\n")
	sender := &replay.Sender{Target: g.serve(t), Token: g.token}
	backend := control.NewBackend(control.Options{
		Recorder: l.recorder,
		Status:   func() control.Status { return control.Status{} },
		Replay: func(ctx context.Context, xs iter.Seq2[*recorder.Exchange, error], _ replay.Manner, report func(replay.Result)) error {
			r := &replay.Runner{Sender: sender, Await: replay.AwaitIn(l.recorder, nil), Outcome: report}
			_, err := r.Run(ctx, xs)
			return err
		},
	})
	c := overSocket(t, backend)
	w := startWatch(t, c)
	w.until(t, "the status", func(control.Updates) bool { return true })

	// The first request is an ordinary client's.
	conn, err := net.Dial("tcp", sender.Target.Address)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(conn, "GET /x HTTP/1.1\r\nHost: a\r\nx-lower: 1\r\n\r\n")
	if _, err := io.ReadAll(conn); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	var origin uint64
	w.until(t, "the request", func(u control.Updates) bool {
		for _, r := range u.Rows {
			if r.State == recorder.Done {
				origin = r.ID
			}
		}
		return origin != 0
	})

	replayed := func(want replay.Verdict) replay.Outcome {
		t.Helper()
		outcomes, err := c.Replay(t.Context(), control.ReplayQuery{IDs: []uint64{origin}})
		if err != nil || len(outcomes) != 1 || outcomes[0].Verdict != want || outcomes[0].Origin != origin {
			t.Fatalf("got %+v, %v; want %s", outcomes, err, want)
		}
		w.until(t, "the verdict", func(u control.Updates) bool {
			return len(u.Verdicts) == 1 && cmp.Equal(u.Verdicts[0], outcomes[0])
		})
		return outcomes[0]
	}
	replayed(replay.Noise)
	g.greeting.Store("good bye\n")
	o := replayed(replay.Changed)
	x, err := c.Exchange(t.Context(), o.ID)
	if err != nil || *x.Origin != origin {
		t.Fatalf("%+v, %v", x, err)
	}
	if diff := cmp.Diff([]recorder.Header{{"Host", "a"}, {"x-lower", "1"}}, x.Request.Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	d, err := c.Compare(t.Context(), origin, o.ID)
	if err != nil || d.Verdict != replay.Changed || d.Parts[len(d.Parts)-1].Lines[1].Text != "hello" {
		t.Errorf("%+v, %v", d, err)
	}
}

// From sending to verdicts, with an application that takes no time: DESIGN.md 10 gives twenty of them 250 ms.
func BenchmarkReplayTwenty(b *testing.B) {
	store, err := recorder.OpenStore(b.TempDir()+"/capture.db", recorder.StoreOptions{})
	if err != nil {
		b.Fatal(err)
	}
	rec := recorder.New(store, recorder.Options{})
	defer rec.Close()
	g := &gateway{recorder: rec, token: replay.NewToken()}
	g.greeting.Store(strings.Repeat("a line of text\n", 100))
	target := g.serve(b)
	origin := &recorder.Exchange{ID: 1, State: recorder.Done, Request: recorder.Request{
		Method: "GET", Target: "/", Headers: []recorder.Header{{"Host", "a"}},
	}}
	r := &replay.Runner{
		Sender: &replay.Sender{Target: target, Token: g.token},
		Await:  replay.AwaitIn(rec, nil),
	}
	for b.Loop() {
		if _, err := r.Run(b.Context(), func(yield func(*recorder.Exchange, error) bool) {
			for range 20 {
				if !yield(origin, nil) {
					return
				}
			}
		}); err != nil {
			b.Fatal(err)
		}
	}
}
