package main

import (
	"cmp"
	"slices"
	"time"
)

// round is what one server did under load for a while.
type round struct {
	took      time.Duration
	latencies []time.Duration // of the requests that were answered
	starved   int             // connections that were never answered
}

func (r round) perSecond() float64 { return float64(len(r.latencies)) / r.took.Seconds() }

// quantile gives the latency that a share q of the requests did not exceed.
func (r round) quantile(q float64) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	sorted := slices.Clone(r.latencies)
	slices.Sort(sorted)
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// median gives the middle one, or the mean of the two in the middle.
func median[T cmp.Ordered](values []T, mean func(a, b T) T) T {
	var zero T
	if len(values) == 0 {
		return zero
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	if n := len(sorted); n%2 == 0 {
		return mean(sorted[n/2-1], sorted[n/2])
	}
	return sorted[len(sorted)/2]
}

func medianFloat(values []float64) float64 {
	return median(values, func(a, b float64) float64 { return (a + b) / 2 })
}

func medianTime(values []time.Duration) time.Duration {
	return median(values, func(a, b time.Duration) time.Duration { return (a + b) / 2 })
}
