package parked

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func TestEscaped(t *testing.T) {
	for _, c := range []struct{ bytes, want string }{
		{"", ""},
		{"a,b\r\n1,é\r\n", "a,b\\r\n1,é\\r\n"},
		{"\x1f\x8b\x08é\n", `\x1f\x8b\x08\xc3\xa9` + "\n"},
		{`C:\x` + "\t", `C:\\x\t`},
		{"\u202ea\x7f", `\xe2\x80\xaea\x7f`},
	} {
		if got := escaped([]byte(c.bytes)); got != c.want {
			t.Errorf("%q is written %s, want %s", c.bytes, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) })).Draw(t, "bytes")
		text := escaped(p)
		got, err := unescaped(text)
		if err != nil || !bytes.Equal(got, p) {
			t.Fatalf("%q comes back from %s as %q (%v)", p, text, got, err)
		}
	})
}

func TestUnescaped(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`\n\x4a\x4A日`, "\nJJ日"},
		{`a\`, ""}, {`\q`, ""}, {`\x1`, ""}, {`\x1g`, ""}, {`\x+1`, ""}, {`\日`, ""},
	} {
		got, err := unescaped(c.text)
		if string(got) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", c.text, got, err)
		}
	}
}
