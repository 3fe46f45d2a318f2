package python

import "strings"

// split cuts Python source into logical lines: joined within brackets and by a backslash, cut at semicolons outside of
// them, comments left out and string literals set aside (see statement). Source that is not valid Python gives
// statements all the same; it never fails.
func split(text string) []statement {
	l := &lexer{text: strings.TrimPrefix(text, "\ufeff")}
	for l.at < len(l.text) {
		l.step()
	}
	l.end()
	return l.out
}

type lexer struct {
	text  string
	at    int
	depth int // open brackets
	// started says that the logical line has begun; its indentation is known.
	started bool
	indent  int
	code    strings.Builder
	found   []string
	out     []statement
}

func (l *lexer) step() {
	c := l.text[l.at]
	switch {
	case c == '\n' || c == '\r':
		l.at++
		if l.depth == 0 {
			l.end()
			l.indent = 0
		} else {
			l.code.WriteByte(' ')
		}
	case c == '#':
		for l.at < len(l.text) && l.text[l.at] != '\n' {
			l.at++
		}
	case c == '\\':
		l.at++
		if strings.HasPrefix(l.text[l.at:], "\r\n") {
			l.at += 2
		} else if strings.HasPrefix(l.text[l.at:], "\n") {
			l.at++
		}
		l.code.WriteByte(' ')
	case !l.started && (c == ' ' || c == '\t' || c == '\f'):
		l.at++
		if l.indent++; c == '\t' {
			l.indent = (l.indent + 7) / 8 * 8
		}
	case c == '"' || c == '\'':
		l.started = true
		l.literal(c)
	case c == ';' && l.depth == 0:
		l.at++
		indent := l.indent
		l.end()
		l.indent = indent
	default:
		l.started = true
		l.bracket(c)
		l.code.WriteByte(c)
		l.at++
	}
}

func (l *lexer) bracket(c byte) {
	switch c {
	case '(', '[', '{':
		l.depth++
	case ')', ']', '}':
		l.depth = max(0, l.depth-1)
	}
}

func (l *lexer) end() {
	if text := strings.TrimSpace(l.code.String()); text != "" {
		l.out = append(l.out, statement{indent: l.indent, text: text, literals: l.found})
	}
	l.code.Reset()
	l.found, l.started = nil, false
}

// literal takes a string literal with the prefix that stands before it. Literals that stand beside each other are one,
// as in Python.
func (l *lexer) literal(quote byte) {
	code := l.code.String()
	head := strings.TrimRight(code, "rRbBuUfFtT")
	prefix := strings.ToLower(code[len(head):])
	if head != "" && isNameByte(head[len(head)-1]) || len(prefix) > 2 {
		head, prefix = code, "" // a name, and then a string: not valid Python
	}
	value := l.quoted(quote, strings.Contains(prefix, "r"))
	joined := strings.TrimRight(head, " ")
	if n := len(l.found); n > 0 && strings.HasSuffix(joined, "\x01") {
		l.found[n-1] += value
		l.code.Reset()
		l.code.WriteString(joined)
		return
	}
	if strings.ContainsAny(prefix, "ft") {
		// What an f-string holds is not known until it runs: it stands as code that is no literal.
		l.code.Reset()
		l.code.WriteString(head + "f_string")
		return
	}
	l.code.Reset()
	l.code.WriteString(head + "\x01")
	l.found = append(l.found, value)
}

func (l *lexer) quoted(quote byte, raw bool) string {
	closing := string(quote)
	if triple := strings.Repeat(closing, 3); strings.HasPrefix(l.text[l.at:], triple) {
		closing = triple
	}
	l.at += len(closing)
	var value strings.Builder
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case strings.HasPrefix(l.text[l.at:], closing):
			l.at += len(closing)
			return value.String()
		case c == '\n' && len(closing) == 1:
			return value.String() // not closed
		case c == '\\' && l.at+1 < len(l.text):
			if raw {
				value.WriteByte('\\')
			}
			value.WriteByte(l.text[l.at+1])
			l.at += 2
		default:
			value.WriteByte(c)
			l.at++
		}
	}
	return value.String()
}
