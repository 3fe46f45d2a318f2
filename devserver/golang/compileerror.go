package golang

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// CompileError is a build that failed by the source's fault.
type CompileError struct {
	// Package is what was built.
	Package string
	// Positions are the places that the compiler complains of, in its order. There may be none: a linker's complaint, or
	// the go command's own.
	Positions []Position
	// Output is what the go command printed.
	Output string
}

// Position is a place in a source file that the compiler complains of.
type Position struct {
	File    string // absolute
	Line    int
	Column  int // 0 where it was not told
	Message string
	// Source is the line, trimmed. Context is some lines around it, the first of them numbered ContextFrom.
	Source      string
	Context     []string
	ContextFrom int
}

func (e *CompileError) Error() string {
	if len(e.Positions) == 0 {
		return "build " + e.Package + ": " + strings.TrimSpace(e.Output)
	}
	p := e.Positions[0]
	text := "build " + e.Package + ": " + p.File + ":" + strconv.Itoa(p.Line) + ": " + p.Message
	if n := len(e.Positions) - 1; n > 0 {
		text += " (and " + strconv.Itoa(n) + " more)"
	}
	return text
}

// complaint is a line of the compiler's or the go command's, "file:line[:column]: message".
var complaint = regexp.MustCompile(`^(.+?\.(?:go|s|S|c|h|cc|cpp|m)|(?:.*[/\\])?go\.(?:mod|work|sum)):(\d+)(?::(\d+))?: (.+)$`)

func newCompileError(t *Target, output string) *CompileError {
	e := &CompileError{Package: t.name(), Output: output}
	lines := map[string][]string{}
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\r\n")
		m := complaint.FindStringSubmatch(line)
		if m == nil {
			// What is indented goes on with the message before it.
			if n := len(e.Positions); n > 0 && strings.HasPrefix(line, "\t") {
				e.Positions[n-1].Message += "\n" + strings.TrimSpace(line)
			}
			continue
		}
		p := Position{File: m[1], Message: m[4]}
		p.Line, _ = strconv.Atoi(m[2])
		p.Column, _ = strconv.Atoi(m[3])
		if !filepath.IsAbs(p.File) {
			p.File = filepath.Join(t.runDir, p.File)
		}
		p.addSource(lines)
		e.Positions = append(e.Positions, p)
	}
	return e
}

const (
	contextLines = 5
	maxSource    = 4 << 20
)

func (p *Position) addSource(read map[string][]string) {
	lines, ok := read[p.File]
	if !ok {
		lines = sourceLines(p.File)
		read[p.File] = lines
	}
	if p.Line < 1 || p.Line > len(lines) {
		return
	}
	p.Source = strings.TrimSpace(lines[p.Line-1])
	p.ContextFrom = max(p.Line-contextLines, 1)
	p.Context = lines[p.ContextFrom-1 : min(p.Line+contextLines, len(lines))]
}

func sourceLines(file string) []string {
	fi, err := os.Stat(file)
	if err != nil || !fi.Mode().IsRegular() || fi.Size() > maxSource {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var lines []string
	for line := range bytes.Lines(text) {
		lines = append(lines, strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), "\uFFFD"))
	}
	return lines
}
