package devserver

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

func TestTapeHashesTheWholeBody(t *testing.T) {
	whole := bytes.Repeat([]byte("0123456789"), 30)
	for _, quota := range []int64{-1, 0, 1, 10, 25, 299} {
		tp := tape{quota: quota}
		var kept []byte
		for i := 0; i < len(whole); i += 7 {
			kept = append(kept, tp.record(whole[i:min(i+7, len(whole))]).Bytes...)
		}
		if want := whole[:max(quota, 0)]; !bytes.Equal(kept, want) {
			t.Errorf("quota %d: kept %d bytes, want the first %d", quota, len(kept), len(want))
		}
		sum := tp.end()
		if sum == nil || sum.Size != 300 || sum.SHA256 != sha256.Sum256(whole) {
			t.Errorf("quota %d: sum %+v is not that of the whole", quota, sum)
		}
	}
	tp := tape{quota: 300}
	if d := tp.record(whole); len(d.Bytes) != 300 || tp.end() != nil {
		t.Error("a body as large as the quota is cut")
	}
}

func TestTapeHoldsFewPieces(t *testing.T) {
	whole := bytes.Repeat([]byte("x"), 10*maxKept)
	for _, quota := range []int64{int64(len(whole)), int64(len(whole)) - 1} {
		tp := tape{quota: quota}
		for i := range whole {
			tp.record(whole[i : i+1])
			if len(tp.kept) >= maxKept {
				t.Fatalf("%d pieces are held", len(tp.kept))
			}
		}
		sum := tp.end()
		if cut := quota < int64(len(whole)); cut != (sum != nil) {
			t.Errorf("quota %d: the sum is %+v", quota, sum)
		}
		if sum != nil && sum.SHA256 != sha256.Sum256(whole) {
			t.Errorf("quota %d: sum %+v is not that of the whole", quota, sum)
		}
	}
}
