package replay

import (
	"fmt"
	"io"
	"strings"
)

// say puts what was found into words, without values that may be secrets.
func (b *Bisection) say() {
	add := func(format string, args ...any) { b.Found = append(b.Found, fmt.Sprintf(format, args...)) }
	switch in := b.In; {
	case in == nil:
	case in.Stage.Kind == "server":
		add("the requests differ: %s", places(in.Differences))
	case in.Added != nil:
		add("%s is passed by exchange %d alone, and sets %s", in.Stage.Name, in.Added.Exchange, places(in.Differences))
	default:
		add("%s makes the environ differ: %s", in.Stage.Name, places(in.Differences))
	}
	switch out := b.Out; {
	case out == nil:
	case out.Added != nil:
		add("%s is passed by exchange %d alone, and the answer of %s, around it, differs: %s",
			out.Added.Name, out.Added.Exchange, out.Stage.Name, places(out.Differences))
	default:
		add("%s is the first to answer otherwise: %s", out.Stage.Name, places(out.Differences))
	}
	if b.Same() {
		if len(b.Only) == 0 {
			add("no stage makes a difference")
		} else {
			add("%s", onlyNames(b.Only))
		}
	}
}

// onlyNames says of stages that one alone has passed that it is all the same.
func onlyNames(only []OnlyStage) string {
	names := make([]string, len(only))
	for i, s := range only {
		names[i] = s.Name
	}
	if len(only) == 1 {
		return names[0] + " is passed by one of the two alone, and makes no difference"
	}
	return strings.Join(names, ", ") + " are passed by one of the two alone, and make no difference"
}

// places lists where differences are that are no noise.
func places(parts []Difference) string {
	const shown = 6
	var where []string
	for i := range parts {
		if d := &parts[i]; !d.Noise {
			where = append(where, place(d))
		}
	}
	if n := len(where) - shown; n > 0 {
		where = append(where[:shown], fmt.Sprintf("and %d more", n))
	}
	return strings.Join(where, ", ")
}

// WriteBisection writes for people which stage makes the difference between two exchanges.
func WriteBisection(w io.Writer, b *Bisection, o ReportOptions) error {
	if o.Width <= 0 {
		o.Width = 100
	}
	r := &reporter{o: o}
	for _, line := range b.Found {
		r.printf("1", "%s", r.safe(line, 0))
		r.printf("", "\n")
	}
	if len(b.Only) > 0 {
		r.printf("", "\npassed by one alone\n")
		for _, s := range b.Only {
			r.printf("", "  %s  stage %d of exchange %d%s\n", r.safe(s.Name, 0), s.Index, s.Exchange, r.at(s.File, s.Line))
		}
	}
	r.culprit("on the way in", b.In)
	r.culprit("on the way out", b.Out)
	_, err := io.WriteString(w, r.b.String())
	return err
}

func (r *reporter) at(file string, line int) string {
	if file == "" {
		return ""
	}
	return fmt.Sprintf("  %s:%d", r.safe(file, 0), line)
}

func (r *reporter) culprit(title string, c *Culprit) {
	if c == nil {
		return
	}
	r.printf("", "\n%s: %s%s\n", title, r.safe(c.Stage.Name, 0), r.at(c.Stage.File, c.Stage.Line))
	hidden := 0
	for i := range c.Differences {
		if c.Differences[i].Noise && !r.o.Noise {
			hidden++
			continue
		}
		r.difference(&c.Differences[i])
	}
	if hidden > 0 {
		r.printf(faint, "  %d masked as noise\n", hidden)
	}
}
