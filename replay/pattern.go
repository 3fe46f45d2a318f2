package replay

import (
	"regexp"
	"slices"
	"strings"
)

// linePattern is a line of which the ends are known and the middle is not.
type linePattern struct {
	prefix, suffix string
	// after is the line before it, masked, where the ends are too little to know the line by.
	after string
	weak  bool
	// digits: the middle is a number, as of a counter. What is none there is no noise.
	digits bool
}

// firstLine is what comes before the first line, in linePattern.after.
const firstLine = "\xff\xfd"

// learnLines makes patterns of the changed lines of a hunk. It is false where they can't be paired, or are not all
// there: then nothing of the text can be told from noise.
func (m *Masks) learnLines(lines []DiffLine) bool {
	h := hunkReader{masks: m, before: firstLine}
	for i, l := range lines {
		switch l.Op {
		case "-":
			h.old = append(h.old, l.Text)
		case "+":
			h.now = append(h.now, l.Text)
		case "@":
			if i > 0 || !strings.HasPrefix(l.Text, "-") {
				return false
			}
		default:
			if !h.flush() {
				return false
			}
			h.before = l.Text
		}
	}
	return len(lines) > 0 && h.flush()
}

// hunkReader collects the changed lines that stand together.
type hunkReader struct {
	masks    *Masks
	old, now []string
	before   string
}

func (h *hunkReader) flush() bool {
	if len(h.old) != len(h.now) {
		return false
	}
	for i := range h.old {
		p := patternOf(h.old[i], h.now[i])
		if p.weak {
			p.after = h.before
		}
		h.before = p.masked()
		if !slices.Contains(h.masks.patterns, p) {
			h.masks.patterns = append(h.masks.patterns, p)
		}
	}
	h.old, h.now = h.old[:0], h.now[:0]
	return true
}

// patternOf is what two lines have in common at their ends, in whole values: of 10:15:03 and 10:15:07 the part that
// happens to be the same is not, nor is a date that stands beside them.
func patternOf(a, b string) linePattern {
	if len(a) > maxWordLine || len(b) > maxWordLine {
		return linePattern{weak: true}
	}
	x, y := splitValues(a), splitValues(b)
	n := min(len(x), len(y))
	i := 0
	for i < n && x[i] == y[i] {
		i++
	}
	j := 0
	for j < n-i && x[len(x)-1-j] == y[len(y)-1-j] {
		j++
	}
	end := len(x) - j
	if timeLike(x[i:end]) {
		for i > 0 && (timeWord.MatchString(x[i-1]) || i > 1 && x[i-1] == " " && timeWord.MatchString(x[i-2])) {
			i--
		}
		for end < len(x) && (timeWord.MatchString(x[end]) ||
			end+1 < len(x) && x[end] == " " && timeWord.MatchString(x[end+1])) {
			end++
		}
	}
	p := linePattern{prefix: strings.Join(x[:i], ""), suffix: strings.Join(x[end:], "")}
	p.digits = onlyDigits.MatchString(p.middle(a)) && onlyDigits.MatchString(p.middle(b))
	p.weak = !strings.ContainsFunc(p.prefix+p.suffix, func(r rune) bool { return wordClass(r) == 1 })
	return p
}

var (
	onlyDigits = regexp.MustCompile("^[0-9]+$")
	valueBreak = regexp.MustCompile("[\\s\"'`<>=&;(){}\\[\\]|,]")
	timeWord   = regexp.MustCompile(`^(?:[0-9+-][0-9:.+/TZ-]*|(?i:(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?|utc|gmt|am|pm|[ap]\.m\.))$`)
)

func timeLike(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		return strings.ContainsAny(w, ":-/") && timeWord.MatchString(w)
	})
}

// splitValues splits a line at white space and at what stands around values in text and markup.
func splitValues(s string) []string {
	var out []string
	last := 0
	for _, at := range valueBreak.FindAllStringIndex(s, -1) {
		if at[0] > last {
			out = append(out, s[last:at[0]])
		}
		out = append(out, s[at[0]:at[1]])
		last = at[1]
	}
	if last < len(s) {
		out = append(out, s[last:])
	}
	return out
}

func (p linePattern) matches(line, before string) bool {
	if p.weak && p.after != before {
		return false
	}
	return len(line) >= len(p.prefix)+len(p.suffix) &&
		strings.HasPrefix(line, p.prefix) && strings.HasSuffix(line, p.suffix) &&
		(!p.digits || onlyDigits.MatchString(p.middle(line)))
}

// middle is what stands between the ends of a line that has them.
func (p linePattern) middle(line string) string { return line[len(p.prefix) : len(line)-len(p.suffix)] }

func (p linePattern) masked() string { return p.prefix + masked + p.suffix }

// lines masks the middles of the lines that are known to differ, and says which they are.
func (m *Masks) lines(lines []string) (out []string, known []bool) {
	known = make([]bool, len(lines))
	if m == nil || len(m.patterns) == 0 {
		return lines, known
	}
	out = slices.Clone(lines)
	before := firstLine
	for i, l := range lines {
		at := slices.IndexFunc(m.patterns, func(p linePattern) bool { return p.matches(l, before) })
		if at >= 0 {
			out[i], known[i] = m.patterns[at].masked(), true
		}
		before = out[i]
	}
	return out, known
}
