package replay_test

import (
	"testing"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

func TestCompareHeaders(t *testing.T) {
	h := func(pairs ...string) []recorder.Header {
		var out []recorder.Header
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, recorder.Header{pairs[i], pairs[i+1]})
		}
		return out
	}
	for _, test := range []struct {
		name     string
		old, now []recorder.Header
		want     []string
	}{
		{"the order between names", h("A", "1", "B", "2"), h("B", "2", "A", "1"), []string{"same"}},
		{
			"the order of one name's values", h("Link", "1", "Link", "2"), h("Link", "2", "Link", "1"),
			[]string{"changed", " changed header Link: 1 -> 2", " changed header Link: 2 -> 1"},
		},
		{"one more, one less", h("A", "1"), h("B", "1"), []string{"changed", " removed header A: 1 -> ", " added header B:  -> 1"}},
		{"the case of a name", h("x-a", "1"), h("X-A", "1"), []string{"noise", "~changed header x-a: x-a -> X-A"}},
		{
			"volatile ones", h("Date", "a", "X-Request-ID", "1", "Server", "x"), h("Date", "b", "X-Request-ID", "2", "Server", "y"),
			[]string{"noise", "~changed header Date: a -> b", "~changed header X-Request-ID: 1 -> 2", "~changed header Server: x -> y"},
		},
		{"a length that a server adds", nil, h("Content-Length", "1"), []string{"noise", "~added header Content-Length:  -> 1"}},
		{"a length that is wrong", nil, h("Content-Length", "7"), []string{"changed", " added header Content-Length:  -> 7"}},
		{"an ETag of the same body", h("ETag", "a"), h("ETag", "b"), []string{"changed", " changed header ETag: a -> b"}},
		{
			"a policy's nonce", h("Content-Security-Policy", "script-src 'nonce-a'"), h("Content-Security-Policy", "script-src 'nonce-b'"),
			[]string{"noise", "~changed header Content-Security-Policy: script-src 'nonce-a' -> script-src 'nonce-b'"},
		},
		{
			"a policy", h("Content-Security-Policy", "script-src 'nonce-a'"), h("Content-Security-Policy", "img-src 'nonce-b'"),
			[]string{"changed", " changed header Content-Security-Policy: script-src 'nonce-a' -> img-src 'nonce-b'"},
		},
		{
			"cookies are known by their names", h("Set-Cookie", "a=1", "Set-Cookie", "b=2"), h("Set-Cookie", "b=2", "Set-Cookie", "a=1"),
			[]string{"same"},
		},
		{
			"a session", h("Set-Cookie", "sessionid=aa; Path=/; expires=Mon"), h("Set-Cookie", "sessionid=bb; Path=/; expires=Tue"),
			[]string{"noise", "~changed header Set-Cookie: sessionid: sessionid=aa; Path=/; expires=Mon -> sessionid=bb; Path=/; expires=Tue"},
		},
		{
			"a session that lost an attribute", h("Set-Cookie", "sessionid=aa; HttpOnly"), h("Set-Cookie", "sessionid=bb"),
			[]string{"changed", " changed header Set-Cookie: sessionid: sessionid=aa; HttpOnly -> sessionid=bb"},
		},
		{
			"a session that ends", h("Set-Cookie", "sessionid=aa"), h("Set-Cookie", "sessionid=; Max-Age=0"),
			[]string{"changed", " changed header Set-Cookie: sessionid: sessionid=aa -> sessionid=; Max-Age=0"},
		},
		{
			"another cookie", h("Set-Cookie", "theme=dark"), h("Set-Cookie", "theme=light", "Set-Cookie", "new=1"),
			[]string{"changed", " changed header Set-Cookie: theme: theme=dark -> theme=light", " added header Set-Cookie: new:  -> new=1"},
		},
		{
			"signed anew", h("Set-Cookie", "x=eyJ9.aaa.abcdefghijklmnopqrst"), h("Set-Cookie", "x=eyJ9.bbb.zbcdefghijklmnopqrst"),
			[]string{"noise", "~changed header Set-Cookie: x: x=eyJ9.aaa.abcdefghijklmnopqrst -> x=eyJ9.bbb.zbcdefghijklmnopqrst"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			check(t, replay.Compare(of("text/plain", "x", test.old...), of("text/plain", "x", test.now...), replay.Options{}), test.want...)
		})
	}
}

// A session is renewed when the clock says so; one that is begun, ended or of another name is news.
func TestCompareRenewedSession(t *testing.T) {
	came := recorder.Header{"Cookie", "theme=dark; session=aa"}
	for _, test := range []struct {
		set  string
		came bool
		want recorder.Header
	}{
		{"session=bb; Path=/", true, recorder.Header{"noise", "noise"}},
		{"session=bb; Path=/", false, recorder.Header{"changed", "changed"}},
		{"session=; Max-Age=0", true, recorder.Header{"changed", "changed"}},
		{"theme=light", true, recorder.Header{"changed", "changed"}},
	} {
		a, b := of("text/plain", "x"), of("text/plain", "x", recorder.Header{"Set-Cookie", test.set})
		if test.came {
			a.Request.Headers, b.Request.Headers = []recorder.Header{came}, []recorder.Header{came}
		}
		got := recorder.Header{
			string(replay.Compare(a, b, replay.Options{}).Verdict), string(replay.Compare(b, a, replay.Options{}).Verdict),
		}
		if got != test.want {
			t.Errorf("%s, which the request had %v: added and removed are %v, want %v", test.set, test.came, got, test.want)
		}
	}
}

func TestCompareLengthOfHead(t *testing.T) {
	of := func(length ...string) *recorder.Exchange {
		a := answer{status: "200 OK"}
		for _, l := range length {
			a.headers = append(a.headers, recorder.Header{"Content-Length", l})
		}
		return exchange(1, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "", a)
	}
	check(t, replay.Compare(of(), of("5"), replay.Options{}), "noise", "~added header Content-Length:  -> 5")
	check(t, replay.Compare(of("4"), of("5"), replay.Options{}), "changed", " changed header Content-Length: 4 -> 5")
}
