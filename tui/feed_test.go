package tui_test

import (
	"context"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui"
	"github.com/snifter-dev/snifter/tui/internal/fake"
)

func TestMailboxMerges(t *testing.T) {
	b := tui.NewMailbox()
	r := fake.Row(1)
	r.State = recorder.Open
	b.Put(control.Updates{Rows: []recorder.Row{r, fake.Row(2)}})
	r.State = recorder.Done
	first, second := fake.Running(), fake.Failed()
	b.Put(control.Updates{Rows: []recorder.Row{r}, Status: &first, Removed: []uint64{7}})
	b.Put(control.Updates{Status: &second, Output: []control.Line{{Text: "a"}}})
	u, gap := b.Take()
	if len(u.Rows) != 2 || u.Rows[0].State != recorder.Done || u.Status != &second || len(u.Removed) != 1 || len(u.Output) != 1 || gap {
		t.Errorf("%+v, gap %v", u, gap)
	}
	if u, gap := b.Take(); len(u.Rows) > 0 || u.Status != nil || gap {
		t.Errorf("taken twice: %+v", u)
	}
}

func TestMailboxIsBounded(t *testing.T) {
	b := tui.NewMailbox()
	for id := uint64(1); id <= 5*tui.MaxWaitingRows; id += 100 {
		b.Put(control.Updates{Rows: rows(id, id+99), Output: make([]control.Line, 100), Removed: []uint64{id}})
	}
	u, gap := b.Take()
	if len(u.Rows) > tui.MaxWaitingRows || !gap || len(u.Output) > tui.MaxWaitingRows {
		t.Errorf("%d rows, %d lines, gap %v", len(u.Rows), len(u.Output), gap)
	}
}

// TestPump holds that however often something happens, it is carried at most 30 times a second, and all of it.
func TestPump(t *testing.T) {
	b := tui.NewMailbox()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	const last = 3000
	var times []time.Time
	seen := map[uint64]bool{}
	wg.Go(func() {
		b.Pump(ctx, func(msg tea.Msg) {
			times = append(times, time.Now())
			for _, r := range tui.UpdatesOf(msg).Rows {
				seen[r.ID] = true
			}
			if len(seen) == last {
				cancel()
			}
		})
	})
	for id := uint64(1); id <= last; id++ {
		b.Put(control.Updates{Rows: rows(id, id)})
	}
	wg.Wait()
	if len(seen) != last {
		t.Errorf("%d of %d rows were carried", len(seen), last)
	}
	for i := 1; i < len(times); i++ {
		if d := times[i].Sub(times[i-1]); d < 25*time.Millisecond {
			t.Errorf("carried after %v", d)
		}
	}
}
