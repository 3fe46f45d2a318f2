package marshal_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"math/big"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/marshal"
)

var bigInts = cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })

func values() []any {
	huge, _ := new(big.Int).SetString("-123456789012345678901234567890", 10)
	return []any{
		nil, true, false, int64(0), int64(-1), int64(math.MaxInt32) + 1, int64(math.MinInt64), int64(math.MaxInt64),
		huge, 1.5, math.Inf(-1), "", "ascii", strings.Repeat("x", 300), "Ã© and €", []byte{}, []byte{0, 255},
		marshal.Tuple{int64(1), int64(0)}, marshal.List{"a", marshal.List{}},
		marshal.Dict{{Key: "wsgi.version", Value: marshal.Tuple{int64(1), int64(0)}}, {Key: "", Value: nil}},
	}
}

func TestRoundTrip(t *testing.T) {
	for _, want := range values() {
		p := marshal.Append(nil, want)
		got, rest, err := marshal.Decode(append(p, "rest"...))
		if err != nil {
			t.Fatalf("decode %v: %v", want, err)
		}
		if diff := cmp.Diff(want, got, bigInts); diff != "" {
			t.Errorf("round trip (-want +got):\n%s", diff)
		}
		if string(rest) != "rest" {
			t.Errorf("%v left %q, want %q", want, rest, "rest")
		}
	}
}

// Python reads what is written here and writes it again, in each version of its format.
func TestPythonAgrees(t *testing.T) {
	want := values()
	sent := hex.EncodeToString(marshal.Append(nil, marshal.List(want)))
	script := "import marshal,sys;v=marshal.loads(bytes.fromhex(sys.argv[1]));" +
		"print(*(marshal.dumps(v,n).hex() for n in range(5)))"
	out, err := exec.Command("python3", "-c", script, sent).Output()
	if err != nil {
		t.Fatalf("python3: %v", err)
	}
	for version, text := range strings.Fields(string(out)) {
		p, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		got, rest, err := marshal.Decode(p)
		if err != nil || len(rest) != 0 {
			t.Fatalf("version %d: %v, %d bytes left", version, err, len(rest))
		}
		if diff := cmp.Diff(marshal.List(want), got, bigInts); diff != "" {
			t.Errorf("version %d (-want +got):\n%s", version, diff)
		}
	}
}

func TestNativeStrings(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	native := marshal.Latin1(all)
	got, ok := marshal.Bytes(native)
	if !ok || !bytes.Equal(got, all) {
		t.Errorf("Bytes(Latin1(p)) = %q, %v", got, ok)
	}
	v, _, err := marshal.Decode(marshal.AppendNative(nil, all))
	if err != nil || v != native {
		t.Errorf("AppendNative reads back as %q, %v", v, err)
	}
	if _, ok := marshal.Bytes("€"); ok {
		t.Error("a code point above U+00FF passed for a byte")
	}
}

// What the system has is to Python what os.fsdecode makes of it, and comes back whole.
func TestNamesOfTheSystem(t *testing.T) {
	all := make([]byte, 0, 256)
	for i := range 256 {
		all = append(all, byte(i))
	}
	for _, name := range []string{"plain", "café", "caf\xe9", "\xed\xb2\x80", "\xed\xb2", "€\xff", string(all)} {
		text := marshal.FromSystem(name)
		script := "import marshal,os,sys;t=marshal.loads(bytes.fromhex(sys.argv[1]));" +
			"assert t==os.fsdecode(bytes.fromhex(sys.argv[2])),t"
		sent := hex.EncodeToString(marshal.AppendText(nil, text))
		cmd := exec.Command("python3", "-X", "utf8", "-c", script, sent, hex.EncodeToString([]byte(name)))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%q: %v: %s", name, err, out)
		}
		if back := marshal.ToSystem(text); back != name {
			t.Errorf("%q comes back as %q", name, back)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	for name, p := range map[string]string{
		"nothing": "", "cut int": "i\x01", "size beyond the end": "s\xff\xff\xff\x7f", "negative size": "u\xff\xff\xff\xff",
		"unknown type": "?", "stray end": "0", "key without value": "{z\x01k0", "reference to nothing": "r\x00\x00\x00\x00",
		"open dict": "{", "deep": strings.Repeat(")\x01", 300), "code": "c\x00\x00\x00\x00",
	} {
		if v, _, err := marshal.Decode([]byte(p)); !errors.Is(err, marshal.ErrFormat) {
			t.Errorf("%s: got %v, %v, want ErrFormat", name, v, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, v := range values() {
		f.Add(marshal.Append(nil, v))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		v, _, err := marshal.Decode(p)
		if err != nil {
			return
		}
		q := marshal.Append(nil, v)
		again, rest, err := marshal.Decode(q)
		if err != nil || len(rest) != 0 {
			t.Fatalf("what was decoded does not decode again: %v", err)
		}
		if !bytes.Equal(q, marshal.Append(nil, again)) {
			t.Fatalf("encodes differently: %q", q)
		}
	})
}
