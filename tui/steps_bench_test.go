package tui_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

// longWalk is an exchange of 1,000 boundaries: 50 stages, each of which changes the environ, and a body in 800 chunks.
func longWalk(t testing.TB) *driver {
	x := fake.Plain(1)
	w := &recorder.Walk{ID: 1, Environ: x.Environ, Answers: []recorder.Answer{{Stage: 50, Status: "200 OK", Headers: x.Response.Headers}}}
	x.Stages = []recorder.Stage{{Name: "server", Kind: "server"}}
	for i := 1; i <= 50; i++ {
		x.Stages = append(x.Stages, recorder.Stage{Index: i, Within: i - 1, Name: fmt.Sprintf("app.Layer%d", i), Kind: "wsgi", EnterMS: float64(i), ExitMS: float64(200 - i)})
		c := recorder.EnvironChanges{Added: map[string]any{fmt.Sprintf("layer.%d", i): "on"}}
		w.Environs = append(w.Environs, recorder.EnvironVersion{At: len(w.Moments), Changes: c})
		for _, boundary := range []string{"enter", "input", "start_response", "exit"} {
			w.Moments = append(w.Moments, recorder.Moment{Stage: i, Boundary: boundary, Depth: i, AtMS: float64(i), Answer: 1, Changes: recorder.Changes{Environ: c}})
		}
	}
	block := []byte("<p>" + fmt.Sprintf("%01000d", 7) + "</p>\n")
	for i := range 800 {
		w.Blocks = append(w.Blocks, recorder.Body{Size: int64(len(block)), Bytes: block})
		w.Moments = append(w.Moments, recorder.Moment{Stage: 50, Boundary: "chunk", Depth: 50, AtMS: 100, Answer: 1, Block: i + 1, Size: int64(len(block))})
	}
	c := fake.New(fake.Running())
	c.Put(x)
	c.SetMoments(w)
	d := drive(t, c, 120, 40, tui.Options{Theme: "dark"})
	d.keys("g", "9")
	d.shows("1 of 1000")
	return d
}

// step presses a key and waits until the screen shows how things stood there.
func (d *driver) step(key string) time.Duration {
	start := time.Now()
	d.keys(key)
	_ = d.m.View()
	return time.Since(start)
}

// TestStepIsAnswered holds that a step among 1,000 boundaries is drawn within 16 ms, what it led to included; the median,
// for the sake of a slow machine.
func TestStepIsAnswered(t *testing.T) {
	d := longWalk(t)
	var took []time.Duration
	for range 999 {
		took = append(took, d.step("right"))
	}
	d.shows("1000 of 1000")
	for range 100 {
		took = append(took, d.step("left"))
	}
	slices.Sort(took)
	t.Logf("median %v, slowest %v", took[len(took)/2], took[len(took)-1])
	if median := took[len(took)/2]; median > 16*time.Millisecond {
		t.Errorf("the median step took %v", median)
	}
}

// BenchmarkStep is a step at the end of 1,000 boundaries.
func BenchmarkStep(b *testing.B) {
	d := longWalk(b)
	d.keys("end")
	for i := 0; b.Loop(); i++ {
		d.step([]string{"left", "right"}[i%2])
	}
}
