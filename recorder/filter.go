package recorder

import (
	"fmt"
	"regexp"
	"strings"
)

// Filter chooses exchanges. The language is built on mitmproxy's:
//
//	~m REGEX        method                        ~u REGEX        target (a bare word means the same)
//	~c 404          status: also 5xx >=400 200-299
//	~h REGEX        a header, as "name: value"    ~hq, ~hs        of the request, of the response
//	~b REGEX        a body, as far as recorded    ~bq, ~bs        of the request, of the response
//	~t REGEX        a content type                ~tq, ~ts        of the request, of the response
//	~d >100         milliseconds; also 2s, <1.5, 10-20; a bare number means "at least"
//	~s >10k         bytes of the larger body      ~sq, ~ss        of the request's, of the response's
//	~e              an exception                  ~a              an asset: style, script, image, font, sound, film
//	~lint [RULE]    a breach of the rules         ~stage PATTERN  a stage of that name was entered
//	~env KEY        a key of the environ          ~env KEY=REGEX  with such a value
//	~build N        by that build                 ~id N           that exchange; both also >N, N-M
//	~marked         marked by the user            ~replay         a replay
//	~paused         was stopped at a boundary
//	! & | ( )       not, and, or; side by side means and; ! binds most, | least
//
// Regular expressions are Go's, ignore case, and match anywhere. A word ends at white space, or at a closing
// parenthesis that it did not open; what holds either is quoted by " or ', within which a backslash before that quote
// takes it literally. A PATTERN is for the whole name of a stage or what follows one of its dots, letter by letter, with *
// and ?: "Session*" is for beaker.middleware.SessionMiddleware.
//
// A Filter is never changed and may be used by many goroutines at once.
type Filter struct{ root node }

// FilterError says what is wrong with a filter, and where.
type FilterError struct {
	Input string
	Pos   int // the byte at which it goes wrong
	Msg   string
	Hint  string // what to try; may be ""
}

func (e *FilterError) Error() string {
	s := fmt.Sprintf("filter: at %d: %s", e.Pos+1, e.Msg)
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// String gives the filter in a form that parses to the same.
func (f *Filter) String() string {
	if f == nil || f.root == nil {
		return ""
	}
	var b strings.Builder
	f.root.write(&b, precOr)
	return b.String()
}

// Match says whether an exchange is chosen. A nil or empty filter chooses all.
func (f *Filter) Match(x *Exchange) bool {
	if f == nil || f.root == nil {
		return true
	}
	s := subject{x: x, r: x.Row()}
	return f.root.match(&s)
}

// Never says of an exchange that is under way that it will not be chosen whatever happens: by its method, its target, its
// build or its id alone.
func (f *Filter) Never(x *Exchange) bool {
	if f == nil || f.root == nil {
		return false
	}
	r := x.Row()
	return known(f.root, func(atom node) truth {
		if a, ok := atom.(rowAtom); ok {
			switch a.name {
			case "m", "u", "build", "id":
				return a.matchRow(&r)
			}
		}
		return unknown
	}) == no
}

// NeedsResponse says of a filter that it chooses no exchange as long as there is nothing of its response.
func (f *Filter) NeedsResponse() bool {
	if f == nil || f.root == nil {
		return false
	}
	return known(f.root, func(atom node) truth {
		name := ""
		switch a := atom.(type) {
		case rowAtom:
			name = a.name
		case deepAtom:
			name = a.name
		}
		switch name {
		case "c", "hs", "bs", "ts":
			return no
		}
		return unknown
	}) == no
}

// known is what is known of a match by what is known of the atoms.
func known(n node, of func(atom node) truth) truth {
	switch n := n.(type) {
	case andNode:
		return knownOf(n.parts, of, no)
	case orNode:
		return knownOf(n.parts, of, yes)
	case notNode:
		switch known(n.part, of) {
		case yes:
			return no
		case no:
			return yes
		}
		return unknown
	}
	return of(n)
}

// knownOf is what is known of several parts, of which one that is decisive decides.
func knownOf(parts []node, of func(atom node) truth, decisive truth) truth {
	all := yes + no - decisive
	for _, p := range parts {
		switch known(p, of) {
		case decisive:
			return decisive
		case unknown:
			all = unknown
		}
	}
	return all
}

// MatchRow decides by the row where that is enough. Otherwise it calls load, once, for the exchange.
func (f *Filter) MatchRow(r *Row, load func() (*Exchange, error)) (bool, error) {
	if f == nil || f.root == nil {
		return true, nil
	}
	switch f.root.matchRow(r) {
	case yes:
		return true, nil
	case no:
		return false, nil
	}
	x, err := load()
	if err != nil {
		return false, err
	}
	// What the row says is newest: the mark, above all.
	s := subject{x: x, r: *r}
	return f.root.match(&s), nil
}

// NeedsExchange says whether a row may not be enough to decide.
func (f *Filter) NeedsExchange() bool {
	return f != nil && f.root != nil && f.root.deep()
}

// subject is what a filter looks at.
type subject struct {
	x *Exchange
	r Row
}

// truth is what is known of a match by the row alone.
type truth int8

const (
	no truth = iota
	yes
	unknown
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// Precedences, from what binds least.
const (
	precOr = iota
	precAnd
	precNot
)

// node is a part of a filter.
type node interface {
	match(s *subject) bool
	matchRow(r *Row) truth
	deep() bool // whether matchRow may not know
	// sql gives a condition on a row of the table of exchanges that holds wherever the node matches; exact means that
	// it holds nowhere else. "" stands for a condition that always holds, and is never exact.
	sql() (cond string, args []any, exact bool)
	write(b *strings.Builder, prec int)
}

type (
	andNode struct{ parts []node }
	orNode  struct{ parts []node }
	notNode struct{ part node }
)

func (n andNode) match(s *subject) bool {
	for _, p := range n.parts {
		if !p.match(s) {
			return false
		}
	}
	return true
}

func (n andNode) matchRow(r *Row) truth {
	all := yes
	for _, p := range n.parts {
		switch p.matchRow(r) {
		case no:
			return no
		case unknown:
			all = unknown
		}
	}
	return all
}

func (n andNode) deep() bool { return anyDeep(n.parts) }

func (n andNode) sql() (string, []any, bool) {
	var conds []string
	var args []any
	exact := true
	for _, p := range n.parts {
		c, a, e := p.sql()
		exact = exact && e
		if c != "" {
			conds, args = append(conds, c), append(args, a...)
		}
	}
	if len(conds) == 0 {
		return "", nil, false
	}
	return "(" + strings.Join(conds, " AND ") + ")", args, exact
}

func (n andNode) write(b *strings.Builder, prec int) { writeList(b, n.parts, " & ", precAnd, prec) }

func (n orNode) match(s *subject) bool {
	for _, p := range n.parts {
		if p.match(s) {
			return true
		}
	}
	return false
}

func (n orNode) matchRow(r *Row) truth {
	all := no
	for _, p := range n.parts {
		switch p.matchRow(r) {
		case yes:
			return yes
		case unknown:
			all = unknown
		}
	}
	return all
}

func (n orNode) deep() bool { return anyDeep(n.parts) }

func (n orNode) sql() (string, []any, bool) {
	var conds []string
	var args []any
	exact := true
	for _, p := range n.parts {
		c, a, e := p.sql()
		if c == "" {
			return "", nil, false
		}
		exact = exact && e
		conds, args = append(conds, c), append(args, a...)
	}
	return "(" + strings.Join(conds, " OR ") + ")", args, exact
}

func (n orNode) write(b *strings.Builder, prec int) { writeList(b, n.parts, " | ", precOr, prec) }

func (n notNode) match(s *subject) bool { return !n.part.match(s) }

func (n notNode) matchRow(r *Row) truth {
	switch n.part.matchRow(r) {
	case yes:
		return no
	case no:
		return yes
	}
	return unknown
}

func (n notNode) deep() bool { return n.part.deep() }

func (n notNode) sql() (string, []any, bool) {
	c, a, exact := n.part.sql()
	if !exact {
		return "", nil, false
	}
	return "NOT " + c, a, true
}

func (n notNode) write(b *strings.Builder, _ int) {
	b.WriteByte('!')
	n.part.write(b, precNot)
}

func anyDeep(parts []node) bool {
	for _, p := range parts {
		if p.deep() {
			return true
		}
	}
	return false
}

func writeList(b *strings.Builder, parts []node, sep string, own, outer int) {
	if outer > own {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	for i, p := range parts {
		if i > 0 {
			b.WriteString(sep)
		}
		p.write(b, own+1)
	}
}

// pattern is a regular expression as it was given.
type pattern struct {
	text string
	re   *regexp.Regexp
}

// writeAtom writes an operator and its argument, quoted.
func writeAtom(b *strings.Builder, name, arg string) {
	b.WriteByte('~')
	b.WriteString(name)
	if arg != "" {
		b.WriteByte(' ')
		b.WriteString(quoteArg(arg))
	}
}

// quoteArg quotes what would not be read back as one word.
func quoteArg(s string) string {
	plain := s != "" && !strings.HasPrefix(s, "~")
	for i := 0; plain && i < len(s); i++ {
		c := s[i]
		plain = c == '_' || c == '/' || c == '.' || c == '-' || c == '+' || c == '*' || c == '^' || c == '$' || c == ':' ||
			c == '=' || c == '>' || c == '<' || c == '~' || c == '%' || c == ',' ||
			c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	if plain {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] != '"':
			b.WriteByte(s[i]) // with what it escapes
			i++
			b.WriteByte(s[i])
		case s[i] == '\\' && i+1 < len(s):
			i++ // an escaped quote is a quote
			b.WriteString(`\"`)
		case s[i] == '"':
			b.WriteString(`\"`)
		default:
			b.WriteByte(s[i])
		}
	}
	b.WriteByte('"')
	return b.String()
}
