package recorder_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

func openStore(t testing.TB, path string, o recorder.StoreOptions) *recorder.Store {
	t.Helper()
	s, err := recorder.OpenStore(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func fill(t testing.TB, s *recorder.Store, n int) {
	t.Helper()
	for range n {
		s.Put(typical(s.NextID(), 100))
	}
	if err := s.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func ids(rows []recorder.Row) []uint64 {
	out := []uint64{}
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

func TestStoreKeepsExchanges(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "sub", "capture.db")
	s := openStore(t, path, recorder.StoreOptions{})
	events := insert(typical(s.NextID(), 2000), event.Event{Kind: event.Exception, Stage: 1, At: 1, Payload: &event.Raised{Type: "ValueError"}})
	s.Put(events)
	want := recorder.Fold(events)
	check := func(s *recorder.Store) {
		t.Helper()
		got, err := s.Exchange(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("exchange (-put +got):\n%s", diff)
		}
		page, err := s.Rows(ctx, recorder.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]recorder.Row{want.Row()}, page.Rows); diff != "" {
			t.Errorf("rows (-put +got):\n%s", diff)
		}
	}
	check(s) // before it is written, or after
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check(openStore(t, path, recorder.StoreOptions{}))
	ro, err := recorder.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	check(ro)
	if n, err := ro.Count(ctx); n != 1 || err != nil {
		t.Errorf("count %d, %v", n, err)
	}
	if err := ro.Mark(ctx, []uint64{1}, true); !errors.Is(err, recorder.ErrReadOnly) {
		t.Errorf("marking in a capture opened for reading: %v", err)
	}
	if _, err := ro.Exchange(ctx, 99); !errors.Is(err, recorder.ErrNoExchange) {
		t.Errorf("an id that is not there: %v", err)
	}
}

func TestStoreQueries(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
	for i := range 30 {
		events := typical(s.NextID(), i)
		if i%10 == 4 {
			events = withStatus(events, "500 Internal Server Error")
		}
		s.Put(events)
	}
	if err := s.Mark(ctx, []uint64{3, 7}, true); err != nil {
		t.Fatal(err)
	}
	if err := s.Mark(ctx, []uint64{4, 99}, true); !errors.Is(err, recorder.ErrNoExchange) {
		t.Errorf("marking 99: %v", err)
	}
	for _, c := range []struct {
		name   string
		filter string
		q      recorder.Query
		want   []uint64
		more   bool
	}{
		{"newest", "", recorder.Query{Limit: 3}, []uint64{30, 29, 28}, true},
		{"before", "", recorder.Query{Before: 4}, []uint64{3, 2, 1}, false},
		{"exactly all", "", recorder.Query{Before: 4, Limit: 3}, []uint64{3, 2, 1}, false},
		{"after", "", recorder.Query{After: 28}, []uint64{30, 29}, false},
		{"after, newest first", "", recorder.Query{After: 20, Limit: 2}, []uint64{30, 29}, true},
		{"oldest", "", recorder.Query{Oldest: true, Limit: 3}, []uint64{3, 2, 1}, true},
		{"oldest after", "", recorder.Query{Oldest: true, After: 10, Limit: 2}, []uint64{12, 11}, true},
		{"marked", "~marked", recorder.Query{}, []uint64{7, 4, 3}, false},
		{"status", "~c 500", recorder.Query{}, []uint64{25, 15, 5}, false},
		{"status, one page", "~c 5xx", recorder.Query{Limit: 2}, []uint64{25, 15}, true},
		{"not exact in SQL", "~d >1 ~ss <2", recorder.Query{}, []uint64{2, 1}, false},
		{"by the exchange", `~hs "content-length: 2\d"`, recorder.Query{Limit: 2}, []uint64{30, 29}, true},
		{"none", "~e", recorder.Query{}, []uint64{}, false},
		{"together", "(~marked | ~c 500) !~id 5-15", recorder.Query{}, []uint64{25, 4, 3}, false},
	} {
		f, err := recorder.ParseFilter(c.filter)
		if err != nil {
			t.Fatal(err)
		}
		c.q.Filter = f
		page, err := s.Rows(ctx, c.q)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, ids(page.Rows)); diff != "" || page.More != c.more {
			t.Errorf("%s: more %v (-want +got):\n%s", c.name, page.More, diff)
		}
	}
}

func TestExchangesInOrder(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
	fill(t, s, 200)
	f, err := recorder.ParseFilter("!~id 100")
	if err != nil {
		t.Fatal(err)
	}
	next := uint64(1)
	for x, err := range s.Exchanges(ctx, recorder.Query{Filter: f}) {
		if err != nil {
			t.Fatal(err)
		}
		if next == 100 {
			next++
		}
		if x.ID != next {
			t.Fatalf("exchange %d, want %d", x.ID, next)
		}
		next++
		s.Put(typical(s.NextID(), 10)) // a replay, say
	}
	if next != 201 {
		t.Errorf("ended before %d, want 201: those that came meanwhile are not among them", next)
	}
	n := 0
	for range s.Exchanges(ctx, recorder.Query{Limit: 3, After: 10}) {
		n++
	}
	if n != 3 {
		t.Errorf("%d exchanges with a limit of 3", n)
	}
}

func TestBuilds(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
	for i := range 3 {
		b := &event.Build{ID: s.NextBuild(), Why: fmt.Sprint("save ", i), Started: epoch, Took: 41e6}
		if err := s.PutBuild(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	builds, err := s.Builds(ctx, 2)
	if err != nil || len(builds) != 2 || builds[0].ID != 3 || builds[1].Why != "save 1" {
		t.Errorf("%+v, %v", builds, err)
	}
}

// An exchange is waiting or in the file: a count that comes while it is written does not take it for two.
func TestCountWhileWriting(t *testing.T) {
	ctx := t.Context()
	s := openStore(t, filepath.Join(t.TempDir(), "capture.db"), recorder.StoreOptions{})
	const all = 200
	written := make(chan struct{})
	go func() {
		defer close(written)
		for range all {
			s.Put(typical(s.NextID(), 100))
			if err := s.Flush(ctx); err != nil {
				t.Error(err)
			}
		}
	}()
	for last, done := 0, false; !done; {
		select {
		case <-written:
			done = true
		default:
		}
		n, err := s.Count(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n < last || n > all {
			t.Fatalf("%d exchanges after %d", n, last)
		}
		last = n
	}
	if n, err := s.Count(ctx); n != all || err != nil {
		t.Errorf("%d exchanges in the end, want %d; %v", n, all, err)
	}
}
