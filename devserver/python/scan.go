package python

import (
	"os"
	"strings"
)

// source is what a Python file says at its top level, as far as text shows it. It is read, never run; what a file does
// with exec, star imports or setattr stays unseen.
type source struct {
	bindings []binding
	// strings are the literals of each statement at any depth, with the text around them.
	statements []statement
}

// binding is a name that the module has once it was imported.
type binding struct {
	name   string
	how    string   // "def", "class", "=", "import" of something, or of a "module"
	params []string // of a def
	value  string   // of an assignment, literals replaced
	from   string   // of an import: "flask" in `from flask import Flask`
}

// statement is one logical line. Its string literals are replaced by \x01 in the text and stand in literals, so that
// nothing in a string or a comment is taken for code.
type statement struct {
	indent   int
	text     string
	literals []string
}

// longestSource bounds what is read of a file: a generated module of many megabytes is not where an application is.
const longestSource = 2 << 20

// scanFile reads a Python file. One that can't be read has nothing in it.
func scanFile(path string) *source {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > longestSource {
		return &source{}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return &source{}
	}
	return scanSource(string(text))
}

func scanSource(text string) *source {
	s := &source{statements: split(text)}
	// inner is the indentation of the block that is not the module's own: a function, a class, or what runs only when
	// the file is a script. -1 is none.
	inner := -1
	for _, st := range s.statements {
		if inner >= 0 && st.indent > inner {
			continue
		}
		inner = -1
		words := strings.TrimSpace(st.text)
		if isScope(words) {
			inner = st.indent
		}
		s.bind(words)
	}
	return s
}

func isScope(text string) bool {
	return hasKeyword(text, "def") || hasKeyword(text, "async") || hasKeyword(text, "class") ||
		hasKeyword(text, "if") && strings.Contains(text, "__name__")
}

func hasKeyword(text, word string) bool {
	rest, ok := strings.CutPrefix(text, word)
	return ok && rest != "" && !isNameByte(rest[0])
}

// bind notes the names that one statement binds.
func (s *source) bind(text string) {
	switch {
	case hasKeyword(text, "async"):
		s.bind(strings.TrimSpace(text[len("async"):]))
	case hasKeyword(text, "def"), hasKeyword(text, "class"):
		word, rest, _ := strings.Cut(text, " ")
		rest = strings.TrimSpace(rest)
		name := leadingName(rest)
		if name != "" {
			s.bindings = append(s.bindings, binding{name: name, how: word, params: parameters(rest[len(name):])})
		}
	case hasKeyword(text, "from"), hasKeyword(text, "import"):
		s.bindImports(text)
	default:
		s.bindAssignment(text)
	}
}

func (s *source) bindImports(text string) {
	from, how := "", "module"
	rest := strings.TrimSpace(strings.TrimPrefix(text, "import"))
	if hasKeyword(text, "from") {
		before, after, ok := strings.Cut(text, " import")
		if !ok {
			return
		}
		from = strings.TrimSpace(strings.TrimPrefix(before, "from"))
		if strings.Trim(from, ". ") != "" {
			how = "import"
		}
		rest = strings.Trim(strings.TrimSpace(after), "()")
	}
	for part := range strings.SplitSeq(rest, ",") {
		words := strings.Fields(part)
		switch {
		case len(words) == 3 && words[1] == "as":
			s.bindings = append(s.bindings, binding{name: words[2], how: how, from: orElse(from, words[0])})
		case len(words) == 1:
			name, _, _ := strings.Cut(words[0], ".")
			s.bindings = append(s.bindings, binding{name: name, how: how, from: orElse(from, words[0])})
		}
	}
}

// bindAssignment takes `a = X`, `a: T = X` and `a = b = X`.
func (s *source) bindAssignment(text string) {
	var names []string
	for {
		name := leadingName(text)
		if name == "" || keywords[name] {
			break
		}
		rest := strings.TrimSpace(text[len(name):])
		if annotation, ok := strings.CutPrefix(rest, ":"); ok && len(names) == 0 {
			_, value, ok := strings.Cut(annotation, "=")
			if !ok {
				return
			}
			rest = "=" + value
		}
		value, ok := strings.CutPrefix(rest, "=")
		if !ok || strings.HasPrefix(value, "=") {
			break
		}
		names = append(names, name)
		text = strings.TrimSpace(value)
	}
	for _, name := range names {
		s.bindings = append(s.bindings, binding{name: name, how: "=", value: text})
	}
}

// parameters takes the names out of "(a, b: T = 1, *args)": enough to tell a WSGI application from other functions.
func parameters(text string) []string {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "(") {
		return nil
	}
	var out []string
	depth, start := 0, 1
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		}
		if depth == 1 && text[i] == ',' || depth == 0 {
			part := strings.TrimSpace(text[start:i])
			if name := leadingName(strings.TrimLeft(part, "*")); name != "" {
				out = append(out, part[:len(part)-len(strings.TrimLeft(part, "*"))]+name)
			}
			start = i + 1
		}
		if depth == 0 {
			break
		}
	}
	return out
}

// lookup returns the last binding of a name.
func (s *source) lookup(name string) (binding, bool) {
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if s.bindings[i].name == name {
			return s.bindings[i], true
		}
	}
	return binding{}, false
}

// imports says that the module imports a package or something of it.
func (s *source) imports(pkg string) bool {
	for _, b := range s.bindings {
		if (b.how == "import" || b.how == "module") && (b.from == pkg || strings.HasPrefix(b.from, pkg+".")) {
			return true
		}
	}
	return false
}

// following returns the literal that follows the literal key in one statement: the value of
// environ.setdefault("KEY", "value"), or of environ["KEY"] = "value". What is put together from parts is none.
func (s *source) following(key string) string {
	for _, st := range s.statements {
		for i, literal := range st.literals {
			if literal == key && i+1 < len(st.literals) && plainlyFollows(st.text, i) {
				return st.literals[i+1]
			}
		}
	}
	return ""
}

// plainlyFollows says that between the literals i and i+1 stands only `,` or `] =`, and behind the second nothing that
// goes on with it.
func plainlyFollows(text string, i int) bool {
	parts := strings.Split(text, "\x01")
	if i+2 >= len(parts) {
		return false
	}
	between := strings.ReplaceAll(strings.Join(strings.Fields(parts[i+1]), ""), "]=", ",")
	after := strings.TrimLeft(parts[i+2], " ")
	return between == "," && (after == "" || strings.ContainsAny(after[:1], "),;"))
}

// assigned returns the literal that a name is assigned at the top level, the last one.
func (s *source) assigned(name string) string {
	found := ""
	for _, st := range s.statements {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(st.text), name); ok && len(st.literals) == 1 &&
			strings.Join(strings.Fields(rest), "") == "=\x01" {
			found = st.literals[0]
		}
	}
	return found
}

func isNameByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

func leadingName(text string) string {
	n := 0
	for n < len(text) && isNameByte(text[n]) {
		n++
	}
	if n == 0 || text[0] >= '0' && text[0] <= '9' {
		return ""
	}
	return text[:n]
}

// isName says that the text is a Python identifier, or several with dots where dotted.
func isName(text string, dotted bool) bool {
	if dotted {
		for part := range strings.SplitSeq(text, ".") {
			if !isName(part, false) {
				return false
			}
		}
		return true
	}
	return text != "" && leadingName(text) == text && !keywords[text]
}

// keywords can't be names of modules; a file of such a name can't be imported.
var keywords = func() map[string]bool {
	m := map[string]bool{}
	for word := range strings.FieldsSeq("False None True and as assert async await break class continue def del elif else " +
		"except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield") {
		m[word] = true
	}
	return m
}()

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
