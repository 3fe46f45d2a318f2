package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

func TestRecentForgetsTheOldest(t *testing.T) {
	r := recent{ids: map[uint64]struct{}{}}
	n := uint64(len(r.ring))
	for id := uint64(1); id <= n+1; id++ {
		if !r.add(id) {
			t.Fatalf("%d is new", id)
		}
	}
	if r.add(n+1) || r.add(2) {
		t.Error("the last ids are remembered")
	}
	if !r.add(1) {
		t.Error("the oldest is forgotten")
	}
	if len(r.ids) != len(r.ring) {
		t.Errorf("%d ids are kept in %d places", len(r.ids), len(r.ring))
	}
}

func TestHeadlessPrintsEachExchangeOnce(t *testing.T) {
	var out, messages bytes.Buffer
	h := newHeadless(stdio{out: &out, err: &messages}, false)
	row := recorder.Row{ID: 1, Method: "GET", Target: "/a\x1b]52;c;x\a", Status: "200 OK", State: recorder.Open,
		Started: time.Now()}
	done, marked, earlier := row, row, row
	done.State, done.Lint = recorder.Done, 2
	marked.State, marked.Marked = recorder.Done, true
	earlier.ID, earlier.State, earlier.Started = 9, recorder.Done, time.Now().Add(-time.Hour)
	for _, r := range []recorder.Row{row, done, marked, earlier} {
		if err := h.batch(&recorder.Batch{Rows: []recorder.Row{r}}); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(out.String(), "\n"); got != 1 {
		t.Errorf("%d lines:\n%s", got, &out)
	}
	if !strings.Contains(out.String(), "[lint 2]") || strings.ContainsAny(out.String(), "\x1b\a") {
		t.Errorf("%q", &out)
	}
}

func TestHeadlessPrintsWhatTheApplicationWrites(t *testing.T) {
	var out, messages bytes.Buffer
	h := newHeadless(stdio{out: &out, err: &messages}, false)
	if err := h.batch(&recorder.Batch{Output: []recorder.OutputLine{
		{Stream: "stderr", Text: "of the worker\n"},
		{Exchange: 3, Stream: "stdout", Text: "one\ntwo \x1b[2J\n"},
		{Exchange: 3, Stream: "exception", Text: "Traceback:\n  File\nValueError: no\n"},
	}}); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(messages.String(), "\n")
	want := []string{
		"stderr | of the worker", "3 stdout | one", got[2], "3 exception | Traceback:", "3 exception |   File",
		"3 exception | ValueError: no", "",
	}
	if diff := cmp.Diff(want, got); diff != "" || !strings.HasPrefix(got[2], "3 stdout | two") || strings.Contains(got[2], "\x1b") {
		t.Errorf("%q (-want +got):\n%s", got[2], diff)
	}
	if out.Len() > 0 {
		t.Errorf("among the lines of data: %s", &out)
	}
}

func TestHeadlessKeepsSecretsOutOfTheLog(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		var out, messages bytes.Buffer
		h := newHeadless(stdio{out: &out, err: &messages}, asJSON)
		h.redactor = recorder.NewRedactor([]byte("key"))
		row := recorder.Row{ID: 1, Target: "/login?password=hunter2&next=/home", State: recorder.Done, Started: time.Now()}
		if err := h.batch(&recorder.Batch{Rows: []recorder.Row{row}}); err != nil {
			t.Fatal(err)
		}
		if s := out.String(); strings.Contains(s, "hunter2") || !strings.Contains(s, "/home") {
			t.Error(s)
		}
	}
}

func TestHeadlessTellsWhatWasLost(t *testing.T) {
	var out, messages bytes.Buffer
	h := newHeadless(stdio{out: &out, err: &messages}, true)
	trouble := &recorder.StoreError{Op: "write", Path: "x.db", Err: recorder.ErrFull, Hint: "make room"}
	for _, b := range []recorder.Batch{
		{Counts: recorder.Counts{Dropped: 3}},
		{Counts: recorder.Counts{Dropped: 3}, Trouble: trouble},
		{Counts: recorder.Counts{Dropped: 10}, Trouble: trouble},
		{Counts: recorder.Counts{Dropped: 10}},
	} {
		if err := h.batch(&b); err != nil {
			t.Fatal(err)
		}
	}
	want := "{\"type\":\"dropped\",\"events\":3}\n{\"type\":\"dropped\",\"events\":7}\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	want = "snifter: recording has stopped, serving goes on: write capture x.db: no space left\n  try: make room\n" +
		"snifter: recording again\n"
	if diff := cmp.Diff(want, messages.String()); diff != "" {
		t.Error(diff)
	}
}

func TestHeadlessTellsABuildThatFailed(t *testing.T) {
	var out bytes.Buffer
	h := newHeadless(stdio{out: &out}, true)
	failed := &event.Build{ID: 2, Why: "app.py", Took: 41 * time.Millisecond,
		Failed: &event.Raised{Where: event.InLoad, Type: "SyntaxError", Message: "no", Text: "SyntaxError: no\n"}}
	err := h.batch(&recorder.Batch{Builds: []event.Event{
		{Kind: event.Building, Payload: &event.Build{ID: 2}}, {Kind: event.BuildDone, Payload: failed},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"build","build":2,"ok":false,"ms":41,"why":"app.py","error":{"where":"load","stage":0,` +
		`"type":"SyntaxError","message":"no","frames":[],"cause":null,"explicit":false,"text":"SyntaxError: no\n"}}` + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestHeadlessEndsWhenNobodyReads(t *testing.T) {
	h := newHeadless(stdio{out: brokenPipe{}}, true)
	if err := h.batch(&recorder.Batch{Counts: recorder.Counts{Dropped: 1}}); err == nil {
		t.Error("an output that can't be written to is an error")
	}
}
