package main

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

// TestBlameLearnsFromAll: a replay of the same request is learned from, however many other requests came since.
func TestBlameLearnsFromAll(t *testing.T) {
	ctx := t.Context()
	store, err := recorder.OpenStore(filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	app := &event.StageInfo{Name: "app.app", Kind: "wsgi"}
	put := func(id, origin uint64, build int) {
		body := fmt.Appendf(nil, "answer %d", id)
		events := []event.Event{
			{Kind: event.Enter, Payload: &event.Request{
				Started: time.Unix(1_700_000_000, 0), Build: build, Origin: origin, App: app, Head: []byte("GET / HTTP/1.1\r\n\r\n"),
				Environ: marshal.AppendDictEnd(marshal.AppendDictStart(nil)),
			}},
			{Kind: event.StartResponse, Payload: &event.Response{Status: "200 OK"}},
			{Kind: event.Chunk, Payload: &event.Data{Bytes: body, Size: len(body)}},
			{Kind: event.Exit, Payload: &event.Ending{Closed: true}},
		}
		for i := range events {
			events[i].Exchange, events[i].Seq = id, uint32(i)
		}
		store.Put(events)
	}
	const last = 604 // more than one page of rows
	put(1, 0, 1)
	put(2, 1, 1)
	for id := uint64(3); id < last; id++ {
		put(id, 0, 1)
	}
	put(last, 1, 2)
	if err := store.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	var passages [2]replay.Passage
	for i, id := range []string{"1", fmt.Sprint(last)} {
		if passages[i], err = passage(ctx, store, id); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := replay.Bisect(passages[0], passages[1], replay.Options{}); err != nil || found.Same() {
		t.Fatalf("they do not differ: %+v, %v", found, err)
	}
	o, err := learned(ctx, store, passages, replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := replay.Bisect(passages[0], passages[1], o); err != nil || !found.Same() {
		t.Errorf("%+v, %v", found, err)
	}
}
