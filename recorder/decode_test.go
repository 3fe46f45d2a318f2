package recorder_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/snifter-dev/snifter/recorder"
)

// packed is a body with a content coding.
func packed(t *testing.T, coding string, p []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "br":
		w = brotli.NewWriter(&out)
	case "zstd":
		w, err = zstd.NewWriter(&out)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(p); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestDecodeCutBody: of a body that was not kept whole what there is is decoded, through all of its codings.
func TestDecodeCutBody(t *testing.T) {
	want := make([]byte, 1<<20) // that does not pack: a block holds but a part of it
	_, _ = rand.NewChaCha8([32]byte{}).Read(want)
	for _, coding := range []string{"gzip", "br", "zstd"} {
		whole := packed(t, coding, packed(t, "gzip", want))
		b := recorder.Body{Bytes: whole[:len(whole)*3/4]}
		if d := recorder.DecodeBody("gzip, "+coding, b, time.Now); !errors.Is(d.Err, io.ErrUnexpectedEOF) {
			t.Errorf("%s, a body that ends too early: %v", coding, d.Err)
		}
		b.Cut = true
		d := recorder.DecodeBody("gzip, "+coding, b, time.Now)
		if d.Err != nil || len(d.Bytes) == 0 || !bytes.HasPrefix(want, d.Bytes) {
			t.Errorf("%s, a body that is cut: %d bytes, %v", coding, len(d.Bytes), d.Err)
		}
		if diff := cmp.Diff([]string{coding, "gzip"}, d.Undone); diff != "" {
			t.Errorf("%s (-want +got):\n%s", coding, diff)
		}
	}
}

// TestDecodeBounds: what decodes to more than there is room for, takes too long, or has more codings than anyone applies is
// decoded as far as that goes.
func TestDecodeBounds(t *testing.T) {
	still := func() time.Time { return time.Time{} } // however busy the machine is
	bomb := packed(t, "gzip", make([]byte, recorder.MaxDecoded+1))
	if d := recorder.DecodeBody("gzip", recorder.Body{Bytes: bomb}, still); !errors.Is(d.Err, recorder.ErrDecodedSize) || len(d.Bytes) != recorder.MaxDecoded {
		t.Errorf("a bomb: %d bytes, %v", len(d.Bytes), d.Err)
	}
	full := packed(t, "gzip", make([]byte, recorder.MaxDecoded))
	if d := recorder.DecodeBody("gzip", recorder.Body{Bytes: full}, still); d.Err != nil || len(d.Bytes) != recorder.MaxDecoded {
		t.Errorf("as much as there is room for: %d bytes, %v", len(d.Bytes), d.Err)
	}
	clock := time.Time{}
	slow := func() time.Time { clock = clock.Add(time.Second); return clock }
	if d := recorder.DecodeBody("gzip", recorder.Body{Bytes: full}, slow); !errors.Is(d.Err, recorder.ErrDecodedTime) || len(d.Bytes) == 0 {
		t.Errorf("slow: %d bytes, %v", len(d.Bytes), d.Err)
	}
	many := recorder.Body{Bytes: packed(t, "gzip", []byte("x"))}
	if d := recorder.DecodeBody(strings.Repeat("identity, ", 9)+"gzip", many, still); d.Err == nil || !bytes.Equal(d.Bytes, many.Bytes) {
		t.Errorf("ten codings: %q, %v", d.Bytes, d.Err)
	}
}

// TestRedactsWhatIsEncoded: what can't be decoded can't be searched for secrets, and is left out.
func TestRedactsWhatIsEncoded(t *testing.T) {
	r := recorder.NewRedactor([]byte("key"))
	secret := []byte(`{"password": "hunter2", "n": "` + strings.Repeat("x", 100) + `"}`)
	twice := packed(t, "br", packed(t, "gzip", secret))
	for name, b := range map[string]recorder.Body{
		"whole": {Bytes: twice}, "cut": {Bytes: twice[:len(twice)-10], Cut: true}, "broken": {Bytes: twice[:len(twice)-10]},
		"unknown": {Bytes: secret},
	} {
		coding := "gzip, br"
		if name == "unknown" {
			coding = "rot13"
		}
		x := &recorder.Exchange{Response: recorder.Response{
			Headers: []recorder.Header{{"Content-Type", "application/json"}, {"Content-Encoding", coding}}, Body: b,
		}}
		got := r.Exchange(x).Response.Body
		if bytes.Contains(got.Bytes, []byte("hunter2")) || name != "whole" && !got.Cut || name == "whole" && len(got.Bytes) == 0 {
			t.Errorf("%s: %q, cut %v", name, got.Bytes, got.Cut)
		}
	}
}
