package curl_test

import (
	"os/exec"
	"runtime"
	"testing"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/curl"
)

func TestCommand(t *testing.T) {
	x := &recorder.Exchange{Request: recorder.Request{
		Method: "PUT", Target: "/it's?a=1", Headers: []recorder.Header{
			{"Host", "x"}, {"Content-Length", "3"}, {"X-Name", "J\u00c3\u00bcrgen"}, {"Authorization", "Basic eDp5"},
		},
		Body: recorder.Body{Size: 3, Bytes: []byte("a'\x00")},
	}}
	want := "curl \\\n  'http://h:1/it'\\''s?a=1' \\\n  -X 'PUT' \\\n  -H 'X-Name: Jürgen' \\\n  -H 'Authorization: Basic eDp5' \\\n  --data-binary $'a\\'\\x00'"
	if got := curl.Command(x, "http://h:1/"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	x.Request.Body.Cut = true
	if got := curl.Command(x, "http://h:1"); got == want {
		t.Error("nothing says that the body was cut")
	}
}

// TestShellReadsItBack holds that a shell makes the original bytes of what was quoted.
func TestShellReadsItBack(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // its users paste into Git Bash or WSL
	}
	for _, s := range []string{"plain", "it's", "$HOME `id` \\ \"x\"", "a\nb", "J\u00fcrgen", "!bang"} {
		out, err := exec.Command("sh", "-c", "printf %s "+curl.Quote([]byte(s))).Output()
		if err != nil || string(out) != s {
			t.Errorf("%q came back as %q, %v", s, out, err)
		}
	}
}
