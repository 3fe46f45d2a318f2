package python

import (
	"fmt"
	"strings"
)

// checkArguments says whether text, what stands between the brackets of a call, is made of literals alone, as
// ast.literal_eval takes them: text, numbers, True, False, None, tuples, lists, dicts and sets, positional or by
// keyword. Nothing else may stand in the name of an application, since the name may come from a file.
func checkArguments(text string) error {
	p := &literals{text: text}
	keyword := false
	for p.space(); p.at < len(p.text); p.space() {
		if name := leadingName(p.text[p.at:]); name != "" {
			rest := strings.TrimLeft(p.text[p.at+len(name):], " ")
			if strings.HasPrefix(rest, "=") && !strings.HasPrefix(rest, "==") {
				p.at = len(p.text) - len(rest) + 1
				keyword = true
			} else if keyword {
				return p.fail("a positional argument after one by keyword")
			}
		} else if keyword {
			return p.fail("a positional argument after one by keyword")
		}
		if err := p.value(0); err != nil {
			return err
		}
		p.space()
		if p.at < len(p.text) && !p.take(",") {
			return p.fail("a comma is missing")
		}
	}
	return nil
}

type literals struct {
	text string
	at   int
}

// deepest bounds the nesting; CPython's own parser stops near it.
const deepest = 90

func (p *literals) fail(why string) error {
	return fmt.Errorf("%s at %q; arguments may be literals only: text, numbers, True, False, None, and tuples, lists, "+
		"dicts and sets of them", why, p.text[min(p.at, len(p.text)):])
}

func (p *literals) space() {
	p.at = len(p.text) - len(strings.TrimLeft(p.text[p.at:], " \t\r\n"))
}

func (p *literals) take(token string) bool {
	p.space()
	if strings.HasPrefix(p.text[p.at:], token) {
		p.at += len(token)
		return true
	}
	return false
}

func (p *literals) value(depth int) error {
	p.space()
	if p.at >= len(p.text) {
		return p.fail("a value is missing")
	}
	if depth > deepest {
		return p.fail("too deeply nested")
	}
	rest := p.text[p.at:]
	switch c := rest[0]; {
	case c == '(':
		return p.sequence(")", depth)
	case c == '[':
		return p.sequence("]", depth)
	case c == '{':
		return p.sequence("}", depth)
	case c == '-' || c == '+':
		p.at++
		p.space()
		return p.number()
	case c >= '0' && c <= '9' || c == '.':
		return p.number()
	}
	for _, word := range []string{"True", "False", "None"} {
		if leadingName(rest) == word {
			p.at += len(word)
			return nil
		}
	}
	if p.isString() {
		return p.strings()
	}
	if strings.HasPrefix(rest, "...") {
		p.at += 3
		return nil
	}
	return p.fail("not a literal")
}

// sequence takes what stands in brackets; only braces may hold pairs with colons.
func (p *literals) sequence(closing string, depth int) error {
	p.at++
	for !p.take(closing) {
		if err := p.value(depth + 1); err != nil {
			return err
		}
		if closing == "}" && p.take(":") {
			if err := p.value(depth + 1); err != nil {
				return err
			}
		}
		if p.take(closing) {
			return nil
		}
		if !p.take(",") {
			return p.fail("a comma or " + closing + " is missing")
		}
	}
	return nil
}

func (p *literals) number() error {
	start := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		exponent := (c == '-' || c == '+') && p.at > start && strings.ContainsRune("eE", rune(p.text[p.at-1])) &&
			!strings.HasPrefix(strings.ToLower(p.text[start:]), "0x")
		if !isNameByte(c) && c != '.' && !exponent {
			break
		}
		p.at++
	}
	if first := p.text[start:min(start+2, p.at)]; first == "" || !strings.ContainsAny(first, "0123456789") {
		p.at = start
		return p.fail("not a number")
	}
	return nil
}

func (p *literals) isString() bool {
	rest := p.text[p.at:]
	n := len(rest) - len(strings.TrimLeft(rest, "rRbBuU"))
	return n <= 2 && n < len(rest) && (rest[n] == '"' || rest[n] == '\'')
}

// strings takes one literal of text, or several beside each other.
func (p *literals) strings() error {
	for p.at < len(p.text) && p.isString() {
		rest := p.text[p.at:]
		p.at += len(rest) - len(strings.TrimLeft(rest, "rRbBuU"))
		quote := p.text[p.at : p.at+1]
		if strings.HasPrefix(p.text[p.at:], strings.Repeat(quote, 3)) {
			quote = strings.Repeat(quote, 3)
		}
		p.at += len(quote)
		for !strings.HasPrefix(p.text[p.at:], quote) {
			if p.at >= len(p.text) || len(quote) == 1 && p.text[p.at] == '\n' {
				return p.fail("a quote is not closed")
			}
			if p.text[p.at] == '\\' {
				p.at++
			}
			p.at = min(p.at+1, len(p.text))
		}
		p.at += len(quote)
		p.space()
	}
	return nil
}
