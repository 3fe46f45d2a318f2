package replay_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

func of(kind, body string, more ...recorder.Header) *recorder.Exchange {
	headers := append([]recorder.Header{{"Content-Type", kind}}, more...)
	return exchange(1, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "", answer{status: "200 OK", headers: headers, body: body})
}

// brief is a comparison in a few lines, for tables.
func brief(c *replay.Comparison) string {
	var b strings.Builder
	fmt.Fprintln(&b, c.Verdict)
	for _, d := range c.Parts {
		mark := " "
		if d.Noise {
			mark = "~"
		}
		fmt.Fprintf(&b, "%s%s %s %s: %s -> %s\n", mark, d.Kind, d.Part, d.Where, d.Old, d.New)
	}
	return b.String()
}

func check(t *testing.T, c *replay.Comparison, want ...string) {
	t.Helper()
	if diff := cmp.Diff(strings.Join(want, "\n")+"\n", brief(c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCompareRules(t *testing.T) {
	a := of("application/json", `{"items":[{"at":1,"n":1},{"at":2,"n":2}],"deep":{"x":{"id":1}},"s":"v1 a"}`, recorder.Header{"X-Build", "1"})
	b := of("application/json", `{"items":[{"at":3,"n":1},{"at":4,"n":3}],"deep":{"x":{"id":2}},"s":"v2 a"}`, recorder.Header{"X-Build", "2"})
	rules, err := replay.ParseRules([]string{"x-build"}, []string{"/items/*/at", "/**/id"}, []string{`v(\d+)`})
	if err != nil {
		t.Fatal(err)
	}
	c := replay.Compare(a, b, replay.Options{Noise: rules})
	check(t, c, "changed", "~changed header X-Build: 1 -> 2", "~changed body /deep/x/id: 1 -> 2",
		"~changed body /items/0/at: 1 -> 3", "~changed body /items/1/at: 2 -> 4", " changed body /items/1/n: 2 -> 3",
		`~changed body /s: "v1 a" -> "v2 a"`)
	for _, d := range c.Parts {
		if d.Noise == (d.NoiseWhy == "") {
			t.Errorf("%s is noise %v since %q", d.Where, d.Noise, d.NoiseWhy)
		}
	}
	_, err = replay.ParseRules([]string{"X A"}, []string{"a"}, []string{"("})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("three mistakes: %v", err)
	}
}

func TestCompareValuesOfAName(t *testing.T) {
	with := func(values ...string) *recorder.Exchange {
		var fields []recorder.Header
		for _, v := range values {
			fields = append(fields, recorder.Header{"X-Via", v})
		}
		return of("text/plain", "hello", fields...)
	}
	for _, test := range []struct {
		old, now []string
		want     []string
	}{
		{[]string{"a"}, []string{"b", "a"}, []string{" added header X-Via:  -> b"}},
		{[]string{"a"}, []string{"a", "b"}, []string{" added header X-Via:  -> b"}},
		{[]string{"a", "b", "c"}, []string{"a", "c"}, []string{" removed header X-Via: b -> "}},
		{[]string{"a"}, []string{"a", "a"}, []string{" added header X-Via:  -> a"}},
		{[]string{"a", "b"}, []string{"b", "a"}, []string{" changed header X-Via: a -> b", " changed header X-Via: b -> a"}},
		{[]string{"a", "b"}, []string{"c"}, []string{" changed header X-Via: a -> c", " removed header X-Via: b -> "}},
	} {
		check(t, replay.Compare(with(test.old...), with(test.now...), replay.Options{}), append([]string{"changed"}, test.want...)...)
	}
}

func TestCompareBroken(t *testing.T) {
	raised := func(message, file string, line int) *event.Raised {
		return &event.Raised{
			Where: event.InCall, Type: "ValueError", Message: message,
			Frames: []event.Frame{{File: file, Line: line, Function: "view"}},
		}
	}
	handled := func(message, file string, line int) *event.Raised {
		r := raised(message, file, line)
		r.Handled = true
		return r
	}
	ok := answer{status: "200 OK", headers: plain, body: "hello\n"}
	for _, test := range []struct {
		name     string
		old, now answer
		verdict  replay.Verdict
		reasons  []string
	}{
		{
			"a new exception", ok,
			answer{status: "500 Internal Server Error", headers: plain, raised: raised("no", "a.py", 1)},
			replay.Broken,
			[]string{"it answers 500 Internal Server Error", "it raises ValueError: no", "body line 1 removed: hello ..."},
		},
		{
			"an exception after the answer", ok,
			answer{status: "200 OK", headers: plain, body: "hello\n", raised: raised("no", "a.py", 1)},
			replay.Broken,
			[]string{"it raises ValueError: no"},
		},
		{
			"a new exception, handled", ok,
			answer{status: "500 Oops", headers: plain, body: "hello\n", raised: handled("no", "a.py", 1)},
			replay.Broken,
			[]string{"it answers 500 Oops", "it raises ValueError: no"},
		},
		{
			"an exception that nobody sees", ok,
			answer{status: "200 OK", headers: plain, body: "hello\n", raised: handled("no", "a.py", 1)},
			replay.Changed,
			[]string{"exception (call) added: ValueError: no"},
		},
		{
			"not handled any more",
			answer{status: "500 x", raised: handled("no", "a.py", 1)},
			answer{status: "500 x", raised: raised("no", "a.py", 1)},
			replay.Changed,
			[]string{"exception (call): ValueError, handled by the application -> ValueError, not handled"},
		},
		{
			"an aborted response", ok,
			answer{status: "200 OK", headers: plain, body: "hello\n", brk: true},
			replay.Broken,
			[]string{"it was not answered whole: the application failed midway"},
		},
		{
			"the same failure",
			answer{status: "500 x", raised: raised("no", "a.py", 1)},
			answer{status: "500 x", raised: raised("no", "a.py", 3)},
			replay.Noise,
			[]string{"masked: exception (last frame)"},
		},
		{
			"an address",
			answer{status: "500 x", raised: raised("<X at 0x7f00aa00>", "a.py", 1)},
			answer{status: "500 x", raised: raised("<X at 0x7fbbbb00>", "a.py", 1)},
			replay.Noise,
			[]string{"masked: exception (call)"},
		},
		{
			"another failure",
			answer{status: "500 x", raised: raised("no", "a.py", 1)},
			answer{status: "500 x", raised: raised("yes", "b.py", 1)},
			replay.Changed,
			[]string{"exception (call): ValueError: no -> ValueError: yes", "exception (last frame): a.py in view -> b.py in view"},
		},
		{
			"mended",
			answer{status: "500 x", raised: raised("no", "a.py", 1)},
			answer{status: "200 OK"},
			replay.Changed,
			[]string{"status: 500 x -> 200 OK", "exception (call) removed: ValueError: no"},
		},
		{
			"the origin broke off",
			answer{status: "200 OK", body: "hel", brk: true},
			answer{status: "200 OK", body: "hello"},
			replay.Noise,
			[]string{"masked: body line 1"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			head := "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
			c := replay.Compare(exchange(1, head, "", test.old), exchange(2, head, "", test.now), replay.Options{})
			if c.Verdict != test.verdict {
				t.Errorf("the verdict is %s, want %s\n%s", c.Verdict, test.verdict, brief(c))
			}
			if diff := cmp.Diff(test.reasons, c.Reasons); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompareLintAndChunks(t *testing.T) {
	a, b := of("text/plain", "x"), of("text/plain", "x")
	a.Lint = []recorder.Lint{{Rule: "r", Message: "1"}, {Rule: "r", Message: "2"}}
	b.Lint = []recorder.Lint{{Rule: "r", Message: "2"}, {Stage: 1, Rule: "close-not-called", Message: "3"}}
	b.Response.Chunks = []recorder.Chunk{{Size: 1, Via: "write"}}
	check(t, replay.Compare(a, b, replay.Options{Chunks: true}), "changed", " added lint stage 1:  -> close-not-called: 3",
		" removed lint stage 0: r: 1 -> ", " changed chunks 1, 1 blocks: yield:1 -> write:1")
}

// TestCompareLintOfOtherValues: what a message quotes differs from run to run, and so does the index of a stage that is
// named.
func TestCompareLintOfOtherValues(t *testing.T) {
	a, b := of("text/plain", "x"), of("text/plain", "x")
	a.Stages = []recorder.Stage{{Index: 1, Name: "app.Timing"}, {Index: 2, Name: "app.Session"}}
	b.Stages = []recorder.Stage{{Index: 1, Name: "app.Session"}}
	a.Lint = []recorder.Lint{{Stage: 2, Rule: "r", Message: "sid=1"}, {Stage: 2, Rule: "r", Message: "same"}}
	b.Lint = []recorder.Lint{{Stage: 1, Rule: "r", Message: "same"}, {Stage: 1, Rule: "r", Message: "sid=2"}}
	c := replay.Compare(a, b, replay.Options{})
	check(t, c, "noise", "~changed lint stage 1, app.Session: r: sid=1 -> r: sid=2")
	without := of("text/plain", "x")
	without.Stages = b.Stages
	if c = replay.Compare(a, without, replay.Options{}); c.Verdict != replay.Changed || len(c.Parts) != 2 {
		t.Errorf("%s", brief(c))
	}
	b.Lint = append(b.Lint, recorder.Lint{Stage: 1, Rule: "r", Message: "the cookie 'user=anna'"})
	if c = replay.Compare(a, b, replay.Options{}); c.Verdict != replay.Changed || strings.Contains(strings.Join(c.Reasons, ""), "anna") {
		t.Errorf("%s: %v", brief(c), c.Reasons)
	}
}

// TestCompareLintOfOtherNumbers: a message that speaks of a stage by its number says the same of that stage with another.
func TestCompareLintOfOtherNumbers(t *testing.T) {
	passing := func(message string, stages ...string) *recorder.Exchange {
		x := of("text/plain", "x")
		for i, name := range append([]string{"server"}, stages...) {
			x.Stages = append(x.Stages, recorder.Stage{Index: i, Name: name})
		}
		x.Lint = []recorder.Lint{{Stage: len(stages) - 1, Rule: "close-not-called", Message: message}}
		return x
	}
	a := passing("what stage 3 returned was never closed", "app.Timing", "app.Session", "app.view")
	b := passing("what stage 2 returned was never closed", "app.Session", "app.view")
	check(t, replay.Compare(a, b, replay.Options{}), "same")
	b.Lint[0].Message = "what stage 1 returned was never closed"
	check(t, replay.Compare(a, b, replay.Options{}), "noise", "~changed lint stage 1, app.Session: close-not-called: "+a.Lint[0].Message+
		" -> close-not-called: "+b.Lint[0].Message)
}

// TestLearnLint: that one rule is broken now and then says nothing of another.
func TestLearnLint(t *testing.T) {
	run1, run2, x := of("text/plain", "x"), of("text/plain", "x"), of("text/plain", "x")
	run2.Lint = []recorder.Lint{{Rule: "close-not-called", Message: "1"}}
	x.Lint = append(run2.Lint[:1:1], recorder.Lint{Rule: "close-twice", Message: "2"})
	check(t, replay.Compare(run1, x, replay.Options{Masks: replay.Learn(run1, run2, replay.Options{})}), "changed",
		"~added lint stage 0:  -> close-not-called: 1", " added lint stage 0:  -> close-twice: 2")
}

// TestLearnStatus: of an application that answers now so and now so, a third status is no noise, nor are another body or
// other headers with one of the two.
func TestLearnStatus(t *testing.T) {
	ok, busy, gone, changed := of("text/plain", "x"), of("text/plain", "later"), of("text/plain", "x"), of("text/plain", "y")
	ok.Response.Headers = append(ok.Response.Headers, recorder.Header{"X-User", "anna"}, recorder.Header{"Set-Cookie", "a=1"})
	gone.Response.Headers = ok.Response.Headers
	busy.Response.Status, gone.Response.Status = "429 Too Many Requests", "404 Not Found"
	o := replay.Options{Masks: replay.Learn(ok, busy, replay.Options{})}
	check(t, replay.Compare(busy, ok, o), "noise", "~changed status : 429 Too Many Requests -> 200 OK",
		"~added header X-User:  -> anna", "~added header Set-Cookie: a:  -> a=1", "~changed body line 1: later -> x")
	check(t, replay.Compare(ok, changed, o), "changed", " removed header X-User: anna -> ",
		" removed header Set-Cookie: a: a=1 -> ", " changed body line 1: x -> y")
	check(t, replay.Compare(ok, gone, o), "changed", " changed status : 200 OK -> 404 Not Found")
	check(t, replay.Compare(gone, ok, o), "changed", " changed status : 404 Not Found -> 200 OK")
}

func TestCompareStages(t *testing.T) {
	a := onion{{name: "Outer", header: "1"}, {name: "Session", sets: "anna"}, {name: "view", body: "hello"}}.passage(1, "/").Exchange
	b := onion{{name: "Outer", header: "1"}, {name: "Session", sets: "ben"}, {name: "Gzip", header: "z"}, {name: "view", body: "hello!"}}.passage(1, "/").Exchange
	o := replay.Options{Stages: true}
	check(t, replay.Compare(a, a, o), "same")
	var stages []string
	c := replay.Compare(a, b, o)
	for _, d := range c.Parts {
		if d.Part == "stage" && !d.Noise {
			stages = append(stages, d.Where+" "+d.Kind)
		}
	}
	want := []string{
		"app.Outer: X-Gzip added", "app.Outer: body changed", "app.Session: environ app.Session changed", "app.Session: X-Gzip added",
		"app.Session: body changed", "app.view: body changed", "app.Gzip added",
	}
	if diff := cmp.Diff(want, stages); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if masked := replay.Compare(a, b, replay.Options{Stages: true, Masks: replay.Learn(a, b, o)}); masked.Verdict != replay.Noise {
		t.Errorf("what was learned is no noise: %s", brief(masked))
	}
}

func TestCompareWithItself(t *testing.T) {
	for _, body := range []string{"", "x", "{}", "\x00", "a\nb"} {
		for _, kind := range []string{"text/plain", "application/json", "image/png", ""} {
			if c := replay.Compare(of(kind, body), of(kind, body), replay.Options{Chunks: true}); c.Verdict != replay.Same || len(c.Parts) > 0 {
				t.Errorf("%q as %q: %s", body, kind, brief(c))
			}
		}
	}
}

// TestReasonsTellNoSecrets: reasons are printed to logs.
func TestReasonsTellNoSecrets(t *testing.T) {
	const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx"
	for name, c := range map[string][2]*recorder.Exchange{
		"a cookie": {of("text/plain", "", recorder.Header{"Set-Cookie", "theme=hidden1; Path=/"}),
			of("text/plain", "", recorder.Header{"Set-Cookie", "theme=hidden2; Path=/"})},
		"a header":            {of("text/plain", "", recorder.Header{"X-Api-Key", "hidden1"}), of("text/plain", "", recorder.Header{"X-Api-Key", "hidden2"})},
		"a member":            {of("application/json", `{"user":{"password":"hidden1"}}`), of("application/json", `{"user":{"password":"hidden2"}}`)},
		"an object":           {of("application/json", `{}`), of("application/json", `{"user":{"password":"hidden2"}}`)},
		"a line":              {of("text/plain", "token: hidden1"), of("text/plain", "token: hidden2")},
		"a token in any line": {of("text/plain", "see "+token+".hidden1"), of("text/plain", "see "+token+".hidden2")},
	} {
		got := replay.Compare(c[0], c[1], replay.Options{})
		if got.Verdict != replay.Changed || len(got.Reasons) == 0 {
			t.Errorf("%s: %s, %q", name, got.Verdict, got.Reasons)
		}
		if text := strings.Join(got.Reasons, "\n"); strings.Contains(text, "hidden") {
			t.Errorf("%s: %s", name, text)
		}
	}
}
