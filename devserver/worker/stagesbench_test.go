package worker

import (
	"fmt"
	"testing"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
)

// chainEvents are what a worker tells of a request through so many middlewares, of which each sets a key and a header.
func chainEvents(middlewares int) []byte {
	at := int64(47_125_056_389_436)
	var events marshal.List
	add := func(kind, stage int, more ...any) {
		at += 7000
		events = append(events, append(marshal.Tuple{int64(kind), int64(stage), at}, more...))
	}
	leaf := middlewares + 1
	for i := 1; i <= middlewares; i++ {
		add(68, i+1, int64(i), int64(1), fmt.Sprintf("chain.m%d", i), int64(1))
	}
	add(3, leaf, "200 OK", marshal.List{marshal.Tuple{"Content-Type", "text/plain"}, marshal.Tuple{"Content-Length", "5"}}, false)
	for i := middlewares; i > 1; i-- {
		add(67, i, "200 OK", marshal.List{marshal.Tuple{fmt.Sprintf("X-M%d", i), "1"}})
	}
	add(64, leaf, nil, int64(-1), int64(89_000), int64(78_000))
	add(5, leaf, int64(5), nil, int64(0), int64(0))
	for i := middlewares; i > 1; i-- {
		add(64, i, nil, int64(leaf), int64(100_000), int64(-20_000))
	}
	add(71, 1, int64(246_000), int64(-15_000), int64(leaf))
	return marshal.Append(nil, events)
}

// BenchmarkStageEvents reads what is told of a request's way through stages.
func BenchmarkStageEvents(b *testing.B) {
	for _, middlewares := range []int{1, 5, 20} {
		b.Run(fmt.Sprint(middlewares, " middlewares"), func(b *testing.B) {
			p := chainEvents(middlewares)
			w := &Worker{}
			w.stages.byID = map[uint32]*event.StageInfo{1: {Name: "chain.M"}}
			l := lane{w: w}
			events := 0
			b.ReportAllocs()
			for b.Loop() {
				o := open{}
				events = len(l.stageEvents(&o, p))
			}
			if w.stages.lost {
				b.Fatal("it can't be read")
			}
			b.ReportMetric(float64(events), "events")
		})
	}
}
