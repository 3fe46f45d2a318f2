package devserver_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/devserver/stepping"
)

// Whoever has sent a replay that is aborted is told which exchange it was, and nobody else is.
func TestAbortedReplay(t *testing.T) {
	s := newStand(t, 0)
	s.place(t, "Auth", nil)
	for token, told := range map[string]bool{"secret": true, "wrong": false} {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "GET /%s HTTP/1.0\r\nSnifter-Origin: 7 %s\r\n\r\n", token, token)
		id := s.await(t, 1)[0].Exchange
		s.command(t, id, stepping.Command{Action: stepping.Abort})
		want := ""
		if told {
			want = fmt.Sprintf("HTTP/1.1 102 Processing\r\nSnifter-Exchange: %d\r\n\r\n", id)
		}
		if got, err := io.ReadAll(c); err != nil || string(got) != want {
			t.Errorf("%s: got %q, want %q: %v", token, got, want, err)
		}
		s.await(t, 0)
	}
}
