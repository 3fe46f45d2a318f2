package recorder

import (
	"encoding/json"
	"fmt"
	"math/big"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/snifter-dev/snifter/devserver/lint"
	"github.com/snifter-dev/snifter/devserver/marshal"
)

type argKind int

const (
	argNone argKind = iota
	argText
	argNumber
	argMaybe
)

type atomKind struct {
	arg     argKind
	takes   string
	example string
	make    func(name, arg string) (node, string) // the text says what is wrong with the argument
}

// atoms are the operators.
var atoms = map[string]atomKind{
	"m":      {argText, "a regular expression", "as in ~m POST", methodAtom},
	"u":      {argText, "a regular expression", "as in ~u /login", targetAtom},
	"c":      {argNumber, "a status", "as in ~c 404, ~c 5xx, ~c >=400, ~c 200-299", codeAtom},
	"h":      {argText, "a regular expression", `as in ~h "content-type: .*json"`, headerAtom},
	"hq":     {argText, "a regular expression", `as in ~hq "accept: .*json"`, headerAtom},
	"hs":     {argText, "a regular expression", `as in ~hs set-cookie`, headerAtom},
	"b":      {argText, "a regular expression", "as in ~b error", bodyAtom},
	"bq":     {argText, "a regular expression", "as in ~bq name=", bodyAtom},
	"bs":     {argText, "a regular expression", "as in ~bs traceback", bodyAtom},
	"t":      {argText, "a regular expression", "as in ~t json", typeAtom},
	"tq":     {argText, "a regular expression", "as in ~tq json", typeAtom},
	"ts":     {argText, "a regular expression", "as in ~ts html", typeAtom},
	"d":      {argNumber, "milliseconds", "as in ~d >100, ~d 2s, ~d 10-20", durationAtom},
	"s":      {argNumber, "a size", "as in ~s >10k", sizeAtom},
	"sq":     {argNumber, "a size", "as in ~sq >10k", sizeAtom},
	"ss":     {argNumber, "a size", "as in ~ss >1m", sizeAtom},
	"build":  {argNumber, "a number", "as in ~build 3", idAtom},
	"id":     {argNumber, "a number", "as in ~id 12, ~id 12-20", idAtom},
	"env":    {argText, "KEY or KEY=REGEX", "as in ~env REMOTE_USER=anna", envAtom},
	"stage":  {argText, "a stage", "as in ~stage app.Auth, ~stage 'Session*'", stageAtom},
	"lint":   {argMaybe, "a rule", "as in ~lint close-not-called", lintAtom},
	"e":      {arg: argNone, make: flagAtom},
	"a":      {arg: argNone, make: flagAtom},
	"marked": {arg: argNone, make: flagAtom},
	"replay": {arg: argNone, make: flagAtom},
	"paused": {arg: argNone, make: flagAtom},
}

// rowAtom looks at the row alone.
type rowAtom struct {
	name, arg string
	test      func(*Row) bool
	cond      string
	args      []any
	exact     bool
}

func (a rowAtom) match(s *subject) bool              { return a.test(&s.r) }
func (a rowAtom) matchRow(r *Row) truth              { return truthOf(a.test(r)) }
func (a rowAtom) deep() bool                         { return false }
func (a rowAtom) sql() (string, []any, bool)         { return a.cond, a.args, a.exact }
func (a rowAtom) write(b *strings.Builder, prec int) { writeAtom(b, a.name, a.arg) }

// deepAtom looks at the whole exchange. never, if not nil, says by the row that there cannot be a match.
type deepAtom struct {
	name, arg string
	test      func(*Exchange) bool
	never     func(*Row) bool
	cond      string
}

func (a deepAtom) match(s *subject) bool { return a.test(s.x) }
func (a deepAtom) matchRow(r *Row) truth {
	if a.never != nil && a.never(r) {
		return no
	}
	return unknown
}
func (a deepAtom) deep() bool                         { return true }
func (a deepAtom) sql() (string, []any, bool)         { return a.cond, nil, false }
func (a deepAtom) write(b *strings.Builder, prec int) { writeAtom(b, a.name, a.arg) }

// like gives the condition for a pattern that is plain ASCII text. Within ASCII, and Latin-1, which native text does
// not leave, LIKE folds letters as a regular expression that ignores case does.
func like(column, text string) (cond string, args []any, exact bool) {
	if regexp.QuoteMeta(text) != text || len(text) > 1000 {
		return "", nil, false
	}
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf || text[i] == 0 {
			return "", nil, false
		}
	}
	escaped := strings.NewReplacer("%", "!%", "_", "!_", "!", "!!").Replace(text)
	return column + " LIKE ? ESCAPE '!'", []any{"%" + escaped + "%"}, true
}

func methodAtom(name, arg string) (node, string) {
	p, msg := compilePattern("(?i)", arg)
	cond, args, exact := like("method", arg)
	return rowAtom{name, arg, func(r *Row) bool { return matchNative(p.re, r.Method) }, cond, args, exact}, msg
}

func targetAtom(name, arg string) (node, string) {
	p, msg := compilePattern("(?i)", arg)
	cond, args, exact := like("target", arg)
	return rowAtom{name, arg, func(r *Row) bool { return matchNative(p.re, r.Target) }, cond, args, exact}, msg
}

// matchNative looks at native text as it stands and, where it holds UTF-8, as what it says: a user types "café", and
// the header holds the bytes of it.
func matchNative(re *regexp.Regexp, s string) bool {
	if re.MatchString(s) {
		return true
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			p, ok := marshal.Bytes(s)
			return ok && utf8.Valid(p) && re.Match(p)
		}
	}
	return false
}

func codeAtom(name, arg string) (node, string) {
	lower := strings.ToLower(arg)
	var c compare
	if len(lower) == 3 && strings.HasSuffix(lower, "xx") && lower[0] >= '1' && lower[0] <= '9' {
		from := float64(lower[0]-'0') * 100
		c = compare{from, from + 99, false, false}
	} else {
		var msg string
		if c, msg = parseCompare(arg, nil, true); msg != "" {
			return nil, msg
		}
	}
	cond, args := c.sql("code")
	if c.from >= 400 {
		cond = "(" + cond + indexedCode
	}
	return rowAtom{name, arg, func(r *Row) bool { return c.holds(float64(r.Code())) }, cond, args, true}, ""
}

func durationAtom(name, arg string) (node, string) {
	c, msg := parseCompare(arg, []unit{{"ms", 1}, {"us", 1e-3}, {"s", 1e3}, {"m", 6e4}}, false)
	if msg != "" {
		return nil, msg
	}
	// The file has nanoseconds and a row rounds to microseconds: the file is asked for a little more.
	wide := compare{c.from*1e6 - 1000, c.to*1e6 + 1000, false, false}
	cond, args := wide.sql("duration")
	return rowAtom{name, arg, func(r *Row) bool { return c.holds(r.DurationMS) }, cond, args, false}, ""
}

func sizeAtom(name, arg string) (node, string) {
	c, msg := parseCompare(arg, []unit{{"kib", 1 << 10}, {"kb", 1 << 10}, {"k", 1 << 10}, {"mib", 1 << 20},
		{"mb", 1 << 20}, {"m", 1 << 20}, {"gib", 1 << 30}, {"gb", 1 << 30}, {"g", 1 << 30}, {"b", 1}}, false)
	if msg != "" {
		return nil, msg
	}
	column, size := "max(request_bytes, response_bytes)", func(r *Row) int64 { return max(r.RequestBytes, r.ResponseBytes) }
	switch name {
	case "sq":
		column, size = "request_bytes", func(r *Row) int64 { return r.RequestBytes }
	case "ss":
		column, size = "response_bytes", func(r *Row) int64 { return r.ResponseBytes }
	}
	cond, args := c.sql(column)
	return rowAtom{name, arg, func(r *Row) bool { return c.holds(float64(size(r))) }, cond, args, true}, ""
}

func idAtom(name, arg string) (node, string) {
	c, msg := parseCompare(arg, nil, true)
	if msg != "" {
		return nil, msg
	}
	cond, args := c.sql(name)
	if name == "id" {
		return rowAtom{name, arg, func(r *Row) bool { return c.holds(float64(r.ID)) }, cond, args, true}, ""
	}
	return rowAtom{name, arg, func(r *Row) bool { return c.holds(float64(r.Build)) }, cond, args, true}, ""
}

func flagAtom(name, _ string) (node, string) {
	switch name {
	case "e":
		return rowAtom{name, "", func(r *Row) bool { return r.Exception != nil }, "exception IS NOT NULL", nil, true}, ""
	case "marked":
		return rowAtom{name, "", func(r *Row) bool { return r.Marked }, "marked = 1", nil, true}, ""
	case "replay":
		return rowAtom{name, "", func(r *Row) bool { return r.Origin != nil }, "origin IS NOT NULL", nil, true}, ""
	}
	if name == "paused" {
		return deepAtom{name: name, test: paused}, ""
	}
	return deepAtom{name: name, test: func(x *Exchange) bool {
		return fieldMatches(x.Response.Headers, "content-type", assetTypes)
	}}, ""
}

var assetTypes = regexp.MustCompile(`(?i)^(text/css|(text|application)/(x-)?(java|ecma)script|image/|font/|audio/|video/|` +
	`application/(x-)?font|application/vnd\.ms-fontobject|application/wasm)`)

func lintAtom(name, arg string) (node, string) {
	if arg == "" {
		return rowAtom{name, "", func(r *Row) bool { return r.Lint > 0 }, "lint > 0", nil, true}, ""
	}
	if _, known := lint.Find(arg); !known {
		return nil, fmt.Sprintf("%q is not the name of a rule", arg)
	}
	return deepAtom{name, arg, func(x *Exchange) bool {
		for _, l := range x.Lint {
			if l.Rule == arg {
				return true
			}
		}
		return false
	}, func(r *Row) bool { return r.Lint == 0 }, "lint > 0"}, ""
}

// hint says what to try where something is wrong with an argument.
func (k atomKind) hint(name, arg string) string {
	if name == "lint" {
		return meantRule(arg)
	}
	return k.example
}

// meantRule says which rules somebody may have meant who typed this one.
func meantRule(arg string) string {
	if arg == "exception" { // a rule of `snifter check`, which no lint is told by
		return "did you mean ~e?"
	}
	rules := lint.Rules()
	names, parts := make([]string, len(rules)), []string{}
	for i, r := range rules {
		names[i] = r.Name
		if arg != "" && strings.Contains(r.Name, arg) {
			parts = append(parts, r.Name)
		}
	}
	if name := nearest(arg, names, max(3, len(arg)/3)); name != "" {
		return "did you mean ~lint " + name + "?"
	}
	if len(parts) > 0 {
		return "did you mean one of " + strings.Join(parts, ", ") + "?"
	}
	return "snifter check --rules lists them"
}

// sides of an exchange that ~h, ~b and ~t look at, by the last letter: q for the request, s for the response.
func sides(name string) (request, response bool) {
	switch name[len(name)-1] {
	case 'q':
		return true, false
	case 's':
		return false, true
	}
	return true, true
}

func headerAtom(name, arg string) (node, string) {
	p, msg := compilePattern("(?im)", arg)
	request, response := sides(name)
	any := func(fields []Header) bool {
		for _, h := range fields {
			if matchNative(p.re, h[0]+": "+h[1]) {
				return true
			}
		}
		return false
	}
	return deepAtom{name: name, arg: arg, test: func(x *Exchange) bool {
		return request && any(x.Request.Headers) || response && any(x.Response.Headers)
	}}, msg
}

func typeAtom(name, arg string) (node, string) {
	p, msg := compilePattern("(?i)", arg)
	request, response := sides(name)
	return deepAtom{name: name, arg: arg, test: func(x *Exchange) bool {
		return request && fieldMatches(x.Request.Headers, "content-type", p.re) ||
			response && fieldMatches(x.Response.Headers, "content-type", p.re)
	}}, msg
}

func fieldMatches(fields []Header, name string, re *regexp.Regexp) bool {
	for _, h := range fields {
		if strings.EqualFold(h[0], name) && matchNative(re, h[1]) {
			return true
		}
	}
	return false
}

func bodyAtom(name, arg string) (node, string) {
	p, msg := compilePattern("(?is)", arg)
	request, response := sides(name)
	return deepAtom{name: name, arg: arg, test: func(x *Exchange) bool {
		return request && bodyMatches(&x.Request.Body, x.Request.Headers, p.re) ||
			response && bodyMatches(&x.Response.Body, x.Response.Headers, p.re)
	}}, msg
}

// stageAtom takes the patterns that places to stop at are given by. The server is no stage that could be left out.
func stageAtom(name, arg string) (node, string) {
	if _, err := path.Match(arg, ""); err != nil {
		return nil, fmt.Sprintf("%q is no pattern", arg)
	}
	return deepAtom{name: name, arg: arg, test: func(x *Exchange) bool {
		for i := range x.Stages {
			if i > 0 && x.Stages[i].Matches(arg) {
				return true
			}
		}
		return false
	}}, ""
}

func paused(x *Exchange) bool {
	for i := range x.Stages {
		if len(x.Stages[i].Pauses) > 0 {
			return true
		}
	}
	return false
}

func envAtom(name, arg string) (node, string) {
	key, text, valued := strings.Cut(arg, "=")
	if key == "" {
		return nil, "a key is missing before ="
	}
	p, msg := compilePattern("(?i)", text)
	return deepAtom{name: name, arg: arg, test: func(x *Exchange) bool {
		v, there := x.Environ.Get(key)
		return there && (!valued || matchNative(p.re, environText(v)))
	}}, msg
}

// environText is what ~env matches a value by.
func environText(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		return v
	case Repr:
		return v.Repr
	case int64:
		return strconv.FormatInt(v, 10)
	case *big.Int:
		return v.String()
	}
	p, err := appendValue(nil, v)
	if err != nil {
		return ""
	}
	return string(json.RawMessage(p))
}
