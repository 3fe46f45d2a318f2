package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"time"

	"github.com/snifter-dev/snifter/devserver/wire"
)

// Spec says what a worker is started from.
type Spec struct {
	// Argv is the program of a Go worker and its arguments.
	Argv []string
	Dir  string
	// Env is the whole environment, as os.Environ gives it.
	Env     []string
	Threads int // requests at once; 0 is 8
	// NoStages has the worker tell nothing of the stages within its application.
	NoStages bool
	// StartTimeout is how long the worker has to become ready; 0 is 60 seconds.
	StartTimeout time.Duration
	Output       Output // nil discards
	// Modules is told the source files that a worker loads once it is ready; it must not block. May be nil.
	Modules func(files []string)
	// Compiled is told a source file that a worker compiles once it is ready, and what it compiled where that was written
	// since, nil otherwise; it must not block. A file of a module is told to Modules, too. May be nil.
	Compiled func(file string, source []byte)
}

const (
	defaultThreads = 8
	defaultTimeout = time.Minute
)

// link is the two streams to a worker.
type link struct{ frames, nudge net.Conn }

func (l link) close() {
	for _, c := range []net.Conn{l.frames, l.nudge} {
		if c != nil {
			_ = c.Close()
		}
	}
}

// Start starts a Go worker and waits until it is ready. An application that can't be loaded is a *LoadError.
func Start(ctx context.Context, spec Spec) (*Worker, error) {
	if len(spec.Argv) == 0 {
		return nil, errors.New("a worker without a command")
	}
	spec.fill()
	return start(ctx, spec, nil)
}

func (s *Spec) fill() {
	if s.Threads <= 0 {
		s.Threads = defaultThreads
	}
	if s.StartTimeout <= 0 {
		s.StartTimeout = defaultTimeout
	}
}

// start starts a process of its own and connects it.
func start(ctx context.Context, spec Spec, plan []byte) (*Worker, error) {
	cmd := exec.Command(spec.Argv[0], spec.Argv[1:]...)
	cmd.Dir = spec.Dir
	cmd.Env = append(spec.Env[:len(spec.Env):len(spec.Env)], "SNIFTER_THREADS="+strconv.Itoa(spec.Threads))
	stages := "1"
	if spec.NoStages {
		stages = "0"
	}
	cmd.Env = append(cmd.Env, "SNIFTER_STAGES="+stages)
	p := &printed{output: spec.Output}
	stdout, err := p.read("stdout")
	if err != nil {
		return nil, fmt.Errorf("start a worker: %w", err)
	}
	stderr, err := p.read("stderr")
	if err != nil {
		_ = stdout.Close()
		p.close()
		return nil, fmt.Errorf("start a worker: %w", err)
	}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	l, c, err := dial(cmd)
	_, _ = stdout.Close(), stderr.Close() // the child has its own
	if err != nil {
		p.close()
		return nil, fmt.Errorf("start a worker: %w", err)
	}
	return connect(ctx, spec, plan, l, c, p)
}

// connect makes a worker of a process and its streams, and waits until it is ready.
func connect(ctx context.Context, spec Spec, plan []byte, l link, proc process, p *printed) (*Worker, error) {
	w := &Worker{
		threads: spec.Threads, process: proc, open: map[uint32]*open{}, done: make(chan struct{}),
		out: newOutbox(l.frames), modules: spec.Modules, compiled: spec.Compiled, output: spec.Output,
	}
	w.nudge = newNudger(w, l.nudge)
	if plan != nil {
		w.out.lock()
		w.out.buf = wire.AppendFrame(w.out.buf, wire.Frame{Kind: wire.Load, Payload: plan})
		w.out.unlockAndFlush()
	}
	go func() {
		// A child of the process may hold its socket open; what the process itself sent is read soon.
		<-proc.exited()
		_ = l.frames.SetReadDeadline(time.Now().Add(endPatience / 10))
	}()
	arrival := &stamped{r: l.frames}
	frames := wire.NewReader(arrival)
	ready := make(chan error, 1)
	go func() { ready <- w.awaitReady(frames, arrival) }()
	timeout := time.NewTimer(spec.StartTimeout)
	defer timeout.Stop()
	var err error
	select {
	case err = <-ready:
	case <-ctx.Done():
		err = ctx.Err()
	case <-timeout.C:
		err = fmt.Errorf("the application was not loaded within %v", spec.StartTimeout)
	}
	if err == nil {
		go w.run(frames, arrival, l, p)
		return w, nil
	}
	var load *LoadError
	// One that could not load ends by itself, having said why.
	if !errors.As(err, &load) && !ended(err) || !within(proc.exited(), time.Second) {
		proc.kill()
	}
	<-proc.exited()
	l.close()
	w.out.close()
	p.close()
	if ended(err) {
		err = fmt.Errorf("the worker %s before it was ready", proc.state())
		if last := p.last(); last != "" {
			err = fmt.Errorf("%w: %s", err, last)
		}
	}
	return nil, err
}

// ended says whether an error of reading means that the other side is gone.
func ended(err error) bool {
	var op *net.OpError // a reset, or the deadline that is set when the process has ended
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op)
}

func within(c <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-c:
		return true
	case <-t.C:
		return false
	}
}

// awaitReady reads until the worker says that it is ready, or why not.
func (w *Worker) awaitReady(frames *wire.Reader, arrival *stamped) error {
	for {
		f, err := frames.Next()
		if err != nil {
			return err
		}
		w.clock.learn(f.Time, arrival.at)
		switch f.Kind {
		case wire.StageNamed:
			w.nameStage(f)
		case wire.ReadyKind:
			w.ready, err = wire.DecodeReady(f.Payload)
			return err
		case wire.Failed:
			raised, err := wire.DecodeRaised(f.Payload)
			if err != nil {
				return err
			}
			return &LoadError{asRaised(raised)}
		}
	}
}

// endPatience is how long a process that has closed its socket may take to end.
const endPatience = 2 * time.Second

// run reads until the worker's end, and then tells everybody.
func (w *Worker) run(frames *wire.Reader, arrival *stamped, l link, p *printed) {
	err := w.read(frames, arrival)
	broke := errors.Is(err, wire.ErrFrame)
	if broke || !within(w.process.exited(), endPatience) {
		w.process.kill()
	}
	<-w.process.exited()
	w.mu.Lock()
	w.ended = true
	w.nudge.stop()
	if w.patience != nil {
		w.patience.Stop()
	}
	left := make([]Receiver, 0, len(w.open))
	for _, o := range w.open {
		left = append(left, o.receiver)
	}
	clear(w.open)
	w.mu.Unlock()
	l.close()
	w.out.close()
	p.close()
	w.exit = w.process.state()
	if broke {
		w.exit = "was ended, since it broke the protocol: " + err.Error()
	}
	for _, r := range left {
		r.Died(w.exit)
	}
	close(w.done)
}
