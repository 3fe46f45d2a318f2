package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
	"github.com/snifter-dev/snifter/tui/safe"
)

type replayOptions struct {
	serve   *serveOptions // for --app
	app     stringValue
	to      stringValue
	server  stringValue
	capture captureOption

	json        boolValue
	noise       boolValue
	chunks      boolValue
	stages      boolValue
	learn       boolValue
	timing      boolValue
	session     boolValue
	concurrency intValue
	timeout     durationValue
	enter       stringValue
	skip        listValue
}

func newReplay(std stdio) *cobra.Command {
	o := &replayOptions{serve: newServeOptions(), concurrency: intValue{1, 1, 1000},
		timeout: durationValue(replay.DefaultTimeout)}
	cmd := &cobra.Command{
		Use:     "replay [FILTER | ID...]",
		GroupID: "compare",
		Short:   "Replay exchanges and compare with the origins",
		Long: "Send recorded requests again, byte for byte and in their order, and compare what comes back with what was\n" +
			"recorded. Each replay is a new exchange in the capture. The exit code is 1 where anything changed or broke,\n" +
			"so this is a regression test.\n\n" +
			"With --app the application is started on a free port; with --to a server that runs is asked; with neither,\n" +
			"the one snifter that runs. Exchanges that are replays themselves are left out, unless FILTER has ~replay;\n" +
			"so are those that were edited, answered or aborted by hand at a breakpoint, unless FILTER has ~paused or ~marked,\n" +
			"or they are named by their ids: their verdicts say so.\n\n" +
			"With --enter or --skip a replay goes through the stages otherwise than its origin, and the verdict says what those\n" +
			"were worth that it has left out: which headers, which part of the body, which keys of the environ, how much time.\n" +
			"Objects that were in the environ there, such as a session, can't be given: the verdict names their keys.\n" +
			"Each request is sent once more through all stages: what differs then, too, is not counted. Of several stages of one\n" +
			"name the outermost is entered, and each is skipped; the number that snifter show has of a stage names any one.\n" +
			"Of several exchanges those that have not passed a stage to be skipped have nothing to leave out; one that none has,\n" +
			"or a view, is an error.\n\n" +
			filterHelp,
		Example: "  snifter replay --app app:app '~m GET'\n" +
			"  snifter replay 12 14-20 --app app:app --json\n" +
			"  snifter replay 12 --skip SessionMiddleware\n" +
			"  snifter replay --to http://127.0.0.1:5000 '~marked'",
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd, args, std)
		},
	}
	to := newFlagGroup("Against what")
	to.add(&o.app, "app", "", "APP", "start this application")
	to.add(&o.to, "to", "", "URL", "a server that runs: http://HOST[:PORT], HOST:PORT or unix:PATH")
	addServer(to, &o.server)
	how := newFlagGroup("How")
	how.add(&o.learn, "learn", "", "", "replay each twice; what differs between the two is noise")
	how.add(&o.session, "carry-session", "", "", "send the cookies and CSRF tokens that the new run hands out")
	how.add(&o.timing, "timing", "", "", "keep the gaps between the requests")
	how.add(&o.concurrency, "concurrency", "", "N", "requests under way at once")
	how.add(&o.timeout, "timeout", "", "TIME", "for one exchange, 0: any")
	stages := newFlagGroup("Stages")
	stages.addOnly(&o.enter, "enter", "", "STAGE", "enter there, with the environ that was recorded there")
	stages.addOnly(&o.skip, "skip", "", "STAGE", "pass this stage over; repeatable")
	out := newFlagGroup("Output")
	out.addOnly(&o.json, "json", "", "", "JSON lines")
	out.addOnly(&o.chunks, "chunks", "", "", "compare the chunk boundaries too")
	out.addOnly(&o.stages, "stages", "", "", "compare what each stage did too")
	out.addOnly(&o.noise, "noise", "", "", "show what was masked as noise")
	addGroups(cmd, to, how, stages, out, o.serve.appFlags(), o.capture.readFlags())
	return cmd
}

func (o *replayOptions) run(cmd *cobra.Command, args []string, std stdio) error {
	file, err := configuredBy(cmd, std)
	if err != nil {
		return err
	}
	rules, err := file.noise()
	if err != nil {
		return err
	}
	if err := errors.Join(o.oneTarget(cmd), o.stagesNamed(cmd)); err != nil {
		return err
	}
	choice, err := parseChoice(args)
	if err != nil {
		return err
	}
	r := &replayReport{std: std, json: bool(o.json), noise: bool(o.noise)}
	compare := replay.Options{Noise: rules}
	ctx := cmd.Context()
	switch {
	case o.app != "":
		err = o.againstApp(ctx, choice, compare, r, std)
	case o.to != "":
		err = o.againstURL(ctx, choice, compare, r, std)
	default:
		err = o.againstServer(ctx, choice, r, std)
	}
	if err != nil {
		return err
	}
	return r.end()
}

// stagesNamed says that --enter and --skip name stages, where they are given.
func (o *replayOptions) stagesNamed(cmd *cobra.Command) error {
	if cmd.Flags().Changed("enter") && o.enter == "" || slices.Contains(o.skip, "") {
		return usage("--enter and --skip need the name of a stage", "snifter show ID shows the stages of an exchange")
	}
	return nil
}

// oneTarget sees to it that one thing is replayed against. One that the command line gives takes the place of one that the
// environment or the file has.
func (o *replayOptions) oneTarget(cmd *cobra.Command) error {
	targets := map[string]*stringValue{"app": &o.app, "to": &o.to, "server": &o.server}
	byFlag := slices.ContainsFunc(slices.Collect(maps.Keys(targets)), cmd.Flags().Changed)
	given := 0
	for name, v := range targets {
		if byFlag && !cmd.Flags().Changed(name) {
			*v = ""
		}
		if *v != "" {
			given++
		}
	}
	if given > 1 {
		return usage("--app, --to and --server exclude each other", "one of them")
	}
	if o.to != "" && (bool(o.stages) || !o.surgery().None()) {
		return usage("--to asks a server that knows no stages: --stages, --enter and --skip need a snifter",
			"--app APP", "--server SOCKET")
	}
	return nil
}

func (o *replayOptions) surgery() replay.Surgery {
	return replay.Surgery{Enter: string(o.enter), Skip: o.skip}
}

// againstApp starts the application and replays against it.
func (o *replayOptions) againstApp(
	ctx context.Context, choice choice, compare replay.Options, r *replayReport, std stdio,
) error {
	app, err := o.serve.find(ctx, std.dir, string(o.app), std)
	if err != nil {
		return err
	}
	path, err := o.capture.find(ctx, std, app.dir())
	if err != nil {
		return err
	}
	o.serve.port.n, o.serve.reload = 0, false
	o.serve.capture.path = stringValue(path)
	// What is recorded here must not push out what it is compared with.
	o.serve.maxSize, o.serve.maxAge = 0, 0
	listeners, err := o.serve.listen(std)
	if err != nil {
		return err
	}
	log := newLog(o.serve.level(), func(l control.Line) { std.note("%s", safe.Of(l.Text)) })
	s, err := o.serve.start(ctx, servePlan{app: app, listeners: listeners, capture: path, rules: compare.Noise, log: log})
	if err != nil {
		return err
	}
	s.compare = compare
	if err := s.built(ctx, false); err != nil {
		return errors.Join(err, s.close())
	}
	exchanges, err := choice.exchanges(ctx, s.recorder, std)
	if err == nil {
		_, err = o.runner(s.runner(r.result)).Run(ctx, exchanges)
	}
	return errors.Join(err, s.close())
}

// againstURL replays against a server that records nothing: what it answers is recorded here. A snifter that records into the
// same capture is asked to replay, as by its socket, or each replay would be there twice.
func (o *replayOptions) againstURL(
	ctx context.Context, choice choice, compare replay.Options, r *replayReport, std stdio,
) error {
	target, err := replay.ParseTarget(string(o.to))
	if err != nil {
		return usage("--to: " + err.Error())
	}
	path, err := o.capture.find(ctx, std, "")
	if err != nil {
		return err
	}
	if server, ok := recordsAt(ctx, target, path); ok {
		return o.askServer(ctx, server, choice, r, std)
	}
	store, err := recorder.OpenStore(path, recorder.StoreOptions{})
	if err != nil {
		return err
	}
	rec := recorder.New(store, recorder.Options{})
	exchanges, err := choice.exchanges(ctx, rec, std)
	if err == nil {
		_, err = o.runner(&replay.Runner{
			Sender:  &replay.Sender{Target: target},
			Foreign: &replay.Foreign{NextID: rec.NextID, Sink: rec},
			Compare: compare,
			Outcome: r.result,
		}).Run(ctx, exchanges)
	}
	return errors.Join(err, rec.Close())
}

// runner sets how the requests are sent, and what comes back is compared.
func (o *replayOptions) runner(r *replay.Runner) *replay.Runner {
	o.manner().Apply(r)
	return r
}

func (o *replayOptions) manner() replay.Manner {
	return replay.Manner{
		Surgery: o.surgery(), Learn: bool(o.learn), CarrySession: bool(o.session), Timing: bool(o.timing),
		Concurrency: o.concurrency.n, Timeout: o.timeout.most(), Chunks: bool(o.chunks), Stages: bool(o.stages),
	}
}

// againstServer has a running snifter replay from its own capture.
func (o *replayOptions) againstServer(ctx context.Context, choice choice, r *replayReport, std stdio) error {
	server, err := findServer(ctx, std, string(o.server), &o.capture, "to replay against",
		"--app APP, to start an application", "--to URL, for a server that runs")
	if err != nil {
		return err
	}
	if o.capture.path != "" && string(o.capture.path) != server.Capture {
		return usage(fmt.Sprintf("the snifter at %s replays from its own capture, %s", server.URL, server.Capture),
			"without --capture", "--app APP or --to URL, to replay from "+string(o.capture.path))
	}
	return o.askServer(ctx, server, choice, r, std)
}

func (o *replayOptions) askServer(ctx context.Context, server control.Server, choice choice, r *replayReport, std stdio) error {
	client, err := dialServer(ctx, server)
	if err != nil {
		return err
	}
	defer client.Close()
	std.note("replaying against %s at %s", safe.Of(server.App), server.URL)
	if err := choice.tellLeftOutThere(ctx, client, std); err != nil {
		return err
	}
	query := choice.query()
	query.Manner = o.manner()
	stop := tellParked(ctx, client, query.IDs, std, r.json)
	outcomes, err := client.Replay(ctx, query)
	r.err = stop()
	if errors.Is(err, recorder.ErrNoExchange) {
		err = missing(ctx, client, choice.ids, err)
	}
	if errors.Is(err, replay.ErrStage) && len(choice.ids) == 1 {
		err = misnamedThere(ctx, client, choice.ids[0], o.surgery(), err)
	}
	for _, outcome := range outcomes {
		res, fetchErr := fetchResult(ctx, client, outcome)
		if fetchErr != nil {
			return errors.Join(err, fetchErr)
		}
		r.result(res)
	}
	return err
}

// missing says which of these exchanges there is not.
func missing(ctx context.Context, client control.Client, ids []uint64, err error) error {
	for _, id := range ids {
		if _, e := client.Exchange(ctx, id); errors.Is(e, recorder.ErrNoExchange) {
			what := fmt.Sprintf("there is no exchange %d in the capture", id)
			return &problem{code: exitDifferent, what: what, err: e, try: []string{"snifter ls"}}
		}
	}
	return err
}

// fetchResult asks a running snifter for what lies behind a verdict.
func fetchResult(ctx context.Context, client control.Client, outcome replay.Outcome) (replay.Result, error) {
	res := replay.Result{Outcome: outcome}
	var err error
	if res.Origin, err = client.Exchange(ctx, outcome.Origin); err != nil || outcome.ID == 0 {
		return res, err
	}
	res.Comparison, err = client.Compare(ctx, outcome.Origin, outcome.ID)
	return res, err
}

// replayReport prints verdicts and what lies behind them.
type replayReport struct {
	std     stdio
	json    bool
	noise   bool
	results []replay.Result
	summary replay.Summary
	err     error
}

func (r *replayReport) result(res replay.Result) {
	r.summary.Add(res.Outcome.Verdict)
	switch {
	case r.err != nil:
	case r.json:
		r.err = writeJSON(r.std.out, replay.VerdictLine{Outcome: res.Outcome})
	case res.Outcome.Verdict == replay.Changed || res.Outcome.Verdict == replay.Broken ||
		r.noise && res.Outcome.Verdict == replay.Noise || res.Outcome.Worth != nil:
		r.err = replay.WriteReport(r.std.out, res.Outcome, res.Comparison, r.options())
		fmt.Fprintln(r.std.out)
		fallthrough
	default:
		// The table needs the verdict and the request, not the bodies.
		r.results = append(r.results, replay.Result{Outcome: res.Outcome, Origin: requestLineOf(res.Origin)})
	}
}

// requestLineOf keeps of an exchange what the table shows, so that a long replay keeps no bodies in memory.
func requestLineOf(x *recorder.Exchange) *recorder.Exchange {
	if x == nil {
		return nil
	}
	return &recorder.Exchange{ID: x.ID, Request: recorder.Request{Method: x.Request.Method, Target: x.Request.Target}}
}

// reportOptions are those of a report on this terminal.
func reportOptions(std stdio, noise bool) replay.ReportOptions {
	return replay.ReportOptions{
		Color: std.colour, Width: std.width, Noise: noise, Columns: func(s string) int { return safe.Of(s).Width() },
	}
}

// mostBodyLines is how much is shown of what differs in the bodies of an exchange: an error page in the place of an answer is
// thousands of lines.
const mostBodyLines = 40

func (r *replayReport) options() replay.ReportOptions {
	o := reportOptions(r.std, r.noise)
	o.BodyLines = mostBodyLines
	return o
}

// end prints the sums. Its error is what the exit code tells.
func (r *replayReport) end() error {
	if r.err == nil && r.json {
		r.err = writeJSON(r.std.out, replay.SummaryLine{Summary: r.summary})
	} else if r.err == nil {
		r.err = replay.WriteTable(r.std.out, r.results, r.summary, r.options())
	}
	if r.err != nil {
		return fmt.Errorf("the report can't be written: %w", r.err)
	}
	total := r.summary.Same + r.summary.Noise + r.summary.Changed + r.summary.Broken
	if total == 0 {
		return &problem{code: exitDifferent, what: "no exchange was chosen: nothing was replayed", try: []string{"snifter ls FILTER"}}
	}
	if r.summary.Failed() {
		return &finding{}
	}
	return nil
}
