package recorder_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

// chunked is an exchange of a body in so many chunks of 5 bytes: stage 3 gives it, 2 hands each chunk on and adds one of 4 bytes,
// and stage 1 hands that on as it is. As a worker does, it tells each chunk as the one that the server gets, and now and then,
// as it sends what it has, for itself. made is what the server gets for one of stage 3.
func chunked(n int, made func(i int) string) *recorder.Exchange {
	var f recorder.Folder
	seq := uint32(0)
	add := func(stage int, kind event.Kind, payload any) {
		f.Add(event.Event{Exchange: 1, Seq: seq, Stage: uint16(stage), Kind: kind, At: time.Duration(seq), Payload: payload})
		seq++
	}
	add(0, event.Enter, &event.Request{App: info("A")})
	add(2, event.Enter, &event.Entered{Stage: info("B"), Within: 1})
	add(0, event.Exit, &event.Left{Result: "generator", Same: true, Of: 2})
	add(3, event.Enter, &event.Entered{Stage: info("C"), Within: 2})
	for i := range n {
		own, got := []byte(fmt.Sprintf("%05d", i)), []byte(made(i))
		nth := uint32(i)
		if i%100 == 99 {
			add(3, event.Chunk, &event.Block{Bytes: own, Size: 5})
			add(2, event.Chunk, &event.Block{Same: true, Of: 3, Nth: nth, Size: 5})
		} else {
			add(3, event.Chunk, &event.Block{Same: true, Nth: nth, Size: 5})
			add(2, event.Chunk, &event.Block{Same: true, Nth: nth, Size: 5})
		}
		add(0, event.Chunk, &event.Data{Bytes: got, Size: len(got)})
	}
	add(2, event.Chunk, &event.Block{Same: true, Nth: uint32(n), Size: 4})
	add(0, event.Chunk, &event.Data{Bytes: []byte("foot"), Size: 4})
	add(0, event.Exit, &event.Ending{Closed: true})
	return f.Exchange()
}

func TestBlameOfVeryManyChunks(t *testing.T) {
	plain := func(i int) string { return fmt.Sprintf("%05d", i) }
	for name, c := range map[string]struct {
		n    int
		made func(i int) string
		want []recorder.Span
		rest int // from here on it is not known
	}{
		"each is there":        {n: 4000, made: plain, want: []recorder.Span{{0, 20000, 3}, {20000, 20004, 2}}, rest: 20004},
		"merged in the stages": {n: 9000, made: plain, want: []recorder.Span{{0, 45000, 3}, {45000, 45004, 2}}, rest: 45004},
		"to the last":          {n: 9999, made: plain, want: []recorder.Span{{0, 49995, 3}, {49995, 49999, 2}}, rest: 49999},
		"and in the server":    {n: 12000, made: plain, want: []recorder.Span{{0, 50000, 3}}, rest: 50000},
		"and one of them anew": {n: 10000, made: plain, want: []recorder.Span{{0, 50000, 3}, {50000, 50004, 2}}, rest: 50004},
		"the last is another": {
			n: 9000, want: []recorder.Span{{0, 24995, 3}}, rest: 24995,
			made: func(i int) string {
				if i == 8999 {
					return "OTHER"
				}
				return plain(i)
			},
		},
		"the server gets other": {
			n: 9000, want: []recorder.Span{{0, 24995, 3}}, rest: 24995,
			made: func(i int) string {
				if i == 6099 {
					return "OTHER"
				}
				return plain(i)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := chunked(c.n, c.made)
			if diff := cmp.Diff(c.want, x.Blame.Body); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			size := len(x.Response.Body.Bytes)
			want := c.want
			if c.rest < size {
				want = append(want[:len(want):len(want)], recorder.Span{Start: c.rest, End: size, Stage: recorder.UnknownStage})
			}
			if diff := cmp.Diff(want, x.Blame.Spans(size)); diff != "" {
				t.Errorf("without a gap (-want +got):\n%s", diff)
			}
		})
	}
}
