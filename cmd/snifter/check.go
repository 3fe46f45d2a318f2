package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/devserver/lint"
	"github.com/snifter-dev/snifter/recorder"
)

type checkOptions struct {
	serve   *serveOptions // for what is served, and how
	urls    listValue
	methods listValue
	timeout durationValue
	json    boolValue
	lenient boolValue
	rules   boolValue
}

// checkTime is how long a request may take before the client goes away.
const checkTime = 10 * time.Second

func newCheck(std stdio) *cobra.Command {
	o := &checkOptions{serve: newServeOptions(), timeout: durationValue(checkTime)}
	cmd := &cobra.Command{
		Use:     "check [APP]",
		GroupID: "look",
		Short:   "Check that APP keeps to PEP 3333, and say which stage does not",
		Long: "Serve APP on a free port of this machine, make requests to it, and print each rule of PEP 3333 that was broken,\n" +
			"with the stage that broke it: a middleware that forgets close(), say, or a header that is no text.\n\n" +
			"Each URL gets GET, HEAD, OPTIONS, GET by HTTP/1.0, and GET by a client that goes away early. --method POST adds\n" +
			"a POST with a small form, and the same without Content-Length: mind that APP may write what it is sent.\n\n" +
			"The exit code is 1 where anything was found; with --lenient only for an error. An exception that APP lets through, and\n" +
			"the end of its process, are such errors, since the rest of the answer was not checked then. One that APP has made an\n" +
			"answer of is only told of. APP is what `snifter run` takes; without it, it is found.",
		Example: "  snifter check app:app\n" +
			"  snifter check app.py --url / --url '/search?q=gin' --method POST\n" +
			"  snifter check --json | jq .rule",
		Args: argsAtMost(1, "one application"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd, args, std)
		},
	}
	g := newFlagGroup("Requests")
	g.addOnly(&o.urls, "url", "", "PATH", "what to ask for, instead of /; repeatable")
	g.addOnly(&o.methods, "method", "", "METHOD", "a further method; repeatable")
	g.addOnly(&o.timeout, "timeout", "", "TIME", "for one request, 0: any")
	out := newFlagGroup("Output")
	out.addOnly(&o.json, "json", "", "", "a JSON object a line for each finding")
	out.addOnly(&o.lenient, "lenient", "", "", "the exit code is 0 where there are but warnings")
	out.addOnly(&o.rules, "rules", "", "", "list the rules instead")
	addGroups(cmd, g, out, o.serve.appFlags())
	return cmd
}

func (o *checkOptions) run(cmd *cobra.Command, args []string, std stdio) error {
	if o.rules {
		return o.listRules(std)
	}
	asked, err := o.requests()
	if err != nil {
		return err
	}
	file, err := configuredBy(cmd, std)
	if err != nil {
		return err
	}
	app, err := o.serve.named(cmd, args, std, file)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	report, err := o.check(ctx, app, asked, std)
	if report != nil && ctx.Err() == nil {
		if err := report.write(std, bool(o.json)); err != nil {
			return fmt.Errorf("the report can't be written: %w", err)
		}
	}
	if err != nil {
		return mistaken(cmd, args, err)
	}
	if report.errors > 0 || report.warnings > 0 && !bool(o.lenient) {
		return &finding{}
	}
	return nil
}

// check serves the application, and makes the requests.
func (o *checkOptions) check(ctx context.Context, app *application, asked []probe, std stdio) (_ *checkReport, err error) {
	s, err := o.serve.startChecked(ctx, app)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.built(ctx); err != nil {
		return nil, err
	}
	if err := o.rehearse(ctx, s, asked); err != nil {
		return nil, err
	}
	answers, err := o.ask(ctx, s, asked)
	report := &checkReport{}
	for i, x := range answers { // what was found until an error is worth knowing
		report.add(asked[i], x, std)
	}
	return report, err
}

// ask makes the requests, and gives the exchanges of those that have ended.
func (o *checkOptions) ask(ctx context.Context, s *checked, asked []probe) ([]*recorder.Exchange, error) {
	var answers []*recorder.Exchange
	for _, p := range asked {
		x, err := s.ask(ctx, p, o.timeout.most())
		if err != nil {
			return answers, err
		}
		answers = append(answers, x)
	}
	for i, p := range asked {
		if !p.again {
			continue
		}
		x, err := s.ask(ctx, p, o.timeout.most())
		if err != nil {
			return answers, err
		}
		if showsMore(x, answers[i]) {
			answers[i] = x
		}
	}
	return answers, nil
}

// showsMore says whether an exchange has passed all the stages of another, and further ones.
func showsMore(x, than *recorder.Exchange) bool {
	passed := map[string]int{}
	for _, stage := range x.Stages {
		passed[stage.Name]++
	}
	for _, stage := range than.Stages {
		if passed[stage.Name]--; passed[stage.Name] < 0 {
			return false
		}
	}
	return len(x.Stages) > len(than.Stages)
}

// How often the rehearsal is made, at least and at most.
const (
	fewestRehearsals = 3
	mostRehearsals   = 10
)

// rehearse makes the first request for each URL until that shows no further stages: some are known only once a request
// has passed them, and then from one of the next on.
func (o *checkOptions) rehearse(ctx context.Context, s *checked, asked []probe) error {
	before := ""
	for i := range mostRehearsals {
		seen := ""
		for _, p := range asked {
			if !p.rehearsed {
				continue
			}
			p.early = true // a stream need not end for that
			x, err := s.ask(ctx, p, o.timeout.most())
			if err != nil {
				return err
			}
			for _, stage := range x.Stages {
				seen += stage.Name + "\n"
			}
		}
		if i+1 >= fewestRehearsals && seen == before {
			return nil
		}
		before = seen
	}
	return nil
}

var methodToken = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// requests are the requests to make.
func (o *checkOptions) requests() ([]probe, error) {
	urls := []string(o.urls)
	if len(urls) == 0 {
		urls = []string{"/"}
	}
	for _, method := range o.methods {
		if !methodToken.MatchString(method) || strings.EqualFold(method, "CONNECT") {
			return nil, usage("--method: "+strconv.Quote(method)+" is no method", "--method POST")
		}
	}
	var all []probe
	for _, url := range urls {
		host, target, err := splitURL(url)
		if err != nil {
			return nil, err
		}
		all = append(all, probes(host, target, o.methods)...)
	}
	return all, nil
}

// splitURL takes a path, or a URL whose host goes into the field Host.
func splitURL(url string) (host, target string, err error) {
	rest, absolute := strings.CutPrefix(url, "http://")
	if absolute {
		host, target, _ = strings.Cut(rest, "/")
		target = "/" + target
	} else {
		target = url
	}
	target, _, _ = strings.Cut(target, "#")
	bad := strings.ContainsFunc(host+target, func(r rune) bool { return r <= ' ' || r >= 0x7f })
	switch {
	case absolute && host == "" || bad:
		return "", "", usage("--url: "+strconv.Quote(url)+" is no URL", "--url /path, percent-encoded")
	case !strings.HasPrefix(target, "/"):
		return "", "", usage("--url: "+strconv.Quote(url)+" is no path", "--url /"+url)
	}
	return host, target, nil
}

// listRules prints the table of the rules.
func (o *checkOptions) listRules(std stdio) error {
	out := bufio.NewWriter(std.out)
	for _, r := range checkRules() {
		if !o.json {
			fmt.Fprintf(out, "%-26s %-8s %s\n%35s %s\n", r.Name, r.Severity, r.Sentence, "", std.paint(faint, r.PEP))
			continue
		}
		line := struct {
			Rule     string        `json:"rule"`
			Severity lint.Severity `json:"severity"`
			Sentence string        `json:"sentence"`
			PEP      string        `json:"pep"`
		}{r.Name, r.Severity, r.Sentence, r.PEP}
		if err := writeJSON(out, line); err != nil {
			return err
		}
	}
	return out.Flush()
}
