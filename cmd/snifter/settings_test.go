package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// configured runs the settings of `run` through a command line, an environment and a pyproject.toml, and returns the
// options, or what the user would be told.
func configured(t *testing.T, args, environ []string, pyproject string) (*serveOptions, string) {
	t.Helper()
	dir := t.TempDir()
	if pyproject != "" {
		if err := os.WriteFile(filepath.Join(dir, "pyproject.toml"), []byte(pyproject), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	below := filepath.Join(dir, "below")
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	var messages bytes.Buffer
	std := stdio{err: &messages, environ: environ, dir: below}
	o := newServeOptions()
	root := &cobra.Command{Use: "snifter", SilenceErrors: true, SilenceUsage: true}
	cmd := &cobra.Command{Use: "run", RunE: func(cmd *cobra.Command, _ []string) error {
		file, err := findConfig(std.dir)
		if err != nil {
			return err
		}
		return configure(cmd, std, file)
	}}
	root.AddCommand(cmd)
	root.SetFlagErrorFunc(flagError)
	o.addFlags(cmd)
	root.SetArgs(append([]string{"run"}, args...))
	if err := root.Execute(); err != nil {
		report(std, err)
	}
	return o, strings.ReplaceAll(messages.String(), dir, "DIR")
}

func TestPrecedence(t *testing.T) {
	const file = "[tool.snifter]\nport = 3\nthreads = 3\nworkers = 3\nreload = false\n"
	o, message := configured(t, []string{"--port", "1"}, []string{"SNIFTER_PORT=2", "SNIFTER_THREADS=2"}, file)
	if message != "" {
		t.Fatal(message)
	}
	got := []int{o.port.n, o.threads.n, o.workers.n, int(o.maxBody)}
	if diff := cmp.Diff([]int{1, 2, 3, 1 << 20}, got); diff != "" {
		t.Error("flag, variable, file and default:", diff)
	}
	if o.reload {
		t.Error("reload = false in the file does not count")
	}
}

func TestAPortIsGivenInThePlaceOfAnAddress(t *testing.T) {
	const file = "[tool.snifter]\nbind = [\"127.0.0.1:3\"]\n"
	for flag, want := range map[string]int{"": 1, "--port=1": 0, "--host=::1": 0, "--threads=1": 1} {
		var args []string
		if flag != "" {
			args = []string{flag}
		}
		if o, message := configured(t, args, nil, file); message != "" || len(o.bind) != want {
			t.Errorf("%q: %v, %s", flag, o.bind, message)
		}
	}
	for variable, want := range map[string]int{"SNIFTER_PORT=1": 0, "SNIFTER_HOST=::1": 0, "SNIFTER_PORT=": 1, "SNIFTER_THREADS=1": 1} {
		if o, message := configured(t, nil, []string{variable}, file); message != "" || len(o.bind) != want {
			t.Errorf("%q: %v, %s", variable, o.bind, message)
		}
	}
}

func TestReloadAndItsOpposite(t *testing.T) {
	for _, test := range []struct {
		args, environ []string
		file          string
		want          bool
	}{
		{nil, nil, "", true},
		{[]string{"--no-reload"}, nil, "", false},
		{[]string{"--no-reload"}, []string{"SNIFTER_RELOAD=1"}, "", false},
		{[]string{"--reload"}, []string{"SNIFTER_RELOAD=0"}, "", true},
		{nil, []string{"SNIFTER_RELOAD=off"}, "[tool.snifter]\nreload = true\n", false},
	} {
		o, message := configured(t, test.args, test.environ, test.file)
		if message != "" || bool(o.reload) != test.want {
			t.Errorf("%v %v %q: %v %s", test.args, test.environ, test.file, o.reload, message)
		}
	}
}

func TestPathsAreRelativeToWhereTheyStand(t *testing.T) {
	o, message := configured(t, []string{"--reload-dir", "a", "--reload-dir", "/b"}, nil,
		"[tool.snifter]\ncapture = 'x.db'\napp_dir = ['src', '/abs']\n")
	if message != "" {
		t.Fatal(message)
	}
	if got := string(o.capture.path); filepath.Base(filepath.Dir(got)) == "below" || filepath.Base(got) != "x.db" {
		t.Errorf("a path in the file is relative to the file: %s", got)
	}
	if got := o.reloadDir; len(got) != 2 || !strings.HasSuffix(got[0], filepath.Join("below", "a")) || got[1] != "/b" {
		t.Errorf("a path in a flag is relative to the working directory: %v", got)
	}
	if got := o.appDir; len(got) != 2 || strings.HasSuffix(got[0], filepath.Join("below", "src")) || got[1] != "/abs" {
		t.Errorf("a list of paths in the file: %v", got)
	}
}

func TestBadSettings(t *testing.T) {
	for name, test := range map[string]struct {
		args, environ []string
		file          string
		want          string
	}{
		"unknown flag": {args: []string{"--prot", "1"}, want: "snifter: there is no flag --prot\n" +
			"  try: --port\n       snifter run --help\n"},
		"bad flag": {args: []string{"--port", "http"}, want: "snifter: --port: \"http\" is not a whole number\n" +
			"  try: snifter run --help\n"},
		"port too large": {args: []string{"--port", "65536"}, want: "snifter: --port: 65536 is not between 0 and 65535\n" +
			"  try: snifter run --help\n"},
		"flag without value": {args: []string{"--port"}, want: "snifter: --port needs a value\n  try: snifter run --help\n"},
		"bad variable": {environ: []string{"SNIFTER_THREADS=many"}, want: "snifter: SNIFTER_THREADS: \"many\" is not a whole number\n" +
			"  in:  the environment variable SNIFTER_THREADS\n  try: unset SNIFTER_THREADS, or give --threads\n"},
		"unknown key": {file: "[project]\nname = 'x'\n[tool.snifter]\nport = 1\n\nreload-dri = ['x']\n",
			want: "snifter: [tool.snifter] reload-dri: there is no such key\n  in:  DIR/pyproject.toml, line 6\n  try: reload-dir\n"},
		"a flag alone": {file: "[tool.snifter]\njson = true\n",
			want: "snifter: [tool.snifter] json: it is a flag alone, and no key\n  in:  DIR/pyproject.toml, line 2\n  try: snifter run --json\n"},
		"an opposite": {file: "[tool.snifter]\nno-reload = true\n",
			want: "snifter: [tool.snifter] no-reload: there is no such key\n  in:  DIR/pyproject.toml, line 2\n  try: reload = false\n"},
		"no flag at all": {file: "[tool.snifter]\nzebra = true\n",
			want: "snifter: [tool.snifter] zebra: there is no such key\n  in:  DIR/pyproject.toml, line 2\n" +
				"  try: snifter run --help lists the flags, and which of them are no keys\n"},
		"bad key": {file: "[tool.snifter]\nmax-body = 'huge'\n",
			want: "snifter: [tool.snifter] max-body: \"huge\" is not a size: a number and k, M, G or nothing\n" +
				"  in:  DIR/pyproject.toml, line 2\n"},
		"table for a text": {file: "[tool.snifter.port]\nx = 1\n",
			want: "snifter: [tool.snifter] port: map[x:1] is not a text, a number or true or false\n" +
				"  in:  DIR/pyproject.toml, line 1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := configured(t, test.args, test.environ, test.file)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBrokenTOMLNamesItsLine(t *testing.T) {
	_, got := configured(t, nil, nil, "[tool.snifter]\nport = \n")
	if !strings.Contains(got, "DIR/pyproject.toml, line 2") || !strings.HasPrefix(got, "snifter: pyproject.toml is not TOML") {
		t.Error(got)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "512": 512, "64k": 64 << 10, "1.5M": 3 << 19, "2GiB": 2 << 30, "1 MB": 1 << 20, "1t": 1 << 40,
	} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "k", "-1", "1x", "1e30", "NaN", "many"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q: %d", text, got)
		}
	}
	for n, want := range map[int64]string{0: "0", 1 << 20: "1M", 64 << 10: "64k", 1000: "1000", 2 << 30: "2G"} {
		if got := formatSize(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "30": 30 * time.Second, "1.5": 1500 * time.Millisecond, "10m": 10 * time.Minute, "7d": 7 * 24 * time.Hour,
	} {
		got, err := parseDuration(text)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
		again := durationValue(got)
		if back, err := parseDuration(again.String()); err != nil || back != got {
			t.Errorf("%q is shown as %q, which is %v", text, again.String(), back)
		}
	}
	for _, text := range []string{"", "d", "-5s", "1 day", "soon", "99999999999d"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
