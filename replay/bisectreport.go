package replay

import (
	"fmt"
	"io"
	"slices"
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
		add("%s, and sets %s", b.passed(in.Added), places(in.Differences))
	default:
		add("%s makes the environ differ: %s", in.Stage.Name, places(in.Differences))
	}
	switch out := b.Out; {
	case out == nil:
	case out.Added != nil:
		add("%s, and the answer of %s, %s it, differs: %s", b.passed(out.Added), out.Stage.Name, b.place(out), places(out.Differences))
	default:
		add("%s is the first to answer otherwise: %s", out.Stage.Name, places(out.Differences))
	}
	if b.Same() {
		if len(b.Only) == 0 {
			add("no stage makes a difference")
		} else {
			add("%s", b.withoutEffect())
		}
	}
}

// place says where a stage that both have passed stands to the one that makes the difference.
func (b *Bisection) place(c *Culprit) string {
	index := c.Stage.A
	if c.Added.Exchange == b.B {
		index = c.Stage.B
	}
	if index > c.Added.Index {
		return "after"
	}
	return "around"
}

// passed says which exchange a stage is of, or that both have passed it, at different places.
func (b *Bisection) passed(s *OnlyStage) string {
	if b.moved(s.Name) {
		return s.Name + " stands at another place in each"
	}
	return fmt.Sprintf("%s is passed by exchange %d alone", s.Name, s.Exchange)
}

func (b *Bisection) moved(name string) bool {
	of := func(id uint64) bool {
		return slices.ContainsFunc(b.Only, func(s OnlyStage) bool { return s.Name == name && s.Exchange == id })
	}
	return of(b.A) && of(b.B)
}

// withoutEffect says of stages that one alone has passed, or at another place, that it is all the same.
func (b *Bisection) withoutEffect() string {
	var alone, moved []string
	for _, s := range b.Only {
		list := &alone
		if b.moved(s.Name) {
			list = &moved
		}
		if !slices.Contains(*list, s.Name) {
			*list = append(*list, s.Name)
		}
	}
	var said []string
	if len(alone) > 0 {
		said = append(said, say(alone, "is passed by one of the two alone", "are passed by one of the two alone"))
	}
	if len(moved) > 0 {
		said = append(said, say(moved, "stands at another place in each", "stand at another place in each"))
	}
	makes := "makes"
	if len(alone)+len(moved) > 1 {
		makes = "make"
	}
	return strings.Join(said, ", ") + ", and " + makes + " no difference"
}

func say(names []string, one, several string) string {
	if len(names) == 1 {
		return names[0] + " " + one
	}
	return strings.Join(names, ", ") + " " + several
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
