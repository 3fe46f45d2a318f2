package marshal_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/marshal"
)

// FuzzItems holds that Items reads what DecodeDict reads, where every key is a text.
func FuzzItems(f *testing.F) {
	f.Add(append(marshal.Append(nil, marshal.Dict{
		{Key: "REQUEST_METHOD", Value: "GET"}, {Key: "wsgi.version", Value: marshal.Tuple{int64(1), int64(0)}},
		{Key: "caf\u00e9", Value: "\u00e9"}, {Key: "n", Value: nil}, {Key: "b", Value: []byte{1}},
	}), "rest"...))
	// A dict of Python's, with references.
	f.Add([]byte("\xfb\xda\x01a\xda\x01br\x01\x00\x00\x00\xe9\x02\x00\x00\x000"))
	f.Add([]byte("{N0"))
	f.Add([]byte("{z\x01a00"))
	f.Fuzz(func(t *testing.T, p []byte) {
		var got marshal.Dict
		rest, err := marshal.Items(p, func(k string, v any) { got = append(got, marshal.Pair{Key: k, Value: v}) })
		want, wantRest, wantErr := marshal.DecodeDict(p)
		if wantErr == nil {
			for _, item := range want {
				if _, ok := item.Key.(string); !ok {
					if err == nil {
						t.Fatalf("a key of %T was read", item.Key)
					}
					return
				}
			}
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("Items: %v; DecodeDict: %v", err, wantErr)
		}
		if err != nil {
			return
		}
		if len(want) == 0 {
			want = nil
		}
		if diff := cmp.Diff(marshal.Append(nil, want), marshal.Append(nil, got)); diff != "" || string(rest) != string(wantRest) {
			t.Fatal(diff)
		}
	})
}
