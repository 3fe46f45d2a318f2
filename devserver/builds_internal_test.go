package devserver

import (
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

func TestWishes(t *testing.T) {
	died, saved := wish{why: "a worker ended", replaces: true}, wish{why: "app.py"}
	for _, c := range []struct {
		name  string
		have  wish
		other wish
		want  wish
	}{
		{"the first", wish{}, died, died},
		{"the same again", died, died, died},
		{"a save on top of a death", died, saved, wish{why: "a worker ended, app.py"}},
		{"a death on top of a save", saved, died, wish{why: "app.py, a worker ended"}},
		{"part of what is wanted", wish{why: "app.py, lib.py"}, saved, wish{why: "app.py, lib.py"}},
	} {
		if got := c.have.and(c.other); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestReleaseMeetsASwap: requests that a build did not take, since another has taken its place meanwhile, are not left
// waiting for the one after.
func TestReleaseMeetsASwap(t *testing.T) {
	b := newBuilds(nil)
	b.waiting = []*exchange{{seq: 1, state: ended}} // a failed build has nothing more to say to it
	old, newer := &build{}, &build{failed: &event.Raised{}}
	b.current.Store(newer)
	b.release(old)
	if len(b.waiting) != 0 {
		t.Errorf("%d requests were left behind", len(b.waiting))
	}
	// None has taken its place: they are kept for the next.
	b.waiting = []*exchange{{seq: 1}}
	b.current.Store(old)
	b.release(old)
	if len(b.waiting) != 1 {
		t.Errorf("%d requests wait for the next build, want 1", len(b.waiting))
	}
}

// TestResume: a build serves again once every look at its sources has come to an end, and no change is known that it was
// not made of.
func TestResume(t *testing.T) {
	t.Parallel()
	b := newBuilds(nil)
	b.newest = &build{failed: &event.Raised{}}
	b.resume()
	serves := func(step string, want bool) {
		t.Helper()
		if got := b.current.Load() != nil; got != want {
			t.Errorf("%s: serving is %v", step, got)
		}
	}
	serves("at first", true)

	looks := []chan int{make(chan int), make(chan int)}
	for _, look := range looks {
		b.suspect(func() int { return <-look })
	}
	ended := func(left int) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; runtime.Gosched() {
			b.mu.Lock()
			open := b.suspicions
			b.mu.Unlock()
			if open == left {
				b.resume() // as the goroutine of the look may not have done yet
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%d looks have not ended, want %d", open, left)
			}
		}
	}
	serves("while two look", false)
	looks[0] <- 0
	ended(1)
	serves("while one looks, and the other found nothing", false)
	looks[1] <- 1
	ended(0)
	serves("when a change was found that is no wish yet", false)

	b.ask(wish{why: "app.py", batch: 1})
	b.resume()
	serves("when the change has become a wish", false)
	w := <-b.asked
	b.begun, b.making = w.number, true
	b.resume()
	serves("while it is made", false)
	b.ask(wish{why: "app.py", batch: 2})
	b.making = false
	b.resume()
	serves("when it is made, and the next is wanted", false)
	b.begun = (<-b.asked).number
	b.resume()
	serves("when that is made", true)
}

// TestBuildIsToldWithItsStatus: who is told of a build, and asks then how the server is, hears of that build, and that no more
// is made; and nothing is served by it before it was told.
func TestBuildIsToldWithItsStatus(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, bd := range []*build{{info: event.Build{ID: 2}}, {info: event.Build{ID: 2}, failed: &event.Raised{}}} {
		var told []Status
		s := &Server{cfg: Config{Listeners: []net.Listener{l}, Stops: NewStops(StopOptions{})}}
		s.builds = newBuilds(s)
		b := s.builds
		s.cfg.Sink = emitted(func([]event.Event) {
			told = append(told, b.status())
			if b.resume(); b.current.Load() != nil {
				t.Error("it serves before it was told")
			}
		})
		b.making = true
		b.swap(bd, nil)
		if len(told) != 1 || told[0].Build.ID != 2 || told[0].Building {
			t.Errorf("told %d times, the status: %+v", len(told), told)
		}
		if b.current.Load() != bd || b.status().Building {
			t.Error("it does not serve")
		}
	}
}
