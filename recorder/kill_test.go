package recorder_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
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

// recordUntilKilled emits exchanges and prints each id once its last event was emitted, and now and then up to which one all
// are in the capture.
func recordUntilKilled(path string) {
	s, err := recorder.OpenStore(path, recorder.StoreOptions{Limits: recorder.DefaultLimits()})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(3)
	}
	r := recorder.New(s, recorder.Options{})
	out := bufio.NewWriter(os.Stdout)
	for n := 1; ; n++ {
		id := r.NextID()
		r.Emit(typical(id, 2000)...)
		fmt.Fprintln(out, "emitted", id, whole)
		if n%100 == 0 { // what waits stays bounded on any machine
			if err := r.Flush(context.Background()); err != nil {
				fmt.Println("error:", err)
				os.Exit(3)
			}
			fmt.Fprintln(out, "stored", id, whole)
		}
		if n%20 == 0 {
			out.Flush()
			time.Sleep(time.Millisecond) // the pace of the load, not a wait for anything
		}
	}
}

// A kill at any moment leaves a capture that opens and has no gap: what was stored before, and of what came since the first.
func TestKillLosesNothingStored(t *testing.T) {
	const kills = 55
	path := filepath.Join(t.TempDir(), "capture.db")
	stored, lastID := 0, uint64(0)
	for round := range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childVar+"="+path)
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		killed := false
		var firstID, due uint64
		emitted := 0 // since the first were stored
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			var what, end string
			var id uint64
			if _, err := fmt.Sscan(lines.Text(), &what, &id, &end); err != nil || end != whole {
				if !killed {
					t.Errorf("the child says %q", lines.Text())
				}
				break // a line that the kill cut
			}
			if what == "stored" {
				due = id
				continue
			}
			if firstID == 0 {
				firstID = id
			}
			if due > 0 {
				emitted++
			}
			if !killed && emitted > 5*round {
				killed = true
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait()
		if !killed {
			t.Fatalf("round %d: the child ended by itself", round)
		}
		if firstID != lastID+1 {
			t.Errorf("round %d begins with id %d, and the last in the file was %d", round, firstID, lastID)
		}
		s, err := recorder.OpenReadOnly(path)
		if err != nil {
			t.Fatalf("round %d: the capture does not open: %v", round, err)
		}
		page, err := s.Rows(context.Background(), recorder.Query{After: firstID - 1, Limit: 1 << 20})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for _, row := range slices.Backward(page.Rows) { // the newest come first
			if row.ID != lastID+1 {
				t.Errorf("round %d: %d comes after %d", round, row.ID, lastID)
			}
			lastID = row.ID
		}
		if lastID < due {
			t.Errorf("round %d: %d was stored, and the last in the file is %d", round, due, lastID)
		}
		stored += len(page.Rows)
		if n, err := s.Count(context.Background()); err != nil || n != stored {
			t.Errorf("round %d: the counter says %d, %v, and there are %d", round, n, err, stored)
		}
		x, err := s.Exchange(context.Background(), lastID)
		if err != nil || x.State != recorder.Done || x.Response.Body.Size != 2000 {
			t.Errorf("round %d: the last exchange: %+v, %v", round, x, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d kills, %d exchanges stored", kills, stored)
}

// An exchange that ended 100 ms ago is in the capture, where whoever looks finds it. Time passes only when nobody can go on,
// so that it is the same on any machine.
func TestStoredInTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "capture.db")
	synctest.Test(t, func(t *testing.T) {
		r := recorder.New(openStore(t, path, recorder.StoreOptions{}), recorder.Options{})
		defer r.Close()
		other, err := recorder.OpenReadOnly(path)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		for n := range 100 {
			id := r.NextID()
			r.Emit(typical(id, 2000)...)
			if n%10 < 7 {
				time.Sleep(time.Duration(n) * time.Millisecond / 5) // so that it comes at any moment of the writer's
				continue
			}
			time.Sleep(100 * time.Millisecond)
			if _, err := other.Exchange(t.Context(), id); err != nil {
				t.Errorf("exchange %d is not there: %v", id, err)
			}
		}
	})
}
