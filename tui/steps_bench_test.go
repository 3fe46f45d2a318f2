package tui_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

// walk is an exchange of 50 stages, each of which changes the environ, and a body in so many chunks: 200 boundaries and one
// for each of these.
func walk(t testing.TB, chunks int) *driver {
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
	for i := range chunks {
		w.Blocks = append(w.Blocks, recorder.Body{Size: int64(len(block)), Bytes: block})
		w.Moments = append(w.Moments, recorder.Moment{Stage: 50, Boundary: "chunk", Depth: 50, AtMS: 100, Answer: 1, Block: i + 1, Size: int64(len(block))})
	}
	c := fake.New(fake.Running())
	c.Put(x)
	c.SetMoments(w)
	d := drive(t, c, 120, 40, tui.Options{Theme: "dark"})
	d.keys("g", "9")
	d.shows(fmt.Sprintf("0 of %d", 199+chunks))
	return d
}

// step presses a key and waits until the screen shows how things stood there.
func (d *driver) step(key string) time.Duration {
	start := time.Now()
	d.keys(key)
	_ = d.m.View()
	return time.Since(start)
}

// TestStepIsAnswered holds that each of many boundaries can be stepped to, and that a step at the end of a body, what it
// leads to included, takes about as long as one of a shorter body for each time that this goes into it, and not for the
// square of that; BenchmarkStep tells what it takes. What is compared is as long, so that a busy machine interrupts both.
func TestStepIsAnswered(t *testing.T) {
	const times = 8
	short, long := walk(t, 300), walk(t, times*300)
	for range 999 {
		long.keys("right")
	}
	long.shows("999 of 2599")
	short.keys("end")
	long.keys("end")
	several, one := quickest(100, steps(short, times), steps(long, 1))
	t.Logf("%d steps take %v, one in a body of %d times the size %v", times, several, times, one)
	if one > times/2*several {
		t.Errorf("%d steps take %v, one in a body of %d times the size %v", times, several, times, one)
	}
}

// steps does n steps each time, back and forth, and tells what they took.
func steps(d *driver, n int) func() time.Duration {
	done := 0
	return func() (took time.Duration) {
		for range n {
			took += d.step([]string{"left", "right"}[done%2])
			done++
		}
		return took
	}
}

// BenchmarkStep is a step at the end of 1,000 boundaries.
func BenchmarkStep(b *testing.B) {
	d := walk(b, 800)
	d.keys("end")
	step := steps(d, 1)
	for b.Loop() {
		step()
	}
}
