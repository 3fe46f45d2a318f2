package recorder

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a filter, so that none takes the parser or a match down.
const (
	maxFilter      = 16 << 10 // bytes
	maxFilterDepth = 200
)

// ParseFilter reads a filter. What is wrong is a [*FilterError]. A blank filter chooses all.
func ParseFilter(s string) (*Filter, error) {
	p := &filterParser{in: s}
	if len(s) > maxFilter {
		return nil, p.fail(maxFilter, "longer than 16 KiB", "")
	}
	if at := invalidUTF8(s); at >= 0 {
		return nil, p.fail(at, "not UTF-8", `write bytes as \xNN in the regular expression`)
	}
	p.space()
	if p.at == len(s) {
		return &Filter{}, nil
	}
	root, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.at < len(s) { // only a closing parenthesis ends an expression early
		return nil, p.fail(p.at, "a closing parenthesis without its opening one", "")
	}
	return &Filter{root: root}, nil
}

func invalidUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return -1
}

type filterParser struct {
	in string
	at int
}

func (p *filterParser) fail(at int, msg, hint string) error {
	return &FilterError{Input: p.in, Pos: at, Msg: msg, Hint: hint}
}

func (p *filterParser) space() {
	for p.at < len(p.in) {
		r, n := utf8.DecodeRuneInString(p.in[p.at:])
		if !unicode.IsSpace(r) {
			return
		}
		p.at += n
	}
}

// peek is the next byte, or 0 at the end.
func (p *filterParser) peek() byte {
	if p.at < len(p.in) {
		return p.in[p.at]
	}
	return 0
}

func (p *filterParser) or(depth int) (node, error) {
	return p.list(depth, p.and, func(parts []node) node { return orNode{parts} }, func() bool {
		return p.take('|')
	})
}

func (p *filterParser) and(depth int) (node, error) {
	return p.list(depth, p.unary, func(parts []node) node { return andNode{parts} }, func() bool {
		return p.take('&') || p.at < len(p.in) && p.peek() != '|' && p.peek() != ')'
	})
}

func (p *filterParser) list(depth int, part func(int) (node, error), join func([]node) node, more func() bool) (node, error) {
	var parts []node
	for {
		n, err := part(depth)
		if err != nil {
			return nil, err
		}
		parts = append(parts, n)
		p.space()
		if !more() {
			break
		}
		p.space()
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return join(parts), nil
}

// take takes an operator, also where it is doubled as in programming languages.
func (p *filterParser) take(op byte) bool {
	if p.peek() != op {
		return false
	}
	p.at++
	if p.peek() == op {
		p.at++
	}
	return true
}

func (p *filterParser) unary(depth int) (node, error) {
	if depth > maxFilterDepth {
		return nil, p.fail(p.at, "nested too deeply", "")
	}
	p.space()
	switch c := p.peek(); {
	case p.at == len(p.in):
		return nil, p.fail(p.at, "an expression is missing at the end", "")
	case c == '!':
		p.at++
		n, err := p.unary(depth + 1)
		if err != nil {
			return nil, err
		}
		return notNode{n}, nil
	case c == '(':
		open := p.at
		p.at++
		n, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.peek() != ')' {
			return nil, p.fail(open, "this parenthesis is never closed", "")
		}
		p.at++
		return n, nil
	case c == ')' || c == '|' || c == '&':
		return nil, p.fail(p.at, fmt.Sprintf("an expression is missing before %q", c), "")
	case c == '~':
		return p.atom()
	}
	at := p.at
	word, err := p.word()
	if err != nil {
		return nil, err
	}
	if word == "" {
		return nil, p.fail(at, "an empty word", "")
	}
	return p.textAtom(at, "u", word)
}

// atom reads an operator and its argument.
func (p *filterParser) atom() (node, error) {
	at := p.at
	p.at++
	start := p.at
	for p.at < len(p.in) && (p.in[p.at] >= 'a' && p.in[p.at] <= 'z' || p.in[p.at] >= 'A' && p.in[p.at] <= 'Z') {
		p.at++
	}
	name := p.in[start:p.at]
	kind, ok := atoms[name]
	if !ok {
		return nil, p.fail(at, "~"+name+": unknown", suggest(name))
	}
	argAt, arg := p.at, ""
	if kind.arg != argNone {
		p.space()
		argAt = p.at
		if c := p.peek(); p.at < len(p.in) && c != ')' && c != '|' && c != '&' && c != '~' && !(kind.arg == argMaybe && (c == '!' || c == '(')) {
			var err error
			if arg, err = p.argument(kind.arg); err != nil {
				return nil, err
			}
		}
		if arg == "" && kind.arg != argMaybe {
			return nil, p.fail(argAt, "~"+name+" needs "+kind.takes, kind.example)
		}
	}
	n, msg := kind.make(name, arg)
	if msg != "" {
		return nil, p.fail(argAt, "~"+name+": "+msg, kind.hint(name, arg))
	}
	return n, nil
}

// argument reads a word; between a comparison and its number there may be space.
func (p *filterParser) argument(kind argKind) (string, error) {
	word, err := p.word()
	if err == nil && kind == argNumber && word != "" && strings.Trim(word, "<>=") == "" {
		p.space()
		var number string
		if number, err = p.word(); err == nil {
			word += number
		}
	}
	return word, err
}

func (p *filterParser) textAtom(at int, name, word string) (node, error) {
	n, msg := atoms[name].make(name, word)
	if msg != "" {
		return nil, p.fail(at, msg, atoms[name].example)
	}
	return n, nil
}

// word reads a quoted or plain word; it may be empty.
func (p *filterParser) word() (string, error) {
	if c := p.peek(); c == '"' || c == '\'' {
		return p.quoted(c)
	}
	start, open := p.at, 0
	for p.at < len(p.in) {
		r, n := utf8.DecodeRuneInString(p.in[p.at:])
		switch {
		case unicode.IsSpace(r):
			return p.in[start:p.at], nil
		case r == '(':
			open++
		case r == ')' && open == 0:
			return p.in[start:p.at], nil
		case r == ')':
			open--
		case (r == '|' || r == '&') && open == 0 && p.operatorHere():
			return p.in[start:p.at], nil
		case r == '\\' && p.at+1 < len(p.in):
			p.at++
			_, n = utf8.DecodeRuneInString(p.in[p.at:])
		}
		p.at += n
	}
	return p.in[start:p.at], nil
}

// operatorHere tells "GET|~m POST" and "a| b", where an operator ends a word, from "a|b" and "x=1&y=2", where it is
// part of one.
func (p *filterParser) operatorHere() bool {
	rest := strings.TrimLeft(p.in[p.at:], "|&")
	if rest == "" || p.at == 0 {
		return true
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return unicode.IsSpace(r) || strings.ContainsRune("~!()\"'", r)
}

func (p *filterParser) quoted(quote byte) (string, error) {
	open := p.at
	var b strings.Builder
	for p.at++; p.at < len(p.in); p.at++ {
		c := p.in[p.at]
		switch {
		case c == quote:
			p.at++
			return b.String(), nil
		case c == '\\' && p.at+1 < len(p.in):
			p.at++
			if p.in[p.at] != quote {
				b.WriteByte('\\')
			}
			b.WriteByte(p.in[p.at])
		default:
			b.WriteByte(c)
		}
	}
	return "", p.fail(open, "this quote is never closed", "")
}

func compilePattern(flags, text string) (pattern, string) {
	re, err := regexp.Compile(flags + text)
	if err == nil {
		return pattern{text, re}, ""
	}
	msg := err.Error()
	if se, ok := err.(*syntax.Error); ok { //nolint:errorlint // regexp returns it unwrapped
		msg = se.Code.String()
		if se.Expr != flags+text && se.Expr != "" {
			msg += fmt.Sprintf(": %s", se.Expr)
		}
	}
	return pattern{}, "not a regular expression: " + msg
}

// suggest says what a mistaken operator may have meant.
func suggest(name string) string {
	if what, ok := theirs[name]; ok {
		return what
	}
	names := make([]string, 0, len(atoms))
	for n := range atoms {
		names = append(names, n)
	}
	slices.Sort(names)
	if best := nearest(name, names, 3); best != "" {
		return "did you mean ~" + best + "?"
	}
	return "did you mean one of ~" + strings.Join(names, " ~") + "?"
}

// nearest is the one of the known words that is nearest to a mistaken one, less than so many letters from it; "" for none.
func nearest(word string, known []string, distance int) (best string) {
	for _, k := range known {
		if d := editDistance(word, k); d < distance && d < len(k) && len(word) > 1 {
			best, distance = k, d
		}
	}
	return best
}

// theirs are operators of mitmproxy that mean nothing here, or something else.
var theirs = map[string]string{
	"q":   "did you mean ~hq, ~bq, ~tq or ~sq, of the request?",
	"all": "a blank filter chooses all",
	"dst": "did you mean ~u?", "src": "did you mean ~env REMOTE_ADDR=...?", "marker": "did you mean ~marked?",
	"http": "everything is", "replayq": "did you mean ~replay?", "replays": "did you mean ~replay?",
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
