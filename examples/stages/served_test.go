package stages_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
	"github.com/snifter-dev/snifter/examples/internal/venv"
)

func TestMain(m *testing.M) { snifter.Main(m) }

// TestServed compares the stages that each request passes through a served stack to those that it was built of, from the first
// request on, and what the client gets to what it gets where stages are not told apart, alone and under the checks of wsgiref
// and webtest.
func TestServed(t *testing.T) {
	interpreter := venv.Python(t, "requirements.txt")
	for stack := range stacks {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			golden, err := os.ReadFile(filepath.Join("testdata", stack+"-served.txt"))
			if err != nil {
				t.Fatal(err)
			}
			var requests []string
			for _, line := range strings.Split(string(golden), "\n") {
				if method, _, ok := strings.Cut(line, " /"); ok && strings.ToUpper(method) == method {
					requests = append(requests, line)
				}
			}
			dir := snifter.Copy(t, "testdata")
			for _, within := range []string{"", "wsgiref", "webtest"} {
				server := func(more ...string) *snifter.Server {
					return snifter.Start(t, dir, append([]string{"served:application", "--python", interpreter, "--no-reload"}, more...),
						snifter.Env("STACK="+stack, "WITHIN="+within, "PYTHONWARNINGS=ignore"))
				}
				told, plain := server(), server("--no-stages", "--capture", filepath.Join(t.TempDir(), "plain.db"))
				for round := range 3 {
					var trees strings.Builder
					for _, request := range requests {
						got, want := exchange(t, told.URL, request), exchange(t, plain.URL, request)
						if diff := cmp.Diff(want, got); diff != "" {
							t.Errorf("%s within %q: with its stages told apart (-without +with):\n%s", request, within, diff)
						}
						_, target, _ := strings.Cut(request, " ")
						x := told.Show(target, nth(requests, request, round))
						trees.WriteString(request + "\n" + passed(t, x))
					}
					if diff := cmp.Diff(string(golden), trees.String()); diff != "" && within == "" {
						t.Errorf("the stages of round %d (-want +got):\n%s", round+1, diff)
					}
				}
			}
		})
	}
}

// nth is which of the requests for its target a request is, from 1, in a round from 0.
func nth(requests []string, request string, round int) int {
	_, target, _ := strings.Cut(request, " ")
	each, before := 0, 0
	for _, r := range requests {
		if r == request {
			before = each
		}
		if strings.HasSuffix(r, " "+target) {
			each++
		}
	}
	return round*each + before + 1
}

// passed is the stages of an exchange, a line each, indented, with kind and role.
func passed(t *testing.T, x *snifter.Exchange) string {
	t.Helper()
	var b strings.Builder
	depth := map[int]int{0: 0}
	for _, s := range x.Stages {
		if s.Index == 0 {
			continue
		}
		depth[s.Index] = depth[s.Within] + 1
		b.WriteString(strings.TrimRight(strings.Repeat("  ", depth[s.Index])+s.Name+" "+s.Kind+" "+s.Role, " ") + "\n")
		if _, err := os.Stat(s.File); err != nil || s.Line < 1 {
			t.Errorf("%s: %d: %v", s.Name, s.Line, err)
		}
	}
	return b.String()
}

// volatile is what differs from one request to the next: times, addresses, tokens, and the time in the head of what is gzipped.
var volatile = regexp.MustCompile(`(?i)(?:\r\n(?:date|expires|set-cookie|last-modified|etag|host): [^\r]*)|0x[0-9a-f]+|127\.0\.0\.1:[0-9]+` +
	`|[0-9]+\.[0-9]+ ?(?:s|ms|seconds)\b|(?s:\x1f\x8b\x08.{5})`)

// exchange is all that a client gets for a request, byte for byte but for what is volatile.
func exchange(t *testing.T, url, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := ""
	if strings.HasPrefix(request, "POST ") {
		body = "a=body"
	}
	_, err = fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept-Encoding: gzip\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", request, len(body), body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	// A character for each byte: the expression matches characters.
	text := make([]rune, len(answer))
	for i, b := range answer {
		text[i] = rune(b)
	}
	return volatile.ReplaceAllString(string(text), "-")
}
