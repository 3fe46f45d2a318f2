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
	answers          []string // what was said of the answers to requests
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
	Header   string        `json:"header,omitempty"`
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

// What check finds beside the breaches that an exchange has: that a request was not answered as the application is to.
var (
	ruleException = lint.Rule{Name: "exception", Severity: lint.Error, PEP: "PEP 3333: Error Handling",
		Sentence: "An application lets no exception through to the server; what comes after one is not checked."}
	ruleNoAnswer = lint.Rule{Name: "no-answer", Severity: lint.Error, PEP: "PEP 3333: Specification Details",
		Sentence: "An application answers, and its process lives on; what comes after its end is not checked."}
)

// add takes what was found in an exchange.
func (r *checkReport) add(p probe, x *recorder.Exchange, std stdio) {
	r.requests++
	r.passed(x.Stages)
	for _, l := range x.Lint {
		if !slices.Contains(ofTheClient, l.Rule) {
			r.found(p, newCheckFinding(l, x.Stages))
		}
	}
	e := x.Exception
	switch {
	case e != nil && e.Handled:
		if strings.HasPrefix(x.Response.Status, "5") {
			r.answered(p, e, x.Response.Status, std)
		}
	case e != nil:
		if !slices.ContainsFunc(x.Lint, func(l recorder.Lint) bool { return l.HasRaised(e) }) {
			r.found(p, unanswered(ruleException, e.Stage, raisedAt(e, std.dir), x.Stages))
		}
	case x.State == recorder.Aborted && (x.Response.Server || strings.HasPrefix(x.Reason, "the worker ")):
		r.found(p, unanswered(ruleNoAnswer, 0, x.Reason, nil)) // it has taken with it what its stages had to tell
	}
}

// found adds a finding, or the request to the one that says the same.
func (r *checkReport) found(p probe, f *checkFinding) {
	if same := r.find(f); same != nil {
		if !slices.Contains(same.Requests, p.name) {
			same.Requests = append(same.Requests, p.name)
		}
		return
	}
	f.Requests = []string{p.name}
	r.findings = append(r.findings, f)
	if f.Severity == lint.Error {
		r.errors++
	} else {
		r.warnings++
	}
}

// raisedAt is an exception in a line, with the place that it rose at.
func raisedAt(e *recorder.Exception, dir string) string {
	text := e.Type + ": " + firstLine(e.Message)
	if n := len(e.Frames); n > 0 {
		text += ", at " + place(&stageJSON{File: e.Frames[n-1].File, Line: int64(e.Frames[n-1].Line)}, dir)
	}
	return text
}

// answered says of an exception that the application has made an answer of, each once: that is no breach, and what was checked
// is not what was asked for.
func (r *checkReport) answered(p probe, e *recorder.Exception, status string, std stdio) {
	what := raisedAt(e, std.dir)
	if slices.Contains(r.answers, what) {
		return
	}
	r.answers = append(r.answers, what)
	std.note("%s was answered with %s: %s", safe.Of(p.name), safe.Of(status), safe.Of(what))
}

func unanswered(rule lint.Rule, stage int, message string, stages []recorder.Stage) *checkFinding {
	return newCheckFinding(recorder.Lint{Stage: stage, Rule: rule.Name, Message: message, PEP: rule.PEP}, stages)
}

// checkRules are the rules that check holds an application to.
func checkRules() []lint.Rule { return append(lint.Rules(), ruleException, ruleNoAnswer) }

func newCheckFinding(l recorder.Lint, stages []recorder.Stage) *checkFinding {
	f := &checkFinding{Rule: l.Rule, Stage: l.Stage, Message: recorder.WithNames(l.Message, stages), PEP: l.PEP,
		Header: l.Header, Severity: lint.Error}
	for _, rule := range checkRules() {
		if rule.Name == l.Rule {
			f.Severity, f.sentence = rule.Severity, rule.Sentence
		}
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
			name := cmp.Or(f.Name, "the application")
			fmt.Fprintln(w, strings.TrimRight(std.paint(bold, safe.Of(name).String())+"  "+safe.Of(where).String(), " "))
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
