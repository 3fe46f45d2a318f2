package examples_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
)

// What the README of an onion shows is what happens, and what the top one has one type there works.
func TestOnionReadme(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal(err)
	}
	for name, readme := range map[string]string{
		"python":  filepath.Join("python", "onion", "README.md"),
		"the top": filepath.Join("..", "README.md"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := snifter.Copy(t, filepath.Join("python", "onion"))
			(&tour{t: t, dir: dir, application: []string{"--python", python}}).follow(readme)
		})
	}
	t.Run("go", func(t *testing.T) {
		t.Parallel()
		dir := snifter.Copy(t, filepath.Join("go", "onion"))
		ours, err := filepath.Abs("..")
		if err != nil {
			t.Fatal(err)
		}
		mod, err := os.ReadFile(filepath.Join(ours, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		version := regexp.MustCompile(`(?m)^go .*`).Find(mod)
		const module = "github.com/snifter-dev/snifter"
		snifter.Write(t, filepath.Join(dir, "go.mod"),
			fmt.Sprintf("module onion\n\n%s\n\nrequire %s v0.0.0\n\nreplace %[2]s => %s\n", version, module, ours))
		(&tour{t: t, dir: dir}).follow(filepath.Join("go", "onion", "README.md"))
	})
}

// tour does what a terminal would.
type tour struct {
	t           *testing.T
	dir         string
	application []string // flags that load it
	server      *snifter.Server
	background  chan string // what a request in the background got
}

// follow does all that stands behind a "$" in blocks of the console, up to a comment, and looks for what is shown of it.
func (r *tour) follow(file string) {
	r.t.Helper()
	readme, err := os.ReadFile(file)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		for _, entry := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			line, shown, _ := strings.Cut(entry, "\n")
			line, _, _ = strings.Cut(line, "  #")
			got := r.do(line)
			if missing := missing(shown, got); missing != "" {
				r.t.Errorf("$ %s\nshows no line %q, but:\n%s", line, missing, got)
			}
		}
	}
}

func (r *tour) do(line string) string {
	r.t.Helper()
	words := split(line)
	switch {
	case words[0] == "wait":
		return <-r.background
	case words[0] == "curl" && words[len(words)-1] == "&":
		r.background = make(chan string, 1)
		go func() { r.background <- r.get(words[:len(words)-1]) }()
		return ""
	case words[0] == "curl":
		got := r.get(words)
		_, path, _ := strings.Cut(words[len(words)-1], ":8000")
		r.server.Exchange(path, 1)
		return got
	case words[1] == "run":
		r.server = snifter.Start(r.t, r.dir, r.application)
		return ""
	}
	args := words[1:]
	if args[0] == "stack" || args[0] == "check" {
		args = append(args, r.application...)
	}
	result := snifter.Run(r.t, r.dir, args)
	if result.Code > 1 {
		r.t.Errorf("$ %s: exit code %d\n%s", line, result.Code, result.Stderr)
	}
	return result.Stdout
}

// get is curl, as far as it is asked of here.
func (r *tour) get(words []string) string {
	_, path, _ := strings.Cut(words[len(words)-1], ":8000")
	request, err := http.NewRequest("GET", r.server.URL+path, nil)
	if err != nil {
		return err.Error()
	}
	// A client that unpacks says so by itself.
	transport := &http.Transport{DisableCompression: words[1] != "--compressed", DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport, Timeout: snifter.Patience}).Do(request)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

// split takes a line apart at spaces, but for what is between quotes.
func split(line string) []string {
	var words []string
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(line, -1) {
		words = append(words, m[1]+m[2])
	}
	return words
}

// missing is the first line of what is shown that is not to be found in what came, in the same order; "..." stands for
// anything, as a line or at the end of one. Times are what they are.
func missing(shown, got string) string {
	steady := func(text string) []string {
		text = regexp.MustCompile(`\d+(\.\d+)?(µs|ms|s)\b`).ReplaceAllString(text, "TIME")
		text = regexp.MustCompile(` {2,}TIME`).ReplaceAllString(text, "  TIME")
		return strings.Split(strings.TrimRight(text, "\n"), "\n")
	}
	left, any := steady(string(bytes.TrimRight([]byte(got), "\n"))), false
	for _, want := range steady(shown) {
		if want == "" {
			continue
		}
		if want == "..." {
			any = true
			continue
		}
		front, cut := strings.CutSuffix(want, "...")
		at := -1
		for i, line := range left {
			if line == want || cut && strings.HasPrefix(line, front) {
				at = i
				break
			}
			if !any && line != "" {
				return want
			}
		}
		if at < 0 {
			return want
		}
		left, any = left[at+1:], false
	}
	return ""
}
