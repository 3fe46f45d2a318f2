package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/snifter-dev/snifter/recorder"
)

// noted is what the stages of testdata/truth have noted of a request, and what an exchange tells of it.
type noted struct {
	Stages []notedStage `json:"stages"`
	Forgot []int        `json:"forgot"` // to call close() of what they got
	Closed []int        `json:"closed"`
	// Closable are those whose bodies have a close().
	Closable []int          `json:"closable"`
	Status   int            `json:"status"`
	Fields   []int          `json:"fields"`
	Environ  map[string]int `json:"environ"`
	// Capitals has who made the words in capitals. The others tell it themselves.
	Capitals map[string]int `json:"capitals"`
}

type notedStage struct {
	Within         int                     `json:"within"`
	EnvironChanges recorder.EnvironChanges `json:"environ_changes"`
	Input          recorder.Input          `json:"input"`
	Status         string                  `json:"status"`
	Headers        []recorder.Header       `json:"headers"`
	Chunks         [][2]any                `json:"chunks"`
	Exception      []any                   `json:"exception"` // where it left the stage, what it says, and whether it rose there
}

// TestTruth sends requests through stacks that were made by chance, and holds what is told of them against what the stages
// know themselves: who did what to the environ, the head and the body, who read, closed and raised.
func TestTruth(t *testing.T) {
	t.Parallel()
	dir, err := filepath.Abs(filepath.Join("testdata", "truth"))
	if err != nil {
		t.Fatal(err)
	}
	s := startChecked(t, dir)
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	if err := s.built(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask := func(head, body string) *recorder.Exchange {
		p := probe{name: head, head: head + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
			strconv.Itoa(len(body)) + "\r\n\r\n", body: body}
		x, err := s.ask(t.Context(), p, checkTime)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for number := range 60 {
		for range 2 { // what is known of a stack by then is told in another way
			x := ask("POST /"+strconv.Itoa(number), "one\nline two\nthree")
			var want noted
			if err := json.Unmarshal(ask("GET /truth", "").Response.Body.Bytes, &want); err != nil {
				t.Fatal(err)
			}
			got := notedOf(t, x)
			for _, stage := range want.Closable {
				if x.Stages[stage].Closed {
					got.Closed = append(got.Closed, stage)
				}
			}
			if x.Response.Server {
				want.Status, want.Fields, got.Status, got.Fields = 0, nil, 0, nil
			}
			ignored := cmpopts.IgnoreFields(noted{}, "Capitals", "Closable")
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), ignored); diff != "" {
				t.Errorf("stack %d (-want +got):\n%s", number, diff)
			}
			checkWords(t, number, x, want.Capitals)
		}
	}
}

// notedOf is what an exchange tells of what stages note.
func notedOf(t *testing.T, x *recorder.Exchange) noted {
	text, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	var told struct {
		Stages []struct {
			notedStage
			Chunks    []recorder.Chunk    `json:"chunks"`
			Exception *recorder.Exception `json:"exception"`
			Rose      bool                `json:"rose"`
			Result    string              `json:"result"`
		} `json:"stages"`
	}
	if err := json.Unmarshal(text, &told); err != nil {
		t.Fatal(err)
	}
	got := noted{Status: x.Blame.Status, Fields: x.Blame.Fields, Environ: x.Blame.Environ}
	for _, s := range told.Stages[1:] {
		s.notedStage.Input.Left = 0
		slices.Sort(s.notedStage.EnvironChanges.Removed)
		for _, c := range s.Chunks {
			s.notedStage.Chunks = append(s.notedStage.Chunks, [2]any{c.Via, float64(c.Size)})
		}
		if e := s.Exception; e != nil {
			s.notedStage.Exception = []any{e.Where, e.Message, s.Rose}
		}
		got.Stages = append(got.Stages, s.notedStage)
	}
	for _, l := range x.Lint {
		if l.Rule == "close-not-called" {
			got.Forgot = append(got.Forgot, l.Stage)
		}
	}
	slices.Sort(got.Forgot)
	return got
}

var words = regexp.MustCompile(`[sS](\d+)[wW]\d+`)

// checkWords compares whom each word of the body is blamed on with who made it.
func checkWords(t *testing.T, number int, x *recorder.Exchange, capitals map[string]int) {
	text := string(x.Response.Body.Bytes)
	if x.Response.Server {
		return
	}
	for _, at := range words.FindAllStringSubmatchIndex(text, -1) {
		word := text[at[0]:at[1]]
		want := capitals[word]
		if word == strings.ToLower(word) {
			want, _ = strconv.Atoi(text[at[2]:at[3]])
		}
		for _, s := range x.Blame.Body {
			if s.Start < at[1] && at[0] < s.End && s.Stage != want {
				t.Errorf("stack %d: %s is blamed on stage %d, not %d", number, word, s.Stage, want)
			}
		}
	}
}
