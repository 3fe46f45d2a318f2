package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// printThroughput prints a table a scenario. A ratio is snifter's figure over the peer's.
func printThroughput(out io.Writer, servers []*server) {
	for _, sc := range scenarios() {
		own := find(servers, snifterName, sc)
		if own == nil {
			continue
		}
		fmt.Fprintf(out, "\n%s, %d connection%s\n", sc.name, sc.conns, map[bool]string{true: "", false: "s"}[sc.conns == 1])
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "\treq/s\tsnifter's\tp50\tp99\tsnifter's p50\tCPU a request\tsnifter's\t")
		for _, s := range servers {
			f := s.figures[sc.key()]
			if f == nil {
				continue
			}
			name := s.peer.name
			if f.starved > 0 {
				name += fmt.Sprintf(" (%d connections never served)", f.starved)
			}
			fmt.Fprintf(w, "%s\t%.0f\t%s\t%s\t%s\t%s\t%s\t%s\t\n", name, medianFloat(f.perSecond),
				times(medianFloat(own.perSecond), medianFloat(f.perSecond)),
				micros(medianTime(f.p50)), micros(medianTime(f.p99)), times(float64(medianTime(own.p50)), float64(medianTime(f.p50))),
				micros(f.cpuPerRequest()), times(float64(own.cpuPerRequest()), float64(f.cpuPerRequest())))
		}
		_ = w.Flush()
	}
	fmt.Fprintln(out)
	for _, s := range servers {
		if s.peer.name == snifterName {
			fmt.Fprintf(out, "snifter, %s: %d requests answered, %d recorded; %d MB in all its processes\n",
				s.module, s.sent, s.recorded, s.rss>>20)
		}
	}
}

func find(servers []*server, peer string, sc scenario) *figures {
	for _, s := range servers {
		if s.peer.name == peer && s.figures[sc.key()] != nil {
			return s.figures[sc.key()]
		}
	}
	return nil
}

func micros(d time.Duration) string {
	if d < time.Millisecond {
		return fmt.Sprintf("%.0f us", float64(d)/float64(time.Microsecond))
	}
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

func times(a, b float64) string {
	if b == 0 {
		return "-"
	}
	return fmt.Sprintf("x%.2f", a/b)
}

func printReloads(out io.Writer, all []*reloads, v *verdicts) {
	if len(all) > 0 {
		fmt.Fprintln(out, "\nfrom a save to the first answer by the new code")
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "\tsaves\tmedian\tworst\trefused\tby the old code\tstart to first answer\t")
		for _, r := range all {
			fmt.Fprintf(w, "%s, %s\t%d\t%s\t%s\t%d\t%d\t%s\t\n", r.site, r.server, len(r.took),
				micros(medianTime(r.took)), micros(slices.Max(r.took)), r.refused, r.stale, micros(r.start))
		}
		_ = w.Flush()
	}
	if v != nil {
		fmt.Fprintf(out, "\nfrom a save to the verdicts of %d marked exchanges: median %s, worst %s; the application's own time is %s\n",
			marked, micros(medianTime(v.took)), micros(slices.Max(v.took)), micros(v.own))
	}
}

// goal is one of the figures to reach.
type goal struct {
	name   string
	found  float64
	bound  float64
	atMost bool
	unit   string
}

func goals(servers []*server, all []*reloads, v *verdicts) []goal {
	var gs []goal
	ratio := func(name string, sc scenario, peer string, of func(*figures) float64, bound float64, atMost bool, unit string) {
		own, other := find(servers, snifterName, sc), find(servers, peer, sc)
		if own != nil && other != nil && of(other) > 0 {
			gs = append(gs, goal{name, of(own) / of(other), bound, atMost, unit})
		}
	}
	rate := func(f *figures) float64 { return medianFloat(f.perSecond) }
	p50 := func(f *figures) float64 { return float64(medianTime(f.p50)) }
	cpu := func(f *figures) float64 { return float64(f.cpuPerRequest()) }
	sc := scenarios()
	ratio("req/s over uWSGI's, hello, 32 connections", sc[1], "uWSGI", rate, 3, false, "times")
	ratio("req/s over uWSGI's, a typical exchange, 32", sc[2], "uWSGI", rate, 2, false, "times")
	ratio("req/s over uWSGI's, Flask, 32", sc[5], "uWSGI", rate, 1.5, false, "times")
	ratio("req/s over gunicorn sync's, 100 chunks, 32", sc[3], "gunicorn sync", rate, 4, false, "times")
	ratio("p50 over gunicorn sync's, hello, 1 connection", sc[0], "gunicorn sync", p50, 1, true, "times")
	ratio("CPU a request over uWSGI's, hello, 32", sc[1], "uWSGI", cpu, 1.5, true, "times")
	for _, r := range all {
		if r.server == snifterName {
			gs = append(gs,
				goal{"save to answer, " + r.site + ", median", millis(medianTime(r.took)), 100, true, "ms"},
				goal{"save to answer, " + r.site + ", worst", millis(slices.Max(r.took)), 300, true, "ms"},
				goal{"requests refused, " + r.site, float64(r.refused), 0, true, ""})
		}
	}
	if v != nil {
		gs = append(gs, goal{"save to verdicts, over the application's time", millis(medianTime(v.took) - v.own), 250, true, "ms"})
	}
	if n := len(all); n > 1 {
		gs = append(gs, goal{"start to first answer over flask run's", float64(all[0].start) / float64(all[1].start), 1, true, "times"})
	}
	return gs
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func printGoals(out io.Writer, gs []goal) {
	fmt.Fprintln(out, "\nthe figures to reach")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, g := range gs {
		how, reached := "at least", g.found >= g.bound
		if g.atMost {
			how, reached = "at most", g.found <= g.bound
		}
		word := "no"
		if reached {
			word = "yes"
		}
		fmt.Fprintf(w, "  %s\t%.2f %s\t%s %g\t%s\t\n", g.name, g.found, g.unit, how, g.bound, word)
	}
	_ = w.Flush()
}
