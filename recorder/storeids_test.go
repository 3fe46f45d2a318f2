package recorder_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/snifter-dev/snifter/recorder"
)

func TestIDsGoOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.db")
	s := openStore(t, path, recorder.StoreOptions{})
	fill(t, s, 3)
	s.NextID() // refused before anything was recorded, say
	if b := s.NextBuild(); b != 1 {
		t.Errorf("the first build is %d", b)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, path, recorder.StoreOptions{})
	if id, b := s.NextID(), s.NextBuild(); id != 5 || b != 2 {
		t.Errorf("after closing, id %d and build %d, want 5 and 2", id, b)
	}
}

// Two snifters with one capture at once.
func TestTwoStores(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "c.db")
	a := openStore(t, path, recorder.StoreOptions{})
	b := openStore(t, path, recorder.StoreOptions{})
	seen := map[uint64]bool{}
	for i := range 4000 {
		s := a
		if i%2 == 1 {
			s = b
		}
		id := s.NextID()
		if seen[id] {
			t.Fatalf("id %d was given out twice", id)
		}
		seen[id] = true
		s.Put(typical(id, 50))
	}
	for _, s := range []*recorder.Store{a, b} {
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	ro, err := recorder.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close()
	if n, err := ro.Count(ctx); n != 4000 || err != nil {
		t.Errorf("%d exchanges, %v, want 4000", n, err)
	}
	if a.Dropped()+b.Dropped() != 0 {
		t.Error("exchanges were dropped")
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestIDsGoOnIntoTheNextBlock(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "c.db"), recorder.StoreOptions{})
	if err := s.Spare(10); err != nil {
		t.Fatal(err)
	}
	for want := uint64(1); want <= 100; want++ {
		if id := s.NextID(); id != want {
			t.Fatalf("id %d, want %d", id, want)
		}
	}
	fill(t, s, 10)
	if id := s.NextID(); id != 111 {
		t.Errorf("id %d, want 111", id)
	}
}
