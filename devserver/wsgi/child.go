package wsgi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/snifter-dev/snifter/devserver/wire"
)

// child is the worker's side of package wire: a goroutine reads frames, up to threads goroutines run the application,
// and the sender puts what they answer together.
type child struct {
	app     Application
	threads int
	out     sender

	mu      sync.Mutex
	work    sync.Cond
	queue   []*exchange // not yet in the application
	open    map[uint32]*exchange
	running int // goroutines that run the application, or wait for work
	idle    int
	ending  bool // no more requests come
	empty   chan struct{}

	childStages
}

// ServeConn speaks to snifter over a connection until that ends, or snifter says to stop and every request is answered.
// Then it closes the connection. Serve does the same for a process that snifter started.
func ServeConn(conn io.ReadWriteCloser, app Application, opts ...Option) error {
	o := newOptions(opts)
	if o.threads <= 0 {
		o.threads = defaultThreads
	}
	c := &child{app: app, threads: o.threads, open: map[uint32]*exchange{}, empty: make(chan struct{})}
	c.out.init(conn)
	c.work.L = &c.mu
	c.childStages.init(app, o.blind)
	if !o.blind {
		tracers.Add(1)
		defer tracers.Add(-1)
	}

	stop := make(chan struct{})
	var owned sync.WaitGroup
	owned.Go(func() { c.out.run(stop) })
	closed := sync.OnceFunc(func() { _ = conn.Close() })
	owned.Go(func() {
		select {
		case <-o.ctx.Done():
			closed()
		case <-c.empty: // everything is answered after a Stop
			c.out.drain()
			closed()
		case <-stop:
		}
	})
	c.out.mu.Lock()
	ready := c.ready(o)
	if !o.blind {
		ready.Root = int64(c.nameAll())
	}
	c.out.frame(wire.Frame{Kind: wire.ReadyKind}, func(b []byte) []byte { return wire.AppendReady(b, ready) })
	c.out.flush()
	err := c.read(conn)
	if o.ending != nil {
		o.ending()
	}
	stopped := c.abandon()
	closed()
	select {
	case <-c.empty:
	case <-time.After(abandonTime):
	}
	close(stop)
	owned.Wait()
	if stopped || errors.Is(err, io.EOF) || o.ctx.Err() != nil {
		return nil
	}
	return err
}

// abandonTime is how long requests may take to notice that the server is gone: a worker that has lost its server ends
// within a second.
const abandonTime = 500 * time.Millisecond

func (c *child) ready(o *options) wire.Ready {
	r := wire.Ready{
		Language: "go", Version: runtime.Version(), App: o.name, AppType: c.root.info.Name, PID: int64(os.Getpid()),
		Objects: map[string]string{
			"wsgi.input": "<wsgi.Input>", "wsgi.errors": "<wsgi.Errors>", "wsgi.file_wrapper": "<wsgi.FileWrapper>",
			ContextKey: "<context.Context>",
		},
	}
	r.Interpreter, _ = os.Executable()
	if info, ok := debug.ReadBuildInfo(); ok && r.App == "" {
		r.App = info.Path
	}
	if r.App == "" {
		r.App = r.AppType
	}
	stages := c.stages()
	if len(stages) == 1 && ask(c.app).tap == nil {
		r.StageNotes = []string{"the application was not built by wsgi.NewStack or NewHTTPStack: its middlewares can't be told apart"}
	}
	for i, s := range stages {
		// Each lies within the one before.
		r.Stages = append(r.Stages, wire.Stage{
			Index: int64(s.Index), Within: int64(i), Name: s.Name, Kind: "wsgi", File: s.File, Line: int64(s.Line),
		})
	}
	return r
}

// read handles frames until the connection ends.
func (c *child) read(r io.Reader) error {
	in := wire.NewReader(r)
	for {
		f, err := in.Next()
		if err != nil {
			return err
		}
		if err := c.handle(f); err != nil {
			return err
		}
	}
}

func (c *child) handle(f wire.Frame) error {
	switch f.Kind {
	case wire.Request:
		return c.begin(f)
	case wire.Stop:
		c.drain()
		return nil
	case wire.Stops, wire.Resume, wire.Surgery, wire.Stay:
		return c.handleStages(f)
	}
	c.mu.Lock()
	x := c.open[f.Request]
	c.mu.Unlock()
	if x == nil {
		return nil // it has ended meanwhile
	}
	switch f.Kind {
	case wire.Body:
		x.body.arrived(bytes.Clone(f.Payload), f.Flags&wire.FlagEnd != 0)
	case wire.BodyError:
		x.body.broken(text(f.Payload))
	case wire.Credit:
		n, err := decodeCount(f.Payload)
		if err != nil {
			return err
		}
		x.credit(n)
	case wire.Gone:
		x.leave()
	}
	return nil
}

func (c *child) begin(f wire.Frame) error {
	environ, body, err := decodeRequest(f.Payload)
	if err != nil {
		return fmt.Errorf("request %d: %w", f.Request, err)
	}
	x := &exchange{c: c, id: f.Request, environ: environ, window: wire.DataWindow}
	x.room.L = &x.mu
	x.body.c, x.body.id = c, f.Request
	x.body.more.L = &x.body.mu
	if f.Flags&wire.FlagEnd != 0 {
		x.body.err = io.EOF
	}
	if len(body) > 0 {
		x.body.queue = [][]byte{bytes.Clone(body)}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	x.surgery = c.surgeries[x.id]
	delete(c.surgeries, x.id)
	if c.ending {
		return nil // the server said so itself
	}
	c.open[x.id] = x
	c.soon()
	c.queue = append(c.queue, x)
	// One that was woken counts as idle until it has taken what it was woken for, and that is in the queue as well.
	if c.idle >= len(c.queue) {
		c.work.Signal()
	} else if c.running < c.threads {
		c.running++
		go c.serve()
	}
	return nil
}

// serve runs requests, one after the other, until there will be no more.
func (c *child) serve() {
	// The application may end the goroutine (runtime.Goexit); then another takes its place.
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.queue) > 0 && c.running <= c.threads {
			go c.serve()
			return
		}
		c.running--
	}()
	for x := c.next(); x != nil; x = c.next() {
		x.serve()
	}
}

func (c *child) next() *exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running > c.threads {
		return nil // one that was stopped has its place back
	}
	for len(c.queue) == 0 {
		if c.ending {
			return nil
		}
		c.idle++
		c.work.Wait()
		c.idle--
	}
	x := c.queue[0]
	c.queue[0] = nil
	c.queue = c.queue[1:]
	return x
}

func (x *exchange) serve() {
	if x.left() {
		x.errs = NewErrors(io.Discard)
		x.end(false) // nobody waits for the answer
		return
	}
	x.entered, x.method = now(), x.environ.Method()
	x.errs = NewErrors(x)
	r := &response{transport: x, method: x.method, current: head{length: -1}}
	app, err := x.prepare()
	if err != nil {
		x.refuse(err)
		return
	}
	if x.trace != nil {
		x.environ["wsgi.input"] = newTracedInput(x.unread(), x.trace)
	} else {
		x.environ["wsgi.input"] = Input(&input{src: &x.body})
	}
	x.environ["wsgi.errors"] = x.errs
	x.environ["wsgi.file_wrapper"] = FileWrapper(r.fileWrapper)
	x.environ[ContextKey] = &x.ctx
	r.run(app, x.environ)
}

// forget takes a request that has ended off the list.
func (c *child) forget(x *exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, x.id)
	if c.ending && len(c.open) == 0 {
		close(c.empty)
	}
}

// drain takes no more requests.
func (c *child) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending {
		return
	}
	c.ending = true
	c.work.Broadcast()
	if len(c.open) == 0 {
		close(c.empty)
	}
}

// abandon tells every request that its client is gone, since the server is. It says whether all was over anyway.
func (c *child) abandon() (stopped bool) {
	c.mu.Lock()
	stopped = c.ending && len(c.open) == 0
	open := slices.Collect(maps.Values(c.open))
	c.mu.Unlock()
	for _, x := range open {
		x.leave()
	}
	c.drain()
	return stopped
}
