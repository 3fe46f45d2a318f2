package worker_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/worker"
)

func query(path, q string) *worker.Request {
	return &worker.Request{Environ: environ("PATH_INFO", "/"+path, "QUERY_STRING", q), End: true}
}

// As many requests as there are threads may hang, and the rest still waits; each thread less, and all others are served.
func TestSlowOnesHoldUpNobody(t *testing.T) {
	w := startRules(t)
	var slow []*answer
	for i := range 7 {
		slow = append(slow, send(t, w, query("block", strconv.Itoa(i))))
		get(t, w, "PATH_INFO", "/hello")
	}
	for range 50 {
		get(t, w, "PATH_INFO", "/hello")
	}
	slow = append(slow, send(t, w, query("block", "7")))
	waiting := send(t, w, query("hello", ""))
	if w.Open() != 9 {
		t.Errorf("%d open, want 9", w.Open())
	}
	select {
	case <-waiting.over:
		t.Error("a ninth request ran beside eight")
	case <-time.After(50 * time.Millisecond):
	}
	w.Kill()
	waiting.wait(t)
	for _, a := range slow {
		if a.wait(t).died != "killed by signal 9 (killed)" {
			t.Errorf("died: %q", a.died)
		}
	}
}

func TestBlockedInOneBurst(t *testing.T) {
	w := startRules(t)
	// Sent together, so that one thread may read them all and hang in the first.
	var slow, quick []*answer
	for i := range 4 {
		slow = append(slow, send(t, w, query("block", strconv.Itoa(i))))
		quick = append(quick, send(t, w, query("hello", "")), send(t, w, query("hello", "")))
	}
	for _, a := range quick {
		a.wait(t)
	}
	for i, a := range slow {
		send(t, w, query("unblock", strconv.Itoa(i))).wait(t)
		if got := a.wait(t).body(); got != "done" {
			t.Errorf("got %q", got)
		}
	}
}

// The blocks of a generator come when it yields them, not when something else happens to be sent.
func TestBlocksComeAtTheirPace(t *testing.T) {
	w := startRules(t)
	for run := range 20 {
		name := fmt.Sprintf("s%d-", run)
		a := send(t, w, query("stream", name))
		a.await(t, "the first block", func() bool { return len(a.blocks) == 1 })
		for i := range 3 {
			send(t, w, query("unblock", name+strconv.Itoa(i))).wait(t)
			a.await(t, "the next block", func() bool { return len(a.blocks) == i+2 })
		}
		a.wait(t)
	}
}

func TestOneThread(t *testing.T) {
	w := startRules(t, func(s *worker.PythonSpec) { s.Threads = 1 })
	a := send(t, w, query("stream", "one"))
	a.await(t, "the first block", func() bool { return len(a.blocks) == 1 })
	waiting := send(t, w, query("hello", ""))
	select {
	case <-waiting.over:
		t.Error("two requests ran at once")
	case <-time.After(20 * time.Millisecond):
	}
	w.Gone(a.id())
	w.Kill()
	waiting.wait(t)
}

func TestClientGone(t *testing.T) {
	w := startRules(t)
	for _, path := range []string{"endless", "endless_write"} {
		a := send(t, w, query(path, ""))
		a.await(t, "some blocks", func() bool { return len(a.blocks) > 2 })
		w.Gone(a.id())
		a.wait(t)
		if len(a.raised) > 0 {
			t.Errorf("%s: raised %+v", path, a.raised[0])
		}
	}
	if got := get(t, w, "PATH_INFO", "/take_calls").body(); got != "close,close" {
		t.Errorf("closed %q, want once each", got)
	}
}

func TestGiveUp(t *testing.T) {
	w := startRules(t)
	a := send(t, w, query("endless", ""))
	a.await(t, "a block", func() bool { return len(a.blocks) > 0 })
	w.GiveUp(a.id())
	for given := time.Now(); w.Open() > 0; time.Sleep(time.Millisecond) {
		if time.Since(given) > patience {
			t.Fatal("the application was not stopped")
		}
	}
	if a.ends != 0 {
		t.Error("the receiver was told of the end")
	}
}

// Requests of every kind at once, for a while: none may be lost.
func TestNothingIsLost(t *testing.T) {
	w := startRules(t, func(s *worker.PythonSpec) { s.Threads = 4 })
	var wg sync.WaitGroup
	for g := range 24 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := rand.New(rand.NewPCG(1, uint64(g)))
			for range 150 {
				var a *answer
				switch r.IntN(6) {
				case 0:
					a = send(t, w, query("sleep", fmt.Sprintf("%f", r.Float64()*0.004)))
				case 1:
					a = send(t, w, query("lazy", ""))
				case 2:
					a = send(t, w, query("download", "8"))
				case 3:
					a = send(t, w, &worker.Request{Environ: environ("PATH_INFO", "/read_all"), Body: []byte("a")})
					time.Sleep(time.Duration(r.IntN(2)) * time.Millisecond) // the client's pace, not a wait for anything
					w.Body(a.id(), []byte("b"), true)
				default:
					a = send(t, w, query("hello", ""))
				}
				select {
				case <-a.over:
				case <-time.After(patience):
					t.Errorf("a request was lost; %d open", w.Open())
					return
				}
				if a.broken {
					t.Errorf("broken: %+v %q", a.raised, a.died)
				}
			}
		}()
	}
	wg.Wait()
}
