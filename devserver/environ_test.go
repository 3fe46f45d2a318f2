package devserver

import (
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/http1"
	"github.com/snifter-dev/snifter/devserver/marshal"
)

var loopback = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000}

func environOf(t *testing.T, h *http1.Head, remote string, tls bool, peers ...string) (map[string]any, []event.Withheld) {
	t.Helper()
	forwarded, err := parseTrust(peers)
	if err != nil {
		t.Fatal(err)
	}
	b, withheld := newGate(loopback, true, false, forwarded).environ(h, remote, tls)
	d, rest, err := marshal.DecodeDict(b)
	if err != nil || len(rest) > 0 {
		t.Fatalf("environ does not decode: %v, %d bytes left", err, len(rest))
	}
	m := map[string]any{}
	for _, p := range d {
		key := p.Key.(string)
		if _, twice := m[key]; twice {
			t.Errorf("%s is in the environ twice", key)
		}
		m[key] = p.Value
	}
	return m, withheld
}

func fields(pairs ...string) []http1.Field {
	var fs []http1.Field
	for i := 0; i < len(pairs); i += 2 {
		fs = append(fs, http1.Field{Name: []byte(pairs[i]), Value: []byte(pairs[i+1])})
	}
	return fs
}

func TestEnviron(t *testing.T) {
	h := &http1.Head{
		Method: "POST", Target: "/caf%C3%A9;v=1//../x%2Fy%zz?q=%20#frag", Major: 1, Minor: 1,
		Path: []byte("/caf%C3%A9;v=1//../x%2Fy%zz"), Query: []byte("q=%20"), HasQuery: true, Host: []byte("example.test"),
		Fields: fields("Host", "example.test", "Content-Type", "text/plain", "content-length", "3", "X-Many", "a",
			"Cookie", "a=1", "x-many", "b", "Cookie", "b=2", "X_Many", "evil", "Proxy", "http://evil", "X-Latin", "\xe9"),
	}
	got, withheld := environOf(t, h, "127.0.0.1:51324", false)
	want := map[string]any{
		"REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": "/caf\u00c3\u00a9;v=1//../x/y%zz", "QUERY_STRING": "q=%20",
		"REQUEST_URI": "/caf%C3%A9;v=1//../x%2Fy%zz?q=%20#frag", "RAW_URI": "/caf%C3%A9;v=1//../x%2Fy%zz?q=%20#frag",
		"SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_SOFTWARE": "snifter",
		"REMOTE_ADDR": "127.0.0.1", "REMOTE_PORT": "51324", "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "3",
		"HTTP_HOST": "example.test", "HTTP_X_MANY": "a,b", "HTTP_COOKIE": "a=1; b=2", "HTTP_X_LATIN": "\u00e9",
		"wsgi.version": marshal.Tuple{int64(1), int64(0)}, "wsgi.url_scheme": "http", "wsgi.multithread": true,
		"wsgi.multiprocess": false, "wsgi.run_once": false, "wsgi.input_terminated": true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("environ (-want +got):\n%s", diff)
	}
	var names []string
	for _, w := range withheld {
		names = append(names, w.Name)
	}
	if diff := cmp.Diff([]string{"X_Many", "Proxy"}, names); diff != "" {
		t.Errorf("withheld (-want +got):\n%s", diff)
	}
}

func TestEnvironForms(t *testing.T) {
	for name, c := range map[string]struct {
		head http1.Head
		want map[string]string
	}{
		"absolute-form wins over Host": {
			http1.Head{Method: "GET", Target: "http://a.test/p?q", Minor: 1, Form: http1.AbsoluteForm, Path: []byte("/p"),
				Query: []byte("q"), Authority: []byte("a.test"), Host: []byte("b.test"), Fields: fields("Host", "b.test")},
			map[string]string{"PATH_INFO": "/p", "QUERY_STRING": "q", "HTTP_HOST": "a.test", "REQUEST_URI": "http://a.test/p?q"},
		},
		"asterisk-form has no path": {
			http1.Head{Method: "OPTIONS", Target: "*", Minor: 1, Form: http1.AsteriskForm, Path: []byte("*")},
			map[string]string{"PATH_INFO": "", "REQUEST_URI": "*"},
		},
		"authority-form has no path": {
			http1.Head{Method: "CONNECT", Target: "h:1", Minor: 1, Form: http1.AuthorityForm, Authority: []byte("h:1")},
			map[string]string{"PATH_INFO": "", "REQUEST_URI": "h:1"},
		},
		"HTTP/1.0 without Host": {
			http1.Head{Method: "GET", Target: "/", Minor: 0, Path: []byte("/")},
			map[string]string{"SERVER_PROTOCOL": "HTTP/1.0", "HTTP_HOST": ""},
		},
		"HTTP/1.2 is served as 1.1": {
			http1.Head{Method: "GET", Target: "/", Minor: 2, Path: []byte("/")},
			map[string]string{"SERVER_PROTOCOL": "HTTP/1.1"},
		},
		"an escape cut at the end stays": {
			http1.Head{Method: "GET", Target: "/a%4", Minor: 1, Path: []byte("/a%4")},
			map[string]string{"PATH_INFO": "/a%4"},
		},
	} {
		got, _ := environOf(t, &c.head, "unix", false)
		for key, want := range c.want {
			if v, _ := got[key].(string); v != want {
				t.Errorf("%s: %s = %q, want %q", name, key, v, want)
			}
		}
	}
}

func TestForwarded(t *testing.T) {
	h := &http1.Head{Method: "GET", Target: "/", Minor: 1, Path: []byte("/"), Fields: fields(
		"X-Forwarded-For", "6.6.6.6, 203.0.113.7, 10.0.0.2", "X-Forwarded-Proto", "https")}
	for name, c := range map[string]struct {
		peers        []string
		addr, scheme string
	}{
		"nobody is trusted":           {nil, "10.0.0.1", "http"},
		"another peer is trusted":     {[]string{"10.9.9.9"}, "10.0.0.1", "http"},
		"the peer alone is trusted":   {[]string{"10.0.0.1"}, "10.0.0.2", "https"},
		"a network is trusted":        {[]string{"10.0.0.0/8"}, "203.0.113.7", "https"},
		"everybody is trusted":        {[]string{"*"}, "6.6.6.6", "https"},
		"more than one network is so": {[]string{"10.0.0.0/8", "203.0.113.0/24"}, "6.6.6.6", "https"},
	} {
		got, _ := environOf(t, h, "10.0.0.1:4000", false, c.peers...)
		if got["REMOTE_ADDR"] != c.addr || got["wsgi.url_scheme"] != c.scheme {
			t.Errorf("%s: %v by %v, want %s by %s", name, got["REMOTE_ADDR"], got["wsgi.url_scheme"], c.addr, c.scheme)
		}
	}
	if _, err := parseTrust([]string{"localhost"}); err == nil {
		t.Error("a name passed for an address")
	}
}
