package python

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSweep: what nobody has used for a month is removed, and what is used is not, however old.
func TestSweep(t *testing.T) {
	parent, now := t.TempDir(), time.Now()
	const old, fresh = bridgeAge + time.Hour, bridgeAge - time.Hour
	folders := map[string]struct {
		age   time.Duration
		marks bool // has a file that says when it was used
		kept  bool
	}{
		"bridge-mine":      {age: old, marks: true, kept: true},
		"bridge-held":      {age: old, marks: true, kept: true},
		"bridge-old":       {age: old, marks: true},
		"bridge-unmarked":  {age: old},
		"bridge-fresh":     {age: fresh, marks: true, kept: true},
		"bridge-written":   {age: fresh, kept: true},
		"unpacking-1":      {age: leftoverAge + time.Hour},
		"unpacking-2":      {age: leftoverAge - time.Hour, kept: true},
		"removing-bridge-": {age: leftoverAge + time.Hour},
		"other":            {age: old, kept: true},
	}
	var want []string
	for name, f := range folders {
		dir := filepath.Join(parent, name)
		if err := os.MkdirAll(filepath.Join(dir, "_snifter"), 0o700); err != nil {
			t.Fatal(err)
		}
		if f.marks {
			if err := os.WriteFile(filepath.Join(dir, inUse), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if f.kept {
			want = append(want, name)
		}
	}
	held, err := hold(filepath.Join(parent, "bridge-held"))
	if err != nil || held == nil {
		t.Fatal(held, err)
	}
	for name, f := range folders {
		then := now.Add(-f.age)
		for _, path := range []string{filepath.Join(parent, name, inUse), filepath.Join(parent, name)} {
			if err := os.Chtimes(path, then, then); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
	}
	look := func() []string {
		entries, err := os.ReadDir(parent)
		if err != nil {
			t.Fatal(err)
		}
		left := map[string]bool{}
		for _, e := range entries {
			left[e.Name()] = true
		}
		return slices.Sorted(maps.Keys(left))
	}
	slices.Sort(want)
	sweep(t.Context(), parent, "bridge-mine", now)
	if diff := cmp.Diff(want, look()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	sweep(t.Context(), parent, "bridge-mine", now)
	want = slices.DeleteFunc(want, func(name string) bool { return name == "bridge-held" })
	if diff := cmp.Diff(want, look()); diff != "" {
		t.Errorf("when it is used no more (-want +got):\n%s", diff)
	}
}

// TestHold: a bridge that is held is whole as long as it is, whoever wants it away, and using it makes it young.
func TestHold(t *testing.T) {
	parent := t.TempDir()
	if _, err := hold(filepath.Join(parent, "none")); !errors.Is(err, errSwept) {
		t.Errorf("a folder that is not there: %v", err)
	}
	dir, err := unpackTo(parent)
	if err != nil {
		t.Fatal(err)
	}
	var remover sync.WaitGroup
	stop := make(chan struct{})
	remover.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				removeUnused(dir)
			}
		}
	})
	held := 0
	for range 50 {
		b, err := cachedBridge(parent)
		if errors.Is(err, errSwept) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		held++
		if b.use == nil || !intact(b.Dir) || time.Since(lastUse(b.Dir)) > time.Hour {
			t.Error("it was held, and is not whole")
		}
		for range 2 {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	close(stop)
	remover.Wait()
	if held == 0 {
		t.Error("it could not be held once")
	}
}
