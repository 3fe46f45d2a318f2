package wire_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/wire"
)

func frames() []wire.Frame {
	return []wire.Frame{
		{Kind: wire.Request, Flags: wire.FlagEnd, Request: 1, Payload: []byte("\x03\x00\x00\x00{N0body")},
		{Kind: wire.Stop},
		{Kind: wire.Head, Flags: wire.FlagBlock | wire.FlagEnd, Stage: 3, Request: 1 << 31, Time: 1 << 63, Payload: []byte("x")},
		{Kind: wire.Data, Request: 2, Payload: bytes.Repeat([]byte("y"), 300<<10)},
		{Kind: wire.End, Request: 2, Time: 5},
	}
}

func stream() []byte {
	var b []byte
	for _, f := range frames() {
		b = wire.AppendFrame(b, f)
	}
	return b
}

func read(t testing.TB, r io.Reader) ([]wire.Frame, error) {
	t.Helper()
	var got []wire.Frame
	fr := wire.NewReader(r)
	for {
		f, err := fr.Next()
		if err != nil {
			return got, err
		}
		f.Payload = append([]byte(nil), f.Payload...)
		got = append(got, f)
	}
}

func TestFrames(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"at once":      bytes.NewReader(stream()),
		"byte by byte": iotest.OneByteReader(bytes.NewReader(stream())),
		"in halves":    iotest.HalfReader(bytes.NewReader(stream())),
		"with the end": iotest.DataErrReader(bytes.NewReader(stream())),
	} {
		got, err := read(t, r)
		if err != io.EOF {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(frames(), got, cmp.Comparer(func(a, b []byte) bool { return bytes.Equal(a, b) })); diff != "" {
			t.Errorf("%s (-want +got):\n%.1000s", name, diff)
		}
	}
}

func TestCutStream(t *testing.T) {
	whole := wire.AppendFrame(nil, frames()[0])
	for n := range whole {
		got, err := read(t, bytes.NewReader(whole[:n]))
		want := io.ErrUnexpectedEOF
		if n == 0 {
			want = io.EOF
		}
		if err != want || len(got) > 0 {
			t.Errorf("%d bytes: %d frames, %v, want %v", n, len(got), err, want)
		}
	}
}

func TestTooLarge(t *testing.T) {
	b := wire.AppendHeader(nil, wire.Frame{Kind: wire.Data}, wire.MaxPayload+1)
	if _, err := read(t, bytes.NewReader(b)); !errors.Is(err, wire.ErrFrame) {
		t.Errorf("got %v", err)
	}
}

func TestHead(t *testing.T) {
	want := wire.ResponseHead{
		Status: "200 D\u00e9j\u00e0", Headers: [][2]string{{"A", ""}, {"Set-Cookie", "a=b"}, {"Set-Cookie", "caf\u00e9"}},
		Entered: 1 << 62, Started: 7,
	}
	got, block, err := wire.DecodeHead(wire.AppendHead(nil, want, []byte("block")))
	if err != nil || string(block) != "block" {
		t.Fatalf("block %q, %v", block, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	none, _, err := wire.DecodeHead(wire.AppendHead(nil, wire.ResponseHead{Status: "204 No Content"}, nil))
	if err != nil || len(none.Headers) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
}

// The quick way of reading a head and the general one agree, in every form that Python writes.
func TestHeadFromPython(t *testing.T) {
	const script = "import marshal,sys\n" +
		"h=('200 D\\xe9j\\xe0',[('Content-Type','text/plain'),('A','x'*300)],%s,2**40)\n" +
		"for v in range(5):\n d=marshal.dumps(h,v)\n print((len(d).to_bytes(4,'little')+d+b'block').hex())\n"
	for _, entered := range []string{"5", "2**31", "2**59", "2**61"} {
		out, err := exec.Command("python3", "-c", fmt.Sprintf(script, entered)).Output()
		if err != nil {
			t.Fatal(err)
		}
		for version, line := range strings.Fields(string(out)) {
			p, err := hex.DecodeString(line)
			if err != nil {
				t.Fatal(err)
			}
			h, block, err := wire.DecodeHead(p)
			if err != nil || string(block) != "block" {
				t.Fatalf("version %d: %q, %v", version, block, err)
			}
			if h.Status != "200 Déjà" || len(h.Headers) != 2 || h.Headers[1][1] != strings.Repeat("x", 300) || h.Started != 1<<40 {
				t.Errorf("version %d: %+v", version, h)
			}
			want := map[string]uint64{"5": 5, "2**31": 1 << 31, "2**59": 1 << 59, "2**61": 1 << 61}[entered]
			if h.Entered != want {
				t.Errorf("version %d: %d, want %d", version, h.Entered, want)
			}
		}
	}
}

func TestReady(t *testing.T) {
	want := wire.Ready{
		Language: "python", Version: "CPython 3.11.7", Interpreter: "/usr/bin/python3", App: "app:app",
		AppType: "flask.app.Flask", PID: 1 << 22, Files: []string{"/a.py", "/b.py"}, Libraries: []string{"os"},
		Objects: map[string]string{"wsgi.input": "<wsgi.input>"},
	}
	got, err := wire.DecodeReady(wire.AppendReady(nil, want))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func raised() *wire.Raised {
	return &wire.Raised{
		Where: "call", Type: "ValueError", Message: "bad", Explicit: true, Text: "Traceback...",
		Frames: []wire.RaisedFrame{
			{File: "app.py", Line: 3, Function: "app", Source: "raise", Context: []string{"def app():", "raise"}, ContextFrom: 2},
			{File: "gone.py", Line: 1},
		},
		Cause: &wire.Raised{Where: "call", Type: "KeyError", Message: "'a'"},
	}
}

func TestRaised(t *testing.T) {
	got, err := wire.DecodeRaised(wire.AppendRaised(nil, raised()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(raised(), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	handled := &wire.Raised{Where: "call", Type: "ValueError", Handled: true, Minor: true}
	got, err = wire.DecodeRaised(wire.AppendRaised(nil, handled))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(handled, got); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
	if _, err := wire.DecodeRaised([]byte("N")); !errors.Is(err, wire.ErrFrame) {
		t.Errorf("None passed for an exception: %v", err)
	}
}

func FuzzFrames(f *testing.F) {
	f.Add(stream()[:200])
	f.Add(wire.AppendHeader(nil, wire.Frame{Kind: wire.Data}, wire.MaxPayload+1))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, p []byte) {
		got, err := read(t, iotest.HalfReader(bytes.NewReader(p)))
		var again []byte
		for _, fr := range got {
			again = wire.AppendFrame(again, fr)
		}
		if !bytes.HasPrefix(p, again) {
			t.Fatalf("%d frames encode differently", len(got))
		}
		if err == io.EOF && len(again) != len(p) {
			t.Fatalf("%d of %d bytes were lost", len(p)-len(again), len(p))
		}
	})
}

func FuzzHead(f *testing.F) {
	f.Add(wire.AppendHead(nil, wire.ResponseHead{Status: "200 OK", Headers: [][2]string{{"A", "b"}}, Started: 1 << 62}, []byte("x")))
	f.Add([]byte("\x01\x00\x00\x00N"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, p []byte) {
		h, block, err := wire.DecodeHead(p)
		if err != nil {
			if !errors.Is(err, wire.ErrFrame) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		again, rest, err := wire.DecodeHead(wire.AppendHead(nil, h, block))
		if err != nil || !bytes.Equal(rest, block) {
			t.Fatalf("does not decode again: %v", err)
		}
		if diff := cmp.Diff(h, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzDicts(f *testing.F) {
	f.Add(wire.AppendReady(nil, wire.Ready{Language: "go", Files: []string{"a"}, Objects: map[string]string{"a": "b"}}))
	f.Add(wire.AppendRaised(nil, raised()))
	f.Add(wire.AppendRaised(nil, &wire.Raised{Type: "ValueError", Handled: true, Minor: true}))
	f.Add(marshal.Append(nil, marshal.Dict{{Key: "cause", Value: marshal.Dict{}}}))
	f.Fuzz(func(t *testing.T, p []byte) {
		if r, err := wire.DecodeReady(p); err == nil {
			if _, err := wire.DecodeReady(wire.AppendReady(nil, r)); err != nil {
				t.Fatal(err)
			}
		}
		if r, err := wire.DecodeRaised(p); err == nil {
			again, err := wire.DecodeRaised(wire.AppendRaised(nil, r))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r, again); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
