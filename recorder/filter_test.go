package recorder_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

func parse(t testing.TB, s string) *recorder.Filter {
	t.Helper()
	f, err := recorder.ParseFilter(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return f
}

// subject is an exchange that has something for every operator.
func subject() []event.Event {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(`{"answer": "forty-two"}`))
	_ = z.Close()
	env := marshal.Append(nil, marshal.Dict{
		{Key: "REMOTE_USER", Value: "Anna"}, {Key: "wsgi.multithread", Value: true}, {Key: "SERVER_PORT", Value: "80"},
		{Key: "n", Value: int64(42)}, {Key: "PATH_INFO", Value: marshal.Latin1([]byte("/café"))},
	})
	head := "POST /api/users?q=a|b&c=(1) HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n" +
		"X-Name: caf\xc3\xa9\r\n\r\n"
	return []event.Event{
		{Exchange: 12, Kind: event.Enter, Payload: &event.Request{Started: epoch, Build: 3, Origin: 4, Head: []byte(head), Environ: env}},
		{Exchange: 12, Seq: 1, Kind: event.Input, Payload: &event.Data{Bytes: []byte("name=Anna"), Size: 9}},
		{Exchange: 12, Seq: 2, Kind: event.StartResponse, Payload: &event.Response{Status: "503 Busy", Headers: []event.Header{
			{Name: "Content-Type", Value: "application/json"}, {Name: "content-encoding", Value: "gzip"}, {Name: "Set-Cookie", Value: "a=1"}}}},
		{Exchange: 12, Seq: 3, Kind: event.Chunk, At: 2e6, Payload: &event.Data{Bytes: packed.Bytes(), Size: 20_000}},
		{Exchange: 12, Seq: 4, Kind: event.Exception, Payload: &event.Raised{Type: "ValueError"}},
		{Exchange: 12, Seq: 5, Kind: event.Lint, Payload: &event.Finding{Rule: "close-not-called"}},
		{Exchange: 12, Seq: 6, Kind: event.Exit, At: 150e6, Payload: &event.Ending{ResponseBody: &event.BodySum{Size: 20_000}}},
	}
}

func TestFilterMatches(t *testing.T) {
	x := recorder.Fold(subject())
	x.Marked = true
	row := x.Row()
	plain := recorder.Fold(withStatus(typical(1, 10), "200 OK"))
	for s, want := range map[string]bool{
		"": true, "  ": true, "users": true, "USERS": true, "nothing": false, "~u ^/api": true, "/api/(users|posts)": true,
		`~u "\(1\)"`: true, `"q=a\|b&c"`: true, "q=a&c": false, "~m POST": true, "~m post": true, "~m ^P": true, "~m GET": false,
		"~c 503": true, "~c 5xx": true, "~c 4xx": false, "~c >=400": true, "~c 500-599": true, "~c <400": false, "~c >503": false,
		`~h "set-cookie: a"`: true, "~hq set-cookie": false, "~hs set-cookie": true, "~hq café": true, "~h ^host": true,
		"~b name=anna": true, "~bs name=": false, "~bq name=": true, "~b forty-two": true, "~bq forty": false,
		"~t json": true, "~tq json": false, "~ts json": true, "~tq form": true, "~e": true, "~a": false,
		"~lint": true, "~lint close-not-called": true, "~lint close-twice": false, "~lint ~e": true, "~stage server": false, "~stage auth": false, "~paused": false,
		"~env REMOTE_USER": true, "~env NONE": false, "~env REMOTE_USER=^anna$": true, "~env REMOTE_USER=bob": false,
		"~env wsgi.multithread=true": true, "~env n=42": true, `~env "PATH_INFO=/café"`: true,
		"~d >100": true, "~d > 100": true, "~d 100": true, "~d <0.1s": false, "~d 100-200": true, "~d 0.15s": true,
		"~s >10k": true, "~sq >10k": false, "~sq 9..9": true, "~ss <1m": true, "~build 3": true, "~build >3": false,
		"~id 12": true, "~id 10-11": false, "~marked": true, "~replay": true,
		"!~e": false, "!!~e": true, "~e & ~marked": true, "~e && ~marked": true, "~e ~m GET": false, "~e | ~m GET": true,
		"~m GET || ~m POST": true, "~m GET|~m POST": true, "~m GET | ~m PUT ~e": false, "(~m GET | ~m POST) ~e": true,
		"!(~m GET | ~m PUT)": true, "~e !users": false, "~u 'users'": true, "~m POST(~e)": false,
	} {
		f := parse(t, s)
		if got := f.Match(x); got != want {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
		loads := 0
		got, err := f.MatchRow(&row, func() (*recorder.Exchange, error) { loads++; return x, nil })
		if err != nil || got != want {
			t.Errorf("%q by the row: %v, %v, want %v", s, got, err, want)
		}
		if loads > 1 || loads > 0 && !f.NeedsExchange() {
			t.Errorf("%q loaded the exchange %d times", s, loads)
		}
		if s != "" && strings.TrimSpace(s) != "" && parse(t, "!("+s+")").Match(x) == want {
			t.Errorf("not %q: %v too", s, want)
		}
		again := parse(t, f.String())
		if again.String() != f.String() || again.Match(x) != want || again.Match(plain) != f.Match(plain) {
			t.Errorf("%q comes back as %q", s, f.String())
		}
	}
}

func TestFilterIsLazy(t *testing.T) {
	row := recorder.Fold(subject()).Row()
	failed := errors.New("loaded")
	for s, want := range map[string]error{"~m GET ~b x": nil, "~m POST | ~b x": nil, "~lint": nil, "~b x": failed, "~m POST ~b x": failed} {
		if _, err := parse(t, s).MatchRow(&row, func() (*recorder.Exchange, error) { return nil, failed }); err != want { //nolint:errorlint // the same one
			t.Errorf("%q: %v, want %v", s, err, want)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	for s, want := range map[string]string{
		"~q":                     "filter: at 1: ~q: unknown (did you mean ~hq, ~bq, ~tq or ~sq, of the request?)",
		"~m POST ~mark":          "filter: at 9: ~mark: unknown (did you mean ~marked?)",
		"~replays":               "filter: at 1: ~replays: unknown (did you mean ~replay?)",
		"~u (":                   "filter: at 4: not", // the word is no regular expression
		"~u a[":                  "filter: at 4: ~u: not a regular expression: missing closing ]: [",
		"(~e":                    "filter: at 1: this parenthesis is never closed",
		"~e)":                    "filter: at 3: a closing parenthesis without its opening one",
		"~e |":                   "filter: at 5: an expression is missing at the end",
		"| ~e":                   `filter: at 1: an expression is missing before '|'`,
		"~m":                     "filter: at 3: ~m needs a regular expression (as in ~m POST)",
		"~c ok":                  `filter: at 4: ~c: "ok" is not a number`,
		"~c 20-10":               "filter: at 4: ~c: 20 is more than 10",
		"~d >":                   `filter: at 4: ~d: "" is not a number`,
		"~env =x":                "filter: at 6: ~env: a key is missing before =",
		`~u "abc`:                "filter: at 4: this quote is never closed",
		"~u \xff":                "filter: at 4: not UTF-8",
		"~lint A.B":              `filter: at 7: ~lint: "A.B" is not the name of a rule (snifter check --rules lists them)`,
		"~lint exception":        `filter: at 7: ~lint: "exception" is not the name of a rule (did you mean ~e?)`,
		"~lint close-not-caled":  `filter: at 7: ~lint: "close-not-caled" is not the name of a rule (did you mean ~lint close-not-called?)`,
		"~e & ~lint Close-Twice": `filter: at 12: ~lint: "Close-Twice" is not the name of a rule (did you mean ~lint close-twice?)`,
		"~lint close":            `filter: at 7: ~lint: "close" is not the name of a rule (did you mean one of body-after-close, close-not-called, close-twice?)`,
		"()":                     `filter: at 2: an expression is missing before ')'`,
	} {
		_, err := recorder.ParseFilter(s)
		var fe *recorder.FilterError
		if !errors.As(err, &fe) {
			t.Errorf("%q: %v", s, err)
			continue
		}
		if s == "~u (" {
			if fe.Pos != 3 {
				t.Errorf("%q: %v", s, err)
			}
			continue
		}
		if !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %q, want %q", s, err, want)
		}
	}
	for _, deep := range []string{strings.Repeat("(", 5000), strings.Repeat("!", 5000) + "~e", strings.Repeat("a", 20<<10)} {
		if _, err := recorder.ParseFilter(deep); err == nil {
			t.Errorf("%.10q... passed", deep)
		}
	}
}

// What SQLite chooses and what a filter chooses exchange by exchange is the same.
func TestFilterAgreesWithSQL(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
	var all []*recorder.Exchange
	for i := range 60 {
		id := s.NextID()
		events := withStatus(typical(id, i*40), []string{"200 OK", "404 Not Found", "500 Oops", "", "302 Found"}[i%5])
		events = with(events, func(p *event.Request) {
			p.Build, p.Origin = i%4, uint64(i%3)
			p.Head = bytes.Replace(p.Head, []byte("GET /articles/1"), []byte([]string{"POST /a_b%20!", "get /A/1"}[i%2]), 1)
		})
		if i%6 == 0 {
			events = insert(events, event.Event{Kind: event.Exception, Payload: &event.Raised{Type: "E"}})
		}
		if i%7 == 0 {
			events = insert(events, event.Event{Kind: event.Lint, Payload: &event.Finding{Rule: "write-used"}})
		}
		s.Put(events)
		all = append(all, recorder.Fold(events))
	}
	if err := s.Mark(ctx, []uint64{3, 20, 21}, true); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{2, 19, 20} {
		all[i].Marked = true
	}
	atoms := []string{"~m GET", "~m post", "a_b", "b%2", "20!", "~u '/a/'", "~c 404", "~c 5xx", "~c >=400", "~c <400", "~c 0", "~e", "~lint",
		"~lint write-used", "~marked", "~replay", "~build 2", "~build <2", "~id 10-30", "~d >1.2", "~d >=1.2", "~d 1.1-1.3", "~s >1k", "~ss <1k",
		"~h accept", "~b abc", "~env QUERY_STRING", "~stage server", "~stage '*'", "~paused"}
	rapid.Check(t, func(t *rapid.T) {
		text := genFilter(atoms, 0).Draw(t, "filter")
		f, err := recorder.ParseFilter(text)
		if err != nil {
			t.Fatal(err)
		}
		want := []uint64{}
		for i := len(all) - 1; i >= 0; i-- {
			if f.Match(all[i]) {
				want = append(want, all[i].ID)
			}
		}
		page, err := s.Rows(ctx, recorder.Query{Filter: f})
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(page.Rows); !equal(got, want) {
			t.Fatalf("%s: SQL gives %v, want %v", text, got, want)
		}
		if again, err := recorder.ParseFilter(f.String()); err != nil || again.String() != f.String() {
			t.Fatalf("%q writes as %q: %v", text, f.String(), err)
		}
	})
}

func equal(a, b []uint64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func genFilter(atoms []string, depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		kind := rapid.IntRange(0, 5).Draw(t, "kind")
		if depth > 3 || kind < 2 {
			return rapid.SampledFrom(atoms).Draw(t, "atom")
		}
		a := genFilter(atoms, depth+1).Draw(t, "a")
		if kind == 2 {
			return "!(" + a + ")"
		}
		b := genFilter(atoms, depth+1).Draw(t, "b")
		return "(" + a + [...]string{") | (", ") & (", ") ("}[kind-3] + b + ")"
	})
}

func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{"", "~m POST", "~u 'a b' | !(~c 5xx & ~e)", `~h "x: \"y\""`, "~d > 100 ~s >10k", "~env A=b", "~lint write-used ~id 3-4",
		`\`, `"\`, `"\\"`, `a\"b`, "~u a|b&c (d)", "!!!~e", "~é", "~u /~x/", `~u "\\\"a"`, "~lint!~e", "~lint(~e)"} {
		f.Add(s)
	}
	x := recorder.Fold(subject())
	f.Fuzz(func(t *testing.T, s string) {
		filter, err := recorder.ParseFilter(s)
		if err != nil {
			var fe *recorder.FilterError
			if !errors.As(err, &fe) || fe.Pos < 0 || fe.Pos > len(s) {
				t.Fatalf("%q: %v", s, err)
			}
			return
		}
		text := filter.String()
		again, err := recorder.ParseFilter(text)
		if err != nil {
			t.Fatalf("%q writes as %q, which does not parse: %v", s, text, err)
		}
		if again.String() != text {
			t.Fatalf("%q writes as %q and then as %q", s, text, again.String())
		}
		if again.Match(x) != filter.Match(x) {
			t.Fatalf("%q writes as %q, which matches otherwise", s, text)
		}
	})
}
