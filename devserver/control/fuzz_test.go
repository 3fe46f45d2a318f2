package control

import (
	"bufio"
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzRequest: what is taken for a request has an id and a method, and says the same when it is written again.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{
		`{"id":1,"method":"status"}`, `{"id":2,"method":"rows","params":{"filter":"~c 500","limit":5}}`,
		`{"id":4,"method":"step","params":{"id":7,"action":"edit","environ":{"A":"b"},"headers":[["N","v"]],"chunk":"eA=="}}`,
		`{"id":3,"method":"cancel"}`, `{"id":-1,"method":"x"}`, `[]`, `{}`, `{"id":1e3,"method":"x"}`, "", "{}{}", "\x00",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		q, err := decodeRequest(line)
		if err != nil {
			return
		}
		if q.ID == 0 || q.Method == "" {
			t.Fatalf("%+v", q)
		}
		var compact bytes.Buffer
		if len(q.Params) > 0 {
			if err := json.Compact(&compact, q.Params); err != nil {
				t.Fatal(err)
			}
		}
		again, err := encode(q)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeRequest(again)
		if err != nil || got.ID != q.ID || got.Method != q.Method || bytes.Count(again, []byte("\n")) != 1 {
			t.Fatalf("%q became %q: %+v, %v", line, again, got, err)
		}
	})
}

// FuzzReply does the same for the other side.
func FuzzReply(f *testing.F) {
	for _, s := range []string{
		`{"snifter":1,"server":{"control":"/s","pid":1}}`, `{"id":1,"result":{"rows":[]}}`,
		`{"id":1,"error":{"message":"no","kind":"filter","filter":{"pos":3}}}`, `{"id":2,"update":{"rows":[{"id":1}]}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := decodeReply(line)
		if err != nil {
			return
		}
		again, err := encode(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeReply(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r.Error, got.Error); diff != "" || got.ID != r.ID {
			t.Fatalf("%q became %q", line, again)
		}
		if r.Error != nil {
			if err := fromWire(r.Error); err.Error() != r.Error.Message {
				t.Fatalf("%v", err)
			}
		}
	})
}

func FuzzReadLine(f *testing.F) {
	f.Add([]byte("a\nb\n"), 1)
	f.Add([]byte("no end"), 100)
	f.Fuzz(func(t *testing.T, p []byte, limit int) {
		r := bufio.NewReaderSize(bytes.NewReader(p), 16)
		var all []byte
		for {
			line, err := readLine(r, limit)
			if err != nil {
				break
			}
			if len(line) > limit || line[len(line)-1] != '\n' {
				t.Fatalf("%q with a limit of %d", line, limit)
			}
			all = append(all, line...)
		}
		if !bytes.HasPrefix(p, all) {
			t.Fatalf("%q of %q", all, p)
		}
	})
}

// FuzzParseBreakpoint: what is read as a breakpoint is read as the same when it is written again.
func FuzzParseBreakpoint(f *testing.F) {
	for _, s := range []string{"Auth", "app.Auth:exit ~c 5xx", "*:*\t~e & !~m GET", ":enter", "main.(*Auth).Wrap:chunk x", "[:enter", "2:input"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ParseBreakpoint(text)
		if err != nil {
			return
		}
		again, err := ParseBreakpoint(b.Stage + ":" + b.Boundary + " " + b.Filter)
		if err != nil || !cmp.Equal(again, b) {
			t.Fatalf("%q is %+v, and that is %+v, %v", text, b, again, err)
		}
	})
}
