package tui_test

import (
	"slices"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

// BenchmarkKeyUnderLoad is the time from a key to the screen that shows its effect, while 5,000 exchanges a second
// come in: a batch of 167 rows thirty times a second, here one before every key, on a list as full as it gets.
func BenchmarkKeyUnderLoad(b *testing.B) {
	c := fake.New(fake.Running())
	c.Many = 1_000_000
	d := drive(b, c, 200, 60, tui.Options{Theme: "dark"})
	id := uint64(1_000_000)
	for range 120 { // fill the list
		d.send(tui.News(control.Updates{Rows: rows(id+1, id+167)}))
		id += 167
	}
	keys := []string{"up", "up", "down", "G", "pgup", "f"}
	var took []time.Duration
	i := 0
	for b.Loop() {
		d.send(tui.News(control.Updates{Rows: rows(id+1, id+167)}))
		id += 167
		start := time.Now()
		_, cmd := d.m.Update(keyMsg(keys[i%len(keys)]))
		_ = d.m.View()
		took = append(took, time.Since(start))
		d.run(cmd)
		i++
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/key-p50")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs/key-p99")
	if worst := took[len(took)-1]; worst > 16*time.Millisecond {
		b.Logf("the slowest key took %v", worst)
	}
}

// BenchmarkBatch is what a thirtieth of a second at 5,000 exchanges a second costs, drawing included.
func BenchmarkBatch(b *testing.B) {
	c := fake.New(fake.Running())
	d := drive(b, c, 200, 60, tui.Options{Theme: "dark"})
	id := uint64(0)
	for b.Loop() {
		_, _ = d.m.Update(tui.News(control.Updates{Rows: rows(id+1, id+167)}))
		_ = d.m.View()
		id += 167
	}
}

// BenchmarkView draws a full screen.
func BenchmarkView(b *testing.B) {
	c := fake.New(fake.Running())
	c.Many = 1_000_000
	d := drive(b, c, 200, 60, tui.Options{Theme: "dark"})
	for b.Loop() {
		_ = d.m.View()
	}
}

// TestKeyIsAnsweredUnderLoad holds that a key does not cost more with each row of a list: one as full as it gets is held
// against one of a few screens, each with a batch before every key. What it takes is for BenchmarkKeyUnderLoad to tell: a
// busy machine knows no bound.
func TestKeyIsAnsweredUnderLoad(t *testing.T) {
	open := func(n int) func() time.Duration {
		c := fake.New(fake.Running())
		c.Many = n
		d := drive(t, c, 200, 60, tui.Options{Theme: "dark"})
		for to := n; to > max(0, n-20_000); to -= 167 {
			d.send(tui.News(control.Updates{Rows: rows(uint64(max(1, to-166)), uint64(to))}))
		}
		return func() time.Duration {
			d.send(tui.News(control.Updates{Rows: rows(uint64(n-166), uint64(n))}))
			d.keys("f")
			start := time.Now()
			_, cmd := d.m.Update(keyMsg("up"))
			_ = d.m.View()
			took := time.Since(start)
			d.run(cmd)
			return took
		}
	}
	few, many := quickest(150, open(300), open(1_000_000))
	t.Logf("%v, among many %v", few, many)
	if many > 20*few { // it has 66 times the rows
		t.Errorf("a key takes %v on a full list, and %v on a short one", many, few)
	}
}

// quickest does two things in turn and returns the least time of each, which hardly depends on what else a machine does.
func quickest(n int, first, second func() time.Duration) (least1, least2 time.Duration) {
	least1, least2 = first(), second()
	for range n {
		least1, least2 = min(least1, first()), min(least2, second())
	}
	return least1, least2
}
