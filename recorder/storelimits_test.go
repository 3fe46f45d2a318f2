package recorder_test

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/recorder"
)

func TestLimits(t *testing.T) {
	ctx := context.Background()
	now := epoch.Add(time.Hour)
	for name, c := range map[string]struct {
		limits recorder.Limits
		want   func(count int) bool
	}{
		"count": {recorder.Limits{Count: 100}, func(n int) bool { return n == 100 }},
		"age":   {recorder.Limits{Age: time.Hour - 1500*time.Millisecond}, func(n int) bool { return n == 502 }},
		"size":  {recorder.Limits{Bytes: 1 << 20}, func(n int) bool { return n < 1000 }},
	} {
		path := filepath.Join(t.TempDir(), "c.db")
		s := openStore(t, path, recorder.StoreOptions{})
		blob := make([]byte, 3000)
		_, _ = rand.Read(blob)
		for range 2000 {
			s.Put(with(typical(s.NextID(), 0), func(d *event.Data) { d.Bytes, d.Size = blob, len(blob) }))
		}
		if err := s.Mark(ctx, []uint64{2}, true); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		s = openStore(t, path, recorder.StoreOptions{Limits: c.limits, Now: func() time.Time { return now }})
		await(t, name, func() bool { n, _ := s.Count(ctx); return c.want(n) })
		if _, err := s.Exchange(ctx, 2); err != nil {
			t.Errorf("%s: the marked exchange is gone: %v", name, err)
		}
		if _, err := s.Exchange(ctx, 1); !errors.Is(err, recorder.ErrNoExchange) {
			t.Errorf("%s: the oldest is still there: %v", name, err)
		}
		if _, err := s.Exchange(ctx, 2000); err != nil {
			t.Errorf("%s: the newest is gone: %v", name, err)
		}
		if name == "size" {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if after, err := os.Stat(path); err != nil || after.Size() > 8<<20 && after.Size() >= before.Size() {
				t.Errorf("the file has %d bytes, and had %d", after.Size(), before.Size())
			}
		}
	}
}

func TestMarkedStayWhateverTheLimit(t *testing.T) {
	ctx := context.Background()
	s := openStore(t, filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{Limits: recorder.Limits{Count: 2}})
	marked := []uint64{1, 2, 3, 4, 5}
	for range 2 {
		for range 5 {
			s.Put(typical(s.NextID(), 10))
		}
		if err := s.Mark(ctx, marked, true); err != nil {
			t.Fatal(err)
		}
		s.Put(typical(s.NextID(), 10))
		await(t, "what is not marked goes", func() bool { n, err := s.Count(ctx); return err == nil && n == 5 })
		if err := s.Mark(ctx, marked[:1], true); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Count(ctx); n != 5 || err != nil {
			t.Errorf("%d are left, %v, want 5", n, err)
		}
		page, err := s.Rows(ctx, recorder.Query{Oldest: true})
		if err != nil || len(page.Rows) != 5 {
			t.Errorf("%d are listed, %v, want 5", len(page.Rows), err)
		}
	}
}

// patience bounds each wait. It is long, since a machine may be busy; nothing waits that long but what fails.
const patience = 3 * time.Minute

// await waits for a condition.
func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func TestFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		s := openStore(t, filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
		fill(t, s, 10)
		if err := s.LimitPages(-1); err != nil {
			t.Fatal(err)
		}
		for range 200 {
			s.Put(typical(s.NextID(), 2000))
		}
		await(t, "the trouble is told", func() bool { return s.Trouble() != nil })
		if tr := s.Trouble(); !errors.Is(tr, recorder.ErrFull) || tr.Hint == "" {
			t.Errorf("the trouble is %v", tr)
		}
		start := time.Now()
		if err := s.Flush(ctx); !errors.Is(err, recorder.ErrFull) {
			t.Errorf("flush says %v", err)
		}
		if took := time.Since(start); took > 0 {
			t.Errorf("flush waited %v until the disk was tried again", took)
		}
		if x, err := s.Exchange(ctx, 150); err != nil || x.ID != 150 {
			t.Errorf("what waits to be written is not found: %v", err)
		}
		// Far more than is kept comes in: it neither blocks nor grows without bound.
		big := typical(1<<40, 1<<20)
		_, _ = rand.Read(big[2].Payload.(*event.Data).Bytes) // which cannot be compressed
		for i := range 100 {
			for j := range big {
				big[j].Exchange = 1<<40 + uint64(i)
			}
			s.Put(big)
		}
		if s.Dropped() == 0 {
			t.Error("nothing was dropped of more than is kept")
		}
		if err := s.FreeSpace(); err != nil {
			t.Fatal(err)
		}
		await(t, "recording resumed", func() bool { return s.Trouble() == nil })
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		page, err := s.Rows(ctx, recorder.Query{Before: 211, Limit: 300})
		if err != nil || len(page.Rows) != 210 {
			t.Errorf("%d of the first 210 are there, %v", len(page.Rows), err)
		}
	})
}
