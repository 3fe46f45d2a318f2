package wsgi_test

import (
	"testing"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// nested is an application within so many middlewares, and the same without a stack.
func nested(stages int) (stacked, bare wsgi.Application) {
	middlewares := make([]wsgi.Middleware, stages)
	bare = hello
	for i := range middlewares {
		middlewares[i] = tagged("t")
		if i%2 == 1 {
			middlewares[i] = upper
		}
	}
	for i := len(middlewares) - 1; i >= 0; i-- {
		bare = middlewares[i](bare)
	}
	return wsgi.NewStack(hello, middlewares...).Application(), bare
}

// BenchmarkStages tells what a stage costs a request: told of, not told of, and in a program that serves by itself.
func BenchmarkStages(b *testing.B) {
	const stages, n, inFlight = 5, 20_000, 32
	stacked, bare := nested(stages)
	var on, off, without float64
	for b.Loop() {
		on += 1e6 / overWire(b, stacked, n, inFlight)
		off += 1e6 / overWire(b, stacked, n, inFlight, wsgi.Blind)
		without += 1e6 / overWire(b, bare, n, inFlight, wsgi.Blind)
	}
	runs := float64(b.N)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric((on-without)/stages/runs, "us/stage-on")
	b.ReportMetric((off-without)/stages/runs, "us/stage-off")
	b.ReportMetric(on/runs, "us/request-on")
	b.ReportMetric(without/runs, "us/request-without")
}

// BenchmarkCalledStages is the cost in one goroutine, without the wire.
func BenchmarkCalledStages(b *testing.B) {
	stacked, bare := nested(5)
	call := func(app wsgi.Application) func(b *testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			start := func(string, wsgi.Headers, error) wsgi.Write { return nil }
			for b.Loop() {
				for range app(wsgi.Environ{}, start) {
					continue
				}
			}
		}
	}
	b.Run("stack", call(stacked))
	b.Run("calls", call(bare))
}

// BenchmarkLoneApplication compares an application that is no stack, where there is nothing to tell of, told and not told.
func BenchmarkLoneApplication(b *testing.B) {
	const n, inFlight = 50_000, 32
	var on, off float64
	for b.Loop() {
		on += 1e6 / overWire(b, hello, n, inFlight)
		off += 1e6 / overWire(b, hello, n, inFlight, wsgi.Blind)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(on/float64(b.N), "us/request-on")
	b.ReportMetric(off/float64(b.N), "us/request-off")
}
