package main

import (
	"strings"
	"testing"
)

func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		name, text   string
		body         int
		closes, ends bool // whether the connection ends with it, and whether its end is told by that alone
		wrong        string
	}{
		{name: "sized", text: "HTTP/1.1 200 OK\r\ncontent-LENGTH: 3\r\n\r\nabc", body: 3},
		{name: "empty", text: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{name: "chunked", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", body: 13},
		{name: "closing", text: "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx", body: 1, closes: true},
		{name: "HTTP/1.0", text: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", body: 1, closes: true},
		{name: "until close", text: "HTTP/1.1 200 OK\r\n\r\nxyz", body: 3, closes: true, ends: true},
		{name: "an error page", text: "HTTP/1.1 500 Oh No\r\nContent-Length: 0\r\n\r\n", wrong: "500 Oh No"},
		{name: "too much", text: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy", wrong: "1 bytes after"},
		{name: "too much after chunks", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nx", wrong: "1 bytes after"},
		{name: "a chunk without a size", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nq\r\n", wrong: "size of a chunk"},
	} {
		for _, step := range []int{1, 2, 3, 7, len(c.text)} {
			var a answer
			whole, err := false, error(nil)
			for rest := c.text; rest != "" && err == nil; {
				if whole && c.wrong == "" {
					t.Errorf("%s, by %d: whole with %q still to come", c.name, step, rest)
				}
				n := min(step, len(rest))
				whole, err = a.take([]byte(rest[:n]))
				rest = rest[n:]
			}
			if c.wrong != "" {
				if step == len(c.text) && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
					t.Errorf("%s: %v, want %q", c.name, err, c.wrong)
				}
				continue
			}
			if err != nil || whole == c.ends || a.end() != c.ends || a.body != c.body || a.closes != c.closes {
				t.Errorf("%s, by %d: whole %t, end %t, body %d, closes %t, %v", c.name, step, whole, a.end(), a.body, a.closes, err)
			}
		}
	}
}
