package worker_test

import (
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/devserver/wire"
	"github.com/snifter-dev/snifter/devserver/worker"
)

// ender is a receiver that waits for the end alone.
type ender struct{ done chan struct{} }

func (e *ender) Started(_, _ time.Time, _ wire.ResponseHead) {}
func (e *ender) Head(h worker.Head) {
	if h.End && !h.Ahead {
		e.done <- struct{}{}
	}
}
func (e *ender) Block(b worker.Block) {
	if b.End {
		e.done <- struct{}{}
	}
}
func (e *ender) Whole()                                     {}
func (e *ender) End(bool)                                   { e.done <- struct{}{} }
func (e *ender) Read(int, bool)                             {}
func (e *ender) Errors(time.Time, string)                   {}
func (e *ender) Output(time.Time, string, string)           {}
func (e *ender) Exception(time.Time, uint16, *event.Raised) {}
func (e *ender) Lint(time.Time, uint16, *event.Finding)     {}
func (e *ender) StageEvents([]worker.StageEvent, bool)      {}
func (e *ender) Parked(time.Time, *stepping.State)          {}
func (e *ender) Closed(time.Time)                           {}
func (e *ender) Died(string)                                { e.done <- struct{}{} }

func bench(b *testing.B, source string, inFlight int) {
	w := startApp(b, source)
	env := environ()
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for i := range inFlight {
		n := b.N / inFlight
		if i < b.N%inFlight {
			n++
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			e := &ender{make(chan struct{}, 1)}
			for range n {
				if _, ok := w.Send(&worker.Request{Environ: env, End: true, Receiver: e}); !ok {
					b.Error("the worker took no request")
					return
				}
				<-e.done
			}
		}()
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

const helloApp = `
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"Hello, world!"]
`

const hundredApp = `
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    for i in range(100):
        yield b"a block of a response\n"
`

func BenchmarkHello1(b *testing.B)          { bench(b, helloApp, 1) }
func BenchmarkHello32(b *testing.B)         { bench(b, helloApp, 32) }
func BenchmarkHundredBlocks32(b *testing.B) { bench(b, hundredApp, 32) }
