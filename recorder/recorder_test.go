package recorder_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

func start(t testing.TB, o recorder.Options) *recorder.Recorder {
	t.Helper()
	s, err := recorder.OpenStore(filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := recorder.New(s, o)
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func flush(t testing.TB, r *recorder.Recorder) {
	t.Helper()
	if err := r.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func next(t testing.TB, s *recorder.Subscription) recorder.Batch {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	b, err := s.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRecorderFollowsAnExchange(t *testing.T) {
	ctx := context.Background()
	r := start(t, recorder.Options{})
	sub := r.Subscribe()
	id := r.NextID()
	events := typical(id, 50)
	r.Emit(events[:3]...)
	b := next(t, sub)
	if len(b.Rows) != 1 || b.Rows[0].State != recorder.Open || b.Rows[0].ID != id || b.Counts.Open != 1 {
		t.Fatalf("under way: %+v", b)
	}
	x, err := r.Exchange(ctx, id)
	if err != nil || x.State != recorder.Open || x.Response.Body.Size != 50 {
		t.Errorf("under way: %+v, %v", x, err)
	}
	page, err := r.Rows(ctx, recorder.Query{})
	if err != nil || len(page.Rows) != 1 || page.Rows[0].State != recorder.Open {
		t.Errorf("under way: %+v, %v", page, err)
	}
	if err := r.Mark(ctx, []uint64{id}, true); err != nil {
		t.Fatal(err)
	}
	r.Emit(events[3:]...)
	for {
		b = next(t, sub)
		if len(b.Rows) == 1 && b.Rows[0].State == recorder.Done {
			break
		}
	}
	if !b.Rows[0].Marked || b.Counts != (recorder.Counts{Total: 1}) {
		t.Errorf("done: %+v", b)
	}
	want := recorder.Fold(events)
	want.Marked = true
	for range 2 { // waiting to be written, and written
		got, err := r.Exchange(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("done (-want +got):\n%s", diff)
		}
		flush(t, r)
	}
	if err := r.Mark(ctx, []uint64{id}, false); err != nil {
		t.Fatal(err)
	}
	if b := next(t, sub); len(b.Rows) != 1 || b.Rows[0].Marked {
		t.Errorf("unmarked: %+v", b)
	}
}

func TestRecorderListsWhatIsUnderWay(t *testing.T) {
	ctx := context.Background()
	r := start(t, recorder.Options{})
	for range 10 {
		id := r.NextID()
		events := typical(id, 10)
		if id%3 == 0 {
			events = events[:2]
		}
		r.Emit(events...)
	}
	flush(t, r)
	for name, c := range map[string]struct {
		q    recorder.Query
		want []uint64
		more bool
	}{
		"newest": {recorder.Query{Limit: 4}, []uint64{10, 9, 8, 7}, true},
		"oldest": {recorder.Query{Limit: 4, Oldest: true}, []uint64{4, 3, 2, 1}, true},
		"some":   {recorder.Query{After: 2, Before: 8}, []uint64{7, 6, 5, 4, 3}, false},
	} {
		page, err := r.Rows(ctx, c.q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, ids(page.Rows)); diff != "" || page.More != c.more {
			t.Errorf("%s: more %v (-want +got):\n%s", name, page.More, diff)
		}
	}
}

// A follower that does not follow still gets every exchange in its latest state.
func TestSubscriptionLosesNoExchange(t *testing.T) {
	const n = 12_000
	r := start(t, recorder.Options{})
	sub := r.Subscribe()
	for range n {
		r.Emit(typical(r.NextID(), 5)...)
	}
	flush(t, r)
	seen := map[uint64]int{}
	batches := 0
	for len(seen) < n {
		b := next(t, sub)
		batches++
		if len(b.Rows) > 2*4096 {
			t.Errorf("a batch of %d rows", len(b.Rows))
		}
		if b.Missed != 0 {
			t.Errorf("%d missed", b.Missed)
		}
		for _, row := range b.Rows {
			seen[row.ID]++
			if row.State != recorder.Done {
				t.Fatalf("exchange %d is %s", row.ID, row.State)
			}
		}
	}
	if batches < 2 {
		t.Errorf("%d batch for %d exchanges", batches, n)
	}
}

func TestSubscriptionTellsWhatRequestsWrite(t *testing.T) {
	r := start(t, recorder.Options{})
	sub, others := r.SubscribeTo(recorder.SaidLines), r.Subscribe()
	raised := &event.Raised{Type: "ValueError", Text: "Traceback: no\n"}
	handled := &event.Raised{Type: "KeyError", Text: "Traceback: told\n", Handled: true}
	r.Emit(event.Event{Exchange: 7, Kind: event.Enter, Payload: &event.Request{}},
		event.Event{Kind: event.Output, Payload: &event.Text{Stream: "stderr", Text: "the worker's own"}},
		event.Event{Exchange: 7, Seq: 1, Kind: event.Output, Payload: &event.Text{Stream: "stdout", Text: "hello\n"}},
		event.Event{Exchange: 7, Seq: 2, Kind: event.Errors, Payload: &event.Text{Stream: "wsgi.errors", Text: "oh\n"}},
		event.Event{Exchange: 7, Seq: 3, Kind: event.Exception, Payload: handled},
		event.Event{Exchange: 7, Seq: 4, Kind: event.Exception, Payload: raised})
	flush(t, r)
	var got []string
	for _, line := range next(t, sub).Output {
		got = append(got, fmt.Sprint(line.Exchange, " ", line.Stream, " ", line.Text))
	}
	want := []string{"7 stdout hello\n", "7 wsgi.errors oh\n", "7 exception Traceback: no\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if b := next(t, others); len(b.Output) != 1 || b.Output[0].Exchange != 0 {
		t.Errorf("whoever did not ask for them was told of %+v", b.Output)
	}
}

// What inner stages do changes nothing in the row but the number of events, by which it is looked at anew.
func TestSubscriptionTellsOfInnerStages(t *testing.T) {
	r := start(t, recorder.Options{})
	sub := r.Subscribe()
	events := []event.Event{
		{Exchange: 7, Kind: event.Enter, At: 10, Payload: &event.Request{}},
		{Exchange: 7, Seq: 1, Stage: 2, Kind: event.Enter, At: 4, Payload: &event.Entered{Stage: &event.StageInfo{Name: "app"}, Within: 1}},
		{Exchange: 7, Seq: 2, Stage: 2, Kind: event.Chunk, At: 5, Payload: &event.Block{Bytes: []byte("x"), Size: 1}},
	}
	for i, e := range events {
		r.Emit(e)
		flush(t, r)
		rows := next(t, sub).Rows
		if len(rows) != 1 || rows[0].State != recorder.Open || rows[0].Events != i+1 {
			t.Errorf("after event %d: %+v", i, rows)
		}
	}
	r.Emit(event.Event{Exchange: 7, Seq: 3, Kind: event.Exit, At: 20, Payload: &event.Ending{}})
	flush(t, r)
	if rows := next(t, sub).Rows; len(rows) != 1 || rows[0].State != recorder.Done || rows[0].Events != 0 {
		t.Errorf("at the end: %+v", rows)
	}
}

func TestSubscriptionTellsOfTheServer(t *testing.T) {
	r := start(t, recorder.Options{})
	sub := r.Subscribe()
	r.Emit(event.Event{Kind: event.Building, Payload: &event.Build{ID: 2}},
		event.Event{Kind: event.Output, Payload: &event.Text{Stream: "stderr", Text: "hello"}},
		event.Event{Kind: event.BuildDone, Payload: &event.Build{ID: 2, Took: 5}},
		event.Event{Kind: event.Dropped, Payload: &event.DroppedCount{Events: 3}})
	flush(t, r)
	b := next(t, sub)
	if len(b.Builds) != 2 || b.Builds[1].Kind != event.BuildDone || len(b.Output) != 1 || b.Output[0].Text != "hello" || b.Counts.Dropped != 3 {
		t.Errorf("%+v", b)
	}
	builds, err := r.Store().Builds(context.Background(), 5)
	if err != nil || len(builds) != 1 || builds[0].ID != 2 {
		t.Errorf("stored builds: %+v, %v", builds, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sub.Next(context.Background()); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
	if _, err := r.Subscribe().Next(context.Background()); !errors.Is(err, io.EOF) {
		t.Errorf("subscribed after the end: %v", err)
	}
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	s, err := recorder.OpenStore(filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := recorder.New(s, recorder.Options{})
	r.Emit(typical(1, 10)[:3]...)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	ro, err := recorder.OpenReadOnly(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	x, err := ro.Exchange(context.Background(), 1)
	if err != nil || x.State != recorder.Aborted || x.Reason == "" || x.Lost != 0 {
		t.Errorf("%+v, %v", x, err)
	}
}

// What a full queue loses is counted, and an exchange without its beginning is not recorded as one.
func TestFullQueueIsCounted(t *testing.T) {
	r := start(t, recorder.Options{Events: 4, Bytes: 1 << 20})
	for id := uint64(1); id <= 50; id++ {
		r.Emit(typical(id, 10)...) // five events at once never fit
	}
	flush(t, r)
	if c := r.Counts(); c.Dropped < 200 || c.Total != 0 || c.Open != 0 {
		t.Errorf("%+v", c)
	}
}

func TestExchangeThatLostEvents(t *testing.T) {
	r := start(t, recorder.Options{})
	events := typical(1, 10)
	r.Emit(events[0], events[1], events[4])
	flush(t, r)
	x, err := r.Exchange(context.Background(), 1)
	if err != nil || x.Lost != 2 {
		t.Errorf("%+v, %v", x, err)
	}
}
