package recorder_test

import (
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

// Which of several exceptions is that of the exchange: the one that got out, else what was told as an error, else,
// where the response fails, what was told at all.
func TestChosenException(t *testing.T) {
	out := &event.Raised{Type: "Out"}
	handled := &event.Raised{Type: "Handled", Handled: true}
	later := &event.Raised{Type: "Later", Handled: true}
	minor := &event.Raised{Type: "Minor", Handled: true, Minor: true}
	for _, c := range []struct {
		name   string
		status string
		told   []*event.Raised
		want   string
	}{
		{"none", "500 Oops", nil, ""},
		{"got out", "500 Oops", []*event.Raised{out}, "Out"},
		{"handled", "500 Oops", []*event.Raised{handled}, "Handled"},
		{"handled and well", "200 OK", []*event.Raised{handled}, "Handled"},
		{"the first", "500 Oops", []*event.Raised{handled, later}, "Handled"},
		{"handled, then got out", "500 Oops", []*event.Raised{handled, out}, "Out"},
		{"got out, then handled", "200 OK", []*event.Raised{out, handled}, "Out"},
		{"minor and well", "200 OK", []*event.Raised{minor}, ""},
		{"minor and refused", "403 Forbidden", []*event.Raised{minor}, ""},
		{"minor and failed", "503 Busy", []*event.Raised{minor}, "Minor"},
		{"minor before an error", "500 Oops", []*event.Raised{minor, handled}, "Handled"},
		{"no response yet", "", []*event.Raised{minor}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f recorder.Folder
			seq := uint32(0)
			add := func(kind event.Kind, payload any) {
				f.Add(event.Event{Exchange: 1, Seq: seq, Kind: kind, Payload: payload})
				seq++
			}
			add(event.Enter, &event.Request{Head: []byte("GET / HTTP/1.1\r\n\r\n")})
			for _, r := range c.told {
				add(event.Exception, r)
			}
			if c.status != "" {
				add(event.StartResponse, &event.Response{Status: c.status})
			}
			x, row := f.Exchange(), f.Row()
			got, own, inRow := "", "", ""
			if x.Exception != nil {
				got = x.Exception.Type
				if x.Exception.Handled != (got != "Out") {
					t.Errorf("handled: %v", x.Exception.Handled)
				}
			}
			if x.Stages[0].Exception != nil {
				own = x.Stages[0].Exception.Type
			}
			if row.Exception != nil {
				inRow = *row.Exception
			}
			if got != c.want || inRow != c.want {
				t.Errorf("exception %q, in the row %q, want %q", got, inRow, c.want)
			}
			if (own != "") != (c.want == "Out") {
				t.Errorf("the server's stage was left by %q", own)
			}
			if x.Lost != 0 || len(f.Events()) != int(seq) {
				t.Errorf("%d events kept of %d, %d lost", len(f.Events()), seq, x.Lost)
			}
		})
	}
}
