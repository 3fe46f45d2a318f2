package replay_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

func sequence(xs ...*recorder.Exchange) iter.Seq2[*recorder.Exchange, error] {
	return func(yield func(*recorder.Exchange, error) bool) {
		for _, x := range xs {
			if !yield(x, nil) {
				return
			}
		}
	}
}

// runner replays into a snifter.
func (s *snifter) runner() *replay.Runner {
	return &replay.Runner{
		Sender: &replay.Sender{Target: s.target, Token: s.token},
		Await: func(ctx context.Context, id uint64) (*recorder.Exchange, error) {
			for {
				s.mu.Lock()
				x, changed := s.exchanges[id], s.changed
				s.mu.Unlock()
				if x != nil {
					return x, nil
				}
				select {
				case <-changed:
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
		},
	}
}

func TestRun(t *testing.T) {
	s := serveRecorded(t, func(h event.Head, _ []byte) answer {
		switch h.Target {
		case "/same":
			return answer{status: "200 OK", headers: plain, body: "hello\n"}
		case "/noise":
			return answer{status: "200 OK", headers: append([]recorder.Header{{"Expires", "x"}}, plain...), body: "hello\n"}
		case "/changed":
			return answer{status: "200 OK", headers: plain, body: "good bye\n"}
		case "/aborted":
			return answer{aborted: "aborted by hand at app.Auth:enter"}
		}
		return answer{status: "500 Internal Server Error", headers: plain, body: "oh\n"}
	})
	cut := get(5, "/same")
	cut.Request.Body.Cut = true
	var outcomes []replay.Outcome
	r := s.runner()
	r.Outcome = func(res replay.Result) {
		outcomes = append(outcomes, res.Outcome)
		if res.Outcome.ID != 0 && (*res.Replayed.Origin != res.Origin.ID || res.Comparison == nil) {
			t.Errorf("%d: its origin is %d", res.Origin.ID, *res.Replayed.Origin)
		}
	}
	sum, err := r.Run(t.Context(), sequence(get(1, "/same"), get(2, "/noise"), get(3, "/changed"), get(4, "/broken"), cut, get(6, "/aborted")))
	if err != nil {
		t.Fatal(err)
	}
	if want := (replay.Summary{Same: 1, Noise: 1, Changed: 1, Broken: 3}); sum != want || !sum.Failed() {
		t.Errorf("got %+v, want %+v", sum, want)
	}
	want := []replay.Outcome{
		{ID: 1001, Origin: 1, Verdict: replay.Same, Reasons: []string{}},
		{ID: 1002, Origin: 2, Verdict: replay.Noise, Reasons: []string{"masked: Expires"}},
		{ID: 1003, Origin: 3, Verdict: replay.Changed, Reasons: []string{"body line 1: hello -> good bye"}},
		{ID: 1004, Origin: 4, Verdict: replay.Broken, Reasons: []string{"it answers 500 Internal Server Error", "body line 1: hello -> oh"}},
		{Origin: 5, Verdict: replay.Broken, Reasons: []string{"the recorded body is cut; raise --max-body"}},
		{ID: 1005, Origin: 6, Verdict: replay.Broken, Reasons: []string{"it was not answered: aborted by hand at app.Auth:enter"}},
	}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestRunLearns(t *testing.T) {
	var n atomic.Int64
	var price atomic.Int64
	price.Store(10)
	page := func() (string, string) {
		i := n.Add(1)
		at := time.Unix(1_700_000_000+i*100_000, 0).UTC()
		return fmt.Sprintf(`{"now":%q,"tags":[%d,"x%d"],"price":%d}`, at, i, i*i, price.Load()),
			fmt.Sprintf("<p>price %d</p>\n<p>at %s</p>\n%d\n<p>end</p>\n", price.Load(), at.Format(time.ANSIC), i)
	}
	s := serveRecorded(t, func(h event.Head, _ []byte) answer {
		asJSON, asText := page()
		if h.Target == "/json" {
			return answer{status: "200 OK", headers: []recorder.Header{{"Content-Type", "application/json"}, {"X-N", asJSON[:30]}}, body: asJSON}
		}
		return answer{status: "200 OK", headers: plain, body: asText}
	})
	asJSON, asText := page()
	head := func(target string) string { return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n" }
	origins := sequence(
		exchange(1, head("/json"), "", answer{status: "200 OK", headers: []recorder.Header{{"Content-Type", "application/json"}, {"X-N", asJSON[:30]}}, body: asJSON}),
		exchange(2, head("/text"), "", answer{status: "200 OK", headers: plain, body: asText}),
	)
	run := func(learn bool) (verdicts []replay.Verdict, shown int) {
		r := s.runner()
		r.Learn = learn
		r.Outcome = func(res replay.Result) {
			verdicts = append(verdicts, res.Outcome.Verdict)
			shown += len(res.Comparison.Parts)
			for _, d := range res.Comparison.Parts {
				if learn && d.Noise && d.NoiseWhy != "it differs between two runs of the same build" {
					t.Errorf("%s %s is noise since %q", d.Part, d.Where, d.NoiseWhy)
				}
			}
		}
		if _, err := r.Run(t.Context(), origins); err != nil {
			t.Fatal(err)
		}
		return verdicts, shown
	}
	if got, _ := run(false); got[0] != replay.Changed || got[1] != replay.Changed {
		t.Errorf("without learning: %v", got)
	}
	if got, shown := run(true); got[0] != replay.Noise || got[1] != replay.Noise || shown < 5 {
		t.Errorf("with learning: %v, %d differences", got, shown)
	}
	price.Store(11)
	if got, _ := run(true); got[0] != replay.Changed || got[1] != replay.Changed {
		t.Errorf("a real change among noise: %v", got)
	}
}

func TestRunForeign(t *testing.T) {
	s := serve(t, func(_ []byte, _ *bufio.Reader, w net.Conn) {
		io.WriteString(w, "HTTP/1.1 200 OK\r\nServer: x\r\nDate: now\r\nSnifter-Exchange: 77\r\nContent-Type: text/plain\r\n"+
			"Content-Length: 6\r\nConnection: close\r\n\r\nhello\n")
	})
	var sink sinkFunc
	var events []event.Event
	sink = func(es ...event.Event) { events = append(events, es...) }
	var outcome replay.Outcome
	r := &replay.Runner{
		Sender:  &replay.Sender{Target: s.target},
		Foreign: &replay.Foreign{NextID: func() uint64 { return 40 }, Sink: sink},
		Outcome: func(res replay.Result) { outcome = res.Outcome },
	}
	if _, err := r.Run(t.Context(), sequence(get(3, "/"))); err != nil {
		t.Fatal(err)
	}
	want := "masked: Server, Date, Snifter-Exchange, Content-Length, Connection"
	if outcome.ID != 40 || outcome.Origin != 3 || outcome.Verdict != replay.Noise || outcome.Reasons[0] != want {
		t.Errorf("got %+v", outcome)
	}
	x := recorder.Fold(events)
	if x.ID != 40 || *x.Origin != 3 || string(x.Response.Body.Bytes) != "hello\n" || x.State != recorder.Done {
		t.Errorf("recorded %+v", x)
	}
}

type sinkFunc func(...event.Event)

func (f sinkFunc) Emit(es ...event.Event) { f(es...) }

// A request that the server refuses before it looks at its fields has no id: it is compared as it was received.
func TestRunRefused(t *testing.T) {
	s := serve(t, func(_ []byte, _ *bufio.Reader, w net.Conn) {
		io.WriteString(w, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbad\n")
	})
	var outcome replay.Outcome
	r := &replay.Runner{
		Sender:  &replay.Sender{Target: s.target, Token: "t"},
		Await:   func(context.Context, uint64) (*recorder.Exchange, error) { return nil, errUnknown },
		Outcome: func(res replay.Result) { outcome = res.Outcome },
	}
	x := exchange(1, "GET / HTTP/1.1\nHost : a\r\n\r\n", "", answer{status: "400 Bad Request", headers: plain, body: "bad\n"})
	if _, err := r.Run(t.Context(), sequence(x)); err != nil {
		t.Fatal(err)
	}
	if outcome.Verdict != replay.Noise && outcome.Verdict != replay.Same || !strings.Contains(fmt.Sprint(outcome.Reasons), "as it was received") {
		t.Errorf("got %+v", outcome)
	}
	if want := "GET / HTTP/1.1\nSnifter-Origin: 1 t\r\nHost : a\r\n\r\n"; s.lastHead() != want {
		t.Errorf("sent %q, want %q", s.lastHead(), want)
	}
}

func TestRunCarriesASession(t *testing.T) {
	const oldToken, newToken = "old-token-0123456789", "new/token+0123456789"
	form := func(token string) string {
		return `<form><input type="hidden" name="csrfmiddlewaretoken" value="` + token + `"></form>`
	}
	login := func(session, token string) answer {
		return answer{status: "200 OK", body: form(token), headers: []recorder.Header{
			{"Content-Type", "text/html"},
			{"Set-Cookie", "sessionid=" + session + "; HttpOnly"},
			{"Set-Cookie", "csrftoken=c-" + token},
			{"Set-Cookie", "gone=; Max-Age=0"},
		}}
	}
	var posted []byte
	var cookies, header, length string
	s := serveRecorded(t, func(h event.Head, body []byte) answer {
		if h.Target == "/login" {
			return login("new-session", newToken)
		}
		posted = body
		for _, f := range h.Headers {
			switch f.Name {
			case "COOKIE":
				cookies = f.Value
			case "X-CSRFToken":
				header = f.Value
			case "Content-Length":
				length = f.Value
			}
		}
		return answer{status: "200 OK", headers: plain, body: "posted\n"}
	})
	body := "q=a+b&csrfmiddlewaretoken=" + oldToken + "&x=%20"
	post := exchange(2, fmt.Sprintf("POST /form HTTP/1.1\r\nHost: a\r\nCOOKIE: theme=dark; sessionid=old; gone=1; csrftoken=c-%s\r\n"+
		"X-CSRFToken: c-%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", oldToken, oldToken, len(body)),
		body, answer{status: "200 OK", headers: plain, body: "posted\n"})
	r := s.runner()
	r.CarrySession = true
	sum, err := r.Run(t.Context(), sequence(exchange(1, "GET /login HTTP/1.1\r\nHost: a\r\n\r\n", "", login("old", oldToken)), post))
	if err != nil || sum.Failed() {
		t.Errorf("%+v, %v", sum, err)
	}
	if want := "q=a+b&csrfmiddlewaretoken=new%2Ftoken%2B0123456789&x=%20"; string(posted) != want || length != fmt.Sprint(len(want)) {
		t.Errorf("posted %q (%s bytes), want %q", posted, length, want)
	}
	if want := "theme=dark; sessionid=new-session; csrftoken=c-" + newToken; cookies != want {
		t.Errorf("cookies %q, want %q", cookies, want)
	}
	if header != "c-"+newToken {
		t.Errorf("X-CSRFToken: %q", header)
	}
}

func TestRunAtOnce(t *testing.T) {
	const n, limit = 40, 4
	var now, most atomic.Int64
	var all sync.WaitGroup
	all.Add(limit)
	s := serveRecorded(t, func(h event.Head, _ []byte) answer {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		if h.Target < "/04" { // the first of them wait for each other
			all.Done()
			all.Wait()
		}
		return answer{status: "200 OK", headers: plain, body: "hello\n"}
	})
	var origins []*recorder.Exchange
	for i := range n {
		origins = append(origins, get(uint64(i+1), fmt.Sprintf("/%02d", i)))
	}
	r := s.runner()
	r.Concurrency = limit
	var order []uint64
	r.Outcome = func(res replay.Result) { order = append(order, res.Outcome.Origin) }
	sum, err := r.Run(t.Context(), sequence(origins...))
	if err != nil || sum.Same != n {
		t.Fatalf("%+v, %v", sum, err)
	}
	for i, id := range order {
		if id != uint64(i+1) {
			t.Fatalf("the order of the outcomes is %v", order)
		}
	}
	if most.Load() != limit {
		t.Errorf("%d were under way at once, want %d", most.Load(), limit)
	}
}

func TestRunEnds(t *testing.T) {
	for _, concurrency := range []int{-1, 1, 4, math.MaxInt} {
		ctx, cancel := context.WithCancel(t.Context())
		s := serve(t, func(_ []byte, r *bufio.Reader, _ net.Conn) {
			cancel()
			io.Copy(io.Discard, r)
		})
		reported := 0
		r := &replay.Runner{
			Sender: &replay.Sender{Target: s.target}, Concurrency: concurrency,
			Outcome: func(replay.Result) { reported++ },
		}
		if _, err := r.Run(ctx, sequence(get(1, "/"), get(2, "/"), get(3, "/"))); !errors.Is(err, context.Canceled) {
			t.Errorf("with %d at once: %v", concurrency, err)
		}
		if reported != 0 {
			t.Errorf("with %d at once: %d were reported after the end", concurrency, reported)
		}
		_, err := r.Run(t.Context(), func(yield func(*recorder.Exchange, error) bool) { yield(nil, errUnknown) })
		if !errors.Is(err, errUnknown) {
			t.Errorf("with %d at once, an error of the sequence: %v", concurrency, err)
		}
	}
}

func TestRunKeepsTime(t *testing.T) {
	s := serveRecorded(t, func(event.Head, []byte) answer { return answer{status: "200 OK", headers: plain, body: "hello\n"} })
	first, second := get(1, "/"), get(2, "/")
	second.Started = first.Started.Add(150 * time.Millisecond)
	r := s.runner()
	r.Timing = true
	began := time.Now()
	if _, err := r.Run(t.Context(), sequence(first, second)); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(began); d < 150*time.Millisecond {
		t.Errorf("the gap of 150ms was kept for %v", d)
	}
}

func TestLines(t *testing.T) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(replay.VerdictLine{Outcome: replay.Outcome{ID: 31, Origin: 12, Verdict: replay.Same}})
	e.Encode(replay.VerdictLine{Outcome: replay.Outcome{Origin: 13, Verdict: replay.Broken, Reasons: []string{"<no answer>"}}})
	e.Encode(replay.SummaryLine{Summary: replay.Summary{Same: 1, Broken: 2}})
	want := `{"type":"verdict","id":31,"origin":12,"verdict":"same","reasons":[]}
{"type":"verdict","id":0,"origin":13,"verdict":"broken","reasons":["<no answer>"]}
{"type":"summary","same":1,"noise":0,"changed":0,"broken":2}
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReport(t *testing.T) {
	a := of("text/plain", "one\ntwo \x1b[31m\nthree\n", recorder.Header{"Date", "x"})
	b := of("text/plain", "one\nTwo \x1b[31m\u202e\nthree\n", recorder.Header{"Date", "y"}, recorder.Header{"X-New", "1"})
	c := replay.Compare(a, b, replay.Options{})
	outcome := replay.Outcome{ID: 9, Origin: 1, Verdict: c.Verdict, Reasons: c.Reasons}
	var out strings.Builder
	if err := replay.WriteReport(&out, outcome, c, replay.ReportOptions{}); err != nil {
		t.Fatal(err)
	}
	want := `changed  1 -> 9
  X-New added: 1
  body line 2: two \u001b[31m -> Two \u001b[31m\u202e

  X-New added
    + 1

  body line 2 changed
    @ -1,4 +1,4
      one
    - two \u001b[31m
      ^^^
    + Two \u001b[31m\u202e
      ^^^           ^^^^^^
      three
      
  1 masked as noise
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	out.Reset()
	if err := replay.WriteReport(&out, outcome, c, replay.ReportOptions{Color: true, Noise: true}); err != nil {
		t.Fatal(err)
	}
	plainText := strings.NewReplacer("\x1b[", "").Replace(out.String())
	if strings.Contains(plainText, "\x1b") || strings.Contains(out.String(), "\u202e") || !strings.Contains(out.String(), "Date (noise: the time of the response)") {
		t.Errorf("%q", out.String())
	}
	out.Reset()
	broken := replay.Outcome{Origin: 3, Verdict: replay.Broken, Reasons: []string{"no answer\x07"}}
	if err := replay.WriteReport(&out, broken, nil, replay.ReportOptions{}); err != nil || out.String() != "broken  3 -> -\n  no answer\\u0007\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	out.Reset()
	results := []replay.Result{{Outcome: outcome, Origin: a}, {Outcome: broken, Origin: get(3, "/\x1b]0;x\x07")}}
	if err := replay.WriteTable(&out, results, replay.Summary{Changed: 1, Broken: 1}, replay.ReportOptions{}); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); strings.ContainsAny(s, "\x1b\x07") || strings.Count(s, "\n") != 3 ||
		!strings.HasSuffix(s, "\n0 same, 0 noise, 1 changed, 1 broken\n") {
		t.Errorf("%q", s)
	}
}
