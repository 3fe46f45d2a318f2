// Command bench measures snifter beside the servers that WSGI developers use, in one run on one machine, over loopback:
//
//	go run ./examples/bench          everything, some minutes
//	go run ./examples/bench -short   about a minute
//
// It installs the others (pinned, into a virtual environment in the user's cache folder), builds snifter, starts all of
// them, and loads them in short rounds that take turns. snifter records every request all the while; the others record
// nothing. What it prints are medians, and ratios: those travel from machine to machine, the absolute figures do not.
// It needs Linux, Python, and a C compiler for uWSGI.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/snifter-dev/snifter/examples/internal/venv"
)

//go:embed apps requirements.txt
var files embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

type options struct {
	short   bool
	snifter string
	parts   string
	only    string
	peers   string
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&o.short, "short", false, "shorter and fewer rounds, about a minute in all")
	flags.StringVar(&o.snifter, "snifter", "", "a built snifter to measure, instead of building this one")
	flags.StringVar(&o.parts, "parts", "load,reload,verdicts", "what to measure")
	flags.StringVar(&o.only, "only", "", "only scenarios whose name holds one of these words, with commas between them")
	flags.StringVar(&o.peers, "peers", "", "only servers whose name does")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if err := o.bench(ctx, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

func (o *options) bench(ctx context.Context, stdout, stderr io.Writer) (err error) {
	if !supported {
		return fmt.Errorf("it needs Linux, for epoll and /proc; this is %s", runtime.GOOS)
	}
	scratch, err := os.MkdirTemp("", "snifter-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	e, err := o.prepare(ctx, scratch, stderr)
	if err != nil {
		return err
	}
	p := plan{rounds: 7, lasting: 2 * time.Second, warm: time.Second, saves: 100, slowSaves: 15, verdicts: 20}
	if o.short {
		p = plan{rounds: 3, lasting: 300 * time.Millisecond, warm: 200 * time.Millisecond, saves: 10, slowSaves: 3, verdicts: 5}
	}
	fmt.Fprintf(stdout, "%d cores, %s/%s, load %s\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, loadAverage())
	var servers []*server
	var all []*reloads
	var v *verdicts
	parts := strings.Split(o.parts, ",")
	if slices.Contains(parts, "load") {
		chosen := slices.DeleteFunc(scenarios(), func(s scenario) bool { return !wanted(o.only, s.key()) })
		against := slices.DeleteFunc(peers(), func(p peer) bool { return p.name != snifterName && !wanted(o.peers, p.name) })
		if servers, err = measureThroughput(ctx, e, p, chosen, against, stderr); err != nil {
			return err
		}
		printThroughput(stdout, servers)
	}
	if slices.Contains(parts, "reload") {
		if all, err = measureReloads(ctx, e, p, stderr); err != nil {
			return err
		}
	}
	if slices.Contains(parts, "verdicts") {
		fmt.Fprintf(stderr, "measuring %d saves to verdicts\n", p.verdicts)
		if v, err = measureVerdicts(ctx, e, p); err != nil {
			return err
		}
	}
	printReloads(stdout, all, v)
	printGoals(stdout, goals(servers, all, v))
	return nil
}

// wanted says whether a name holds one of some words; no word is in all.
func wanted(words, name string) bool {
	for word := range strings.SplitSeq(words, ",") {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// prepare installs and builds all that is run.
func (o *options) prepare(ctx context.Context, scratch string, stderr io.Writer) (*environment, error) {
	e := &environment{scratch: scratch, snifter: o.snifter}
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("the module's folder: %w", err)
	}
	e.root = strings.TrimSpace(string(root))
	if err := writeFiles(scratch); err != nil {
		return nil, err
	}
	fmt.Fprintln(stderr, "installing the peers, once")
	if e.python, err = venv.Ensure(ctx, filepath.Join(scratch, "requirements.txt")); err != nil {
		return nil, err
	}
	if e.snifter != "" {
		e.snifter, err = filepath.Abs(e.snifter)
		return e, err
	}
	e.snifter = filepath.Join(scratch, "snifter")
	build := exec.CommandContext(ctx, "go", "build", "-o", e.snifter, "./cmd/snifter")
	build.Dir, build.Stderr = e.root, stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("go build ./cmd/snifter: %w", err)
	}
	return e, nil
}

// apps is the folder of the applications under load.
func (e *environment) apps() string { return filepath.Join(e.scratch, "apps") }

// writeFiles puts the applications and the list of the peers where they can be used.
func writeFiles(scratch string) error { return os.CopyFS(scratch, files) }

func loadAverage() string {
	text, err := fs.ReadFile(os.DirFS("/proc"), "loadavg")
	if err != nil {
		return "unknown"
	}
	return string(text[:min(len(text), 14)])
}

func addrOf(text string) (netip.AddrPort, error) {
	u, err := url.Parse(text)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.ParseAddrPort(u.Host)
}
