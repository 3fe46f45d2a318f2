package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/devserver/lint"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/safe"
)

// checkReport is what `snifter check` found.
type checkReport struct {
	findings         []*checkFinding
	requests         int
	stages           map[stagePlace]int // how often each was passed in a request, at most
	errors, warnings int
	failures         []string // exceptions and their like that were told
}

// stagePlace tells stages of different exchanges apart.
type stagePlace struct {
	name, file string
	line       int
}

// checkFinding is a breach of a rule by a stage, as a line of JSON. Other programs depend on the names.
type checkFinding struct {
	Rule     string        `json:"rule"`
	Stage    int           `json:"stage"` // as in the first exchange that it was found in
	Message  string        `json:"message"`
	PEP      string        `json:"pep"`
	Severity lint.Severity `json:"severity"`
	Name     string        `json:"stage_name"`
	File     string        `json:"file"`
	Line     int           `json:"line"`
	Requests []string      `json:"requests"`

	sentence string
}

// ofTheClient are the rules that a request breaks, and no application.
var ofTheClient = []string{"request-body-broken"}

// passed counts the stages of an exchange.
func (r *checkReport) passed(stages []recorder.Stage) {
	if r.stages == nil {
		r.stages = map[stagePlace]int{}
	}
	here := map[stagePlace]int{}
	for _, s := range stages[min(1, len(stages)):] { // the first is the server
		place := stagePlace{s.Name, s.File, s.Line}
		here[place]++
		r.stages[place] = max(r.stages[place], here[place])
	}
}

// add takes what was found in an exchange.
func (r *checkReport) add(p probe, x *recorder.Exchange, std stdio) {
	r.requests++
	r.passed(x.Stages)
	if e := x.Exception; e != nil && !e.Handled {
		r.failed(p, e, x.Lint, std)
	} else if x.State == recorder.Aborted && (x.Response.Server || strings.HasPrefix(x.Reason, "the worker ")) {
		r.gaveUp(p, x.Reason, std) // it has taken its process with it
	}
	for _, l := range x.Lint {
		if slices.Contains(ofTheClient, l.Rule) {
			continue
		}
		f := newCheckFinding(l, x.Stages)
		if same := r.find(f); same != nil {
			if !slices.Contains(same.Requests, p.name) {
				same.Requests = append(same.Requests, p.name)
			}
			continue
		}
		f.Requests = []string{p.name}
		r.findings = append(r.findings, f)
		if f.Severity == lint.Error {
			r.errors++
		} else {
			r.warnings++
		}
	}
}

// failed tells of an exception, once, unless it is that of a rule.
func (r *checkReport) failed(p probe, e *recorder.Exception, found []recorder.Lint, std stdio) {
	what := e.Type + ": " + firstLine(e.Message)
	isRule := func(l recorder.Lint) bool { return l.Message == e.Message }
	if slices.ContainsFunc(found, isRule) {
		return
	}
	r.gaveUp(p, what, std)
}

// gaveUp tells why a request came to nothing, each time why once.
func (r *checkReport) gaveUp(p probe, why string, std stdio) {
	if slices.Contains(r.failures, why) {
		return
	}
	r.failures = append(r.failures, why)
	std.note("%s: %s; what comes after that was not checked", safe.Of(p.name), safe.Of(why))
}

func newCheckFinding(l recorder.Lint, stages []recorder.Stage) *checkFinding {
	f := &checkFinding{Rule: l.Rule, Stage: l.Stage, Message: recorder.WithNames(l.Message, stages), PEP: l.PEP, Severity: lint.Error}
	if rule, ok := lint.Find(l.Rule); ok {
		f.Severity, f.sentence = rule.Severity, rule.Sentence
	}
	if l.Stage < len(stages) {
		s := stages[l.Stage]
		f.Name, f.File, f.Line = s.Name, s.File, s.Line
	}
	return f
}

// find gives the finding that says the same of the same stage.
func (r *checkReport) find(f *checkFinding) *checkFinding {
	for _, g := range r.findings {
		if g.Rule == f.Rule && g.Name == f.Name && g.File == f.File && g.Line == f.Line && g.Message == f.Message {
			return g
		}
	}
	return nil
}

func (r *checkReport) write(std stdio, asJSON bool) error {
	out := bufio.NewWriter(std.out)
	if asJSON {
		for _, f := range r.findings {
			if err := writeJSON(out, f); err != nil {
				return err
			}
		}
		return out.Flush()
	}
	r.writeText(out, std)
	return out.Flush()
}

// writeText writes the findings by stage, the outermost first.
func (r *checkReport) writeText(w io.Writer, std stdio) {
	sorted := slices.Clone(r.findings)
	slices.SortStableFunc(sorted, func(a, b *checkFinding) int {
		return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Severity, b.Severity))
	})
	last := ""
	for _, f := range sorted {
		where := place(&stageJSON{File: f.File, Line: int64(f.Line)}, std.dir)
		if stage := f.Name + " " + where; stage != last {
			if last != "" {
				fmt.Fprintln(w)
			}
			last = stage
			fmt.Fprintln(w, strings.TrimRight(std.paint(bold, safe.Of(f.Name).String())+"  "+safe.Of(where).String(), " "))
		}
		colour := red
		if f.Severity == lint.Warning {
			colour = yellow
		}
		fmt.Fprintf(w, "  %s %s: %s\n", std.paint(colour, string(f.Severity)), f.Rule, safe.Of(f.Message))
		fmt.Fprintf(w, "      %s (%s)\n", f.sentence, safe.Of(f.PEP))
		fmt.Fprintf(w, "      %s\n", std.paint(faint, safe.Of(inRequests(f.Requests, r.requests)).String()))
	}
	if last != "" {
		fmt.Fprintln(w)
	}
	stages := 0
	for _, n := range r.stages {
		stages += n
	}
	fmt.Fprintf(w, "%s, %s in %s through %s\n", counted(r.errors, "error"), counted(r.warnings, "warning"),
		counted(r.requests, "request"), counted(stages, "stage"))
}

// inRequests names the requests that something was found in, the first of them.
func inRequests(names []string, all int) string {
	const most = 3
	switch {
	case len(names) == all && all > 1:
		return "in all requests"
	case len(names) <= most:
		return "in " + strings.Join(names, "; ")
	}
	return fmt.Sprintf("in %s; and %d more", strings.Join(names[:most], "; "), len(names)-most)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
