package control_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/control"
)

// The greeting is what other programs see first.
func TestGreeting(t *testing.T) {
	path := socket(t, newLive(t))
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"snifter": 1.0, "server": map[string]any{
		"control": path, "pid": float64(os.Getpid()), "app": "app:app", "url": "http://127.0.0.1:1", "capture": "", "dir": "",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMisbehavingClients(t *testing.T) {
	l := newLive(t)
	path := socket(t, l)
	good, err := control.Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	for name, sent := range map[string]string{
		"garbage":         "\x00\xff\x16\x03\x01\n",
		"HTTP":            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"a list":          "[1]\n",
		"no id":           `{"method":"status"}` + "\n",
		"an id twice":     `{"id":1,"method":"watch"}` + "\n" + `{"id":1,"method":"watch"}` + "\n",
		"a huge line":     strings.Repeat("x", control.MaxRequest+32<<10),
		"too many calls":  manyCalls(65),
		"deep":            `{"id":1,"method":"rows","params":` + strings.Repeat("[", 500_000) + "\n",
		"negative number": `{"id":-1,"method":"status"}` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(time.Minute))
			go io.WriteString(conn, sent)
			if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("it is still connected")
			}
			if _, err := good.Status(t.Context()); err != nil {
				t.Errorf("another client: %v", err)
			}
		})
	}
	t.Run("an unknown method", func(t *testing.T) {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		r.ReadString('\n')
		io.WriteString(conn, `{"id":1,"method":"eval"}`+"\n"+`{"id":9,"method":"more"}`+"\n"+`{"id":2,"method":"rows","params":[]}`+"\n")
		for range 2 {
			line, err := r.ReadString('\n')
			if err != nil || !strings.Contains(line, `"error"`) {
				t.Errorf("%q, %v", line, err)
			}
		}
	})
	t.Run("one that never reads", func(t *testing.T) {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
		for i := 2; ; i++ {
			if _, err := fmt.Fprintf(conn, `{"id":%d,"method":"nothing%s"}`+"\n", i, strings.Repeat("x", 10_000)); err != nil {
				break
			}
		}
		if _, err := good.Status(t.Context()); err != nil {
			t.Errorf("another client: %v", err)
		}
	})
}

func manyCalls(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":%d,"method":"watch"}`+"\n", i+1)
	}
	return b.String()
}
