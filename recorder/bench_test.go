package recorder_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

func BenchmarkFold(b *testing.B) {
	events := typical(1, 2000)
	b.ReportAllocs()
	for b.Loop() {
		recorder.Fold(events)
	}
}

func BenchmarkFoldStages(b *testing.B) {
	events := staged(1, 8, 2000)
	b.ReportAllocs()
	for b.Loop() {
		recorder.Fold(events)
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, stages := range []int{0, 1, 6, 20} {
		events := typical(1, 2000)
		if stages > 0 {
			events = staged(1, stages, 2000)
		}
		b.Run(fmt.Sprint(stages, " stages"), func(b *testing.B) {
			b.ReportAllocs()
			var p []byte
			for b.Loop() {
				p = recorder.EncodeEvents(p[:0], events)
			}
			b.ReportMetric(float64(len(p)), "B/exchange")
		})
	}
}

// BenchmarkRecord is the whole way from Emit to the file, for exchanges with a body of 2 KB that cannot be compressed.
func BenchmarkRecord(b *testing.B) {
	for _, c := range []struct {
		name   string
		random bool
		stages int
		limits recorder.Limits
	}{
		{"text", false, 0, recorder.Limits{}}, {"random", true, 0, recorder.Limits{}},
		{"at its limit", true, 0, recorder.Limits{Bytes: 64 << 20}},
		{"of one stage", true, 1, recorder.Limits{}}, {"of 8 stages", true, 8, recorder.Limits{}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := openStore(b, filepath.Join(b.TempDir(), "c.db"), recorder.StoreOptions{Limits: c.limits})
			r := recorder.New(s, recorder.Options{Events: 1 << 20, Bytes: 1 << 30})
			defer r.Close()
			sub := r.Subscribe()
			go func() {
				for {
					if _, err := sub.Next(context.Background()); err != nil {
						return
					}
				}
			}()
			events := typical(1, 2000)
			if c.stages > 0 {
				events = staged(1, c.stages, 2000)
			}
			if c.random {
				events = with(events, func(d *event.Data) { d.Bytes = noise(2000) })
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				id := r.NextID()
				mine := append([]event.Event(nil), events...)
				for i := range mine {
					mine[i].Exchange = id
				}
				r.Emit(mine...)
				if n++; n%8192 == 0 {
					if err := r.Flush(context.Background()); err != nil {
						b.Fatal(err)
					}
				}
			}
			if err := r.Flush(context.Background()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "exchanges/s")
			b.ReportMetric(float64(r.Counts().Dropped), "dropped")
			if st, err := os.Stat(s.Path()); err == nil {
				b.ReportMetric(float64(st.Size())/(1<<20), "MB-file")
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.Sys)/(1<<20), "MB")
		})
	}
}

func noise(n int) []byte {
	p := make([]byte, n)
	x := uint64(88172645463325252)
	for i := range p {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		p[i] = byte(x)
	}
	return p
}

// BenchmarkMillion opens a capture of 1,000,000 exchanges, lists it, and looks for what is rare in it.
func BenchmarkMillion(b *testing.B) {
	const n = 1_000_000
	ctx := context.Background()
	path := filepath.Join(b.TempDir(), "c.db")
	s := openStore(b, path, recorder.StoreOptions{})
	events := typical(1, 500)
	began := time.Now()
	for i := range n {
		mine := append([]event.Event(nil), events...)
		if i%100_000 == 7 {
			mine = withStatus(typical(1, 0), "500 Oops")
		}
		id := s.NextID()
		for i := range mine {
			mine[i].Exchange = id
		}
		s.Put(mine)
		if i%8192 == 0 {
			if err := s.Flush(ctx); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	b.Logf("built in %v", time.Since(began))
	b.Run("open and list 500", func(b *testing.B) {
		for b.Loop() {
			s, err := recorder.OpenReadOnly(path)
			if err != nil {
				b.Fatal(err)
			}
			page, err := s.Rows(ctx, recorder.Query{})
			if err != nil || len(page.Rows) != 500 {
				b.Fatal(len(page.Rows), err)
			}
			if count, err := s.Count(ctx); err != nil || count != n {
				b.Fatal(count, err)
			}
			_ = s.Close()
		}
	})
	b.Run("open for recording", func(b *testing.B) {
		for b.Loop() {
			s, err := recorder.OpenStore(path, recorder.StoreOptions{})
			if err != nil {
				b.Fatal(err)
			}
			_ = s.Close()
		}
	})
	for _, filter := range []string{"~c 5xx", "~marked", "nowhere", "~u no.*where"} {
		b.Run("filter "+filter, func(b *testing.B) {
			s, err := recorder.OpenReadOnly(path)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			f, err := recorder.ParseFilter(filter)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := s.Rows(ctx, recorder.Query{Filter: f}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
