package recorder_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/recorder"
)

// childVar makes the test binary a snifter that records under load until it is killed.
const childVar = "SNIFTER_TEST_RECORD_INTO"

func TestMain(m *testing.M) {
	if path := os.Getenv(childVar); path != "" {
		recordUntilKilled(path)
		return
	}
	os.Exit(m.Run())
}

// whole ends a line, so that one which the kill cut, perhaps within its time, is known.
const whole = "."

// recordUntilKilled emits exchanges and prints each id once its last event was emitted, with the time.
func recordUntilKilled(path string) {
	s, err := recorder.OpenStore(path, recorder.StoreOptions{Limits: recorder.DefaultLimits()})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(3)
	}
	r := recorder.New(s, recorder.Options{})
	out := bufio.NewWriter(os.Stdout)
	one := func() {
		id := r.NextID()
		r.Emit(typical(id, 2000)...)
		fmt.Fprintln(out, id, time.Now().UnixNano(), whole)
	}
	// What is promised holds for what the machine can write, so the load is a third of that, as measured now: under
	// the race detector, and beside other tests, it is a fraction of the usual.
	const probe = 200
	began := time.Now()
	for range probe {
		one()
	}
	if err := r.Flush(context.Background()); err != nil {
		fmt.Println("error:", err)
		os.Exit(3)
	}
	each := max(3*time.Since(began)/probe, 100*time.Microsecond)
	fmt.Fprintln(out, "go")
	began = time.Now()
	for n := 0; ; {
		for ; time.Duration(n)*each < time.Since(began); n++ {
			one()
		}
		out.Flush()
		time.Sleep(2 * time.Millisecond)
	}
}

func TestKillLosesNothingOld(t *testing.T) {
	const kills = 55
	path := filepath.Join(t.TempDir(), "capture.db")
	stored, checked, lastID := 0, 0, uint64(0)
	for round := range kills {
		type printed struct {
			id uint64
			at int64
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childVar+"="+path)
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var killed int64
		var all []printed
		measured := 0 // where the load begins
		after := time.Duration(110+6*round) * time.Millisecond
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			if lines.Text() == "go" {
				measured = len(all)
				continue
			}
			var p printed
			var end string
			if _, err := fmt.Sscan(lines.Text(), &p.id, &p.at, &end); err != nil || end != whole {
				if killed == 0 {
					t.Errorf("the child says %q", lines.Text())
				}
				break // a line that the kill cut
			}
			all = append(all, p)
			if killed == 0 && measured > 0 && p.at-all[measured].at > int64(after) {
				killed = time.Now().UnixNano()
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait()
		if killed == 0 || len(all) == 0 {
			t.Fatalf("round %d: the child ended by itself after %d exchanges", round, len(all))
		}
		if round == 0 && all[0].id != 1 || round > 0 && all[0].id != lastID+1 {
			t.Errorf("round %d begins with id %d, and the last in the file was %d", round, all[0].id, lastID)
		}
		s, err := recorder.OpenReadOnly(path)
		if err != nil {
			t.Fatalf("round %d: the capture does not open: %v", round, err)
		}
		page, err := s.Rows(context.Background(), recorder.Query{After: all[0].id - 1, Limit: 1 << 20})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		in := map[uint64]bool{}
		for _, row := range page.Rows {
			in[row.ID] = true
			lastID = max(lastID, row.ID)
		}
		// Where the machine let the child wait, be it for other tests, the child's writer waited as well.
		stalled := int64(0)
		for i := measured + 1; i < len(all); i++ {
			stalled = max(stalled, all[i].at-all[i-1].at)
		}
		missing, due := 0, 0
		for _, p := range all {
			if p.at <= killed-int64(100*time.Millisecond)-stalled {
				due++
				if !in[p.id] {
					missing++
				}
			}
		}
		checked += due
		if missing > 0 {
			t.Errorf("round %d: %d of %d exchanges older than 100 ms are missing", round, missing, due)
		}
		if len(page.Rows) == 0 {
			lastID = max(lastID, all[0].id-1)
		}
		stored += len(page.Rows)
		if n, err := s.Count(context.Background()); err != nil || n != stored {
			t.Errorf("round %d: the counter says %d, %v, and there are %d", round, n, err, stored)
		}
		if len(page.Rows) > 0 {
			x, err := s.Exchange(context.Background(), lastID)
			if err != nil || x.State != recorder.Done || x.Response.Body.Size != 2000 {
				t.Errorf("round %d: the last exchange: %+v, %v", round, x, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if checked == 0 {
		t.Error("no exchange was ever 100 ms old")
	}
	t.Logf("%d kills, %d exchanges stored, %d older than 100 ms", kills, stored, checked)
}
