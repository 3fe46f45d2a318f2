package devserver

import (
	"crypto/sha256"
	"hash"

	"github.com/snifter-dev/snifter/devserver/event"
)

// tape counts a body and says how much of each piece is recorded: all until the quota is full, then nothing. A body
// that outgrows its quota is hashed from its beginning, so that its hash is that of the whole.
type tape struct {
	quota int64
	size  int64
	over  bool      // the quota is full
	kept  [][]byte  // what was recorded, until it is hashed
	sum   hash.Hash // set once something was hashed
}

// maxKept is how many pieces wait to be hashed, which most bodies never are. A body of ever so many small pieces would
// hold them all in memory besides what the recorder makes of them.
const maxKept = 256

// record returns the piece as an event's payload. The bytes are copied.
func (t *tape) record(p []byte) *event.Data {
	room := t.quota - t.size
	t.size += int64(len(p))
	d := &event.Data{Size: len(p)}
	if t.over {
		t.sum.Write(p)
		return d
	}
	if int64(len(p)) <= room {
		d.Bytes = append([]byte(nil), p...)
		t.kept = append(t.kept, d.Bytes)
		if len(t.kept) >= maxKept {
			t.hash()
		}
		return d
	}
	if room > 0 {
		d.Bytes = append([]byte(nil), p[:room]...)
	}
	t.over = true
	t.hash()
	t.sum.Write(p)
	return d
}

// hash hashes what is kept for that.
func (t *tape) hash() {
	if t.sum == nil {
		t.sum = sha256.New()
	}
	for _, k := range t.kept {
		t.sum.Write(k)
	}
	t.kept = nil
}

// end returns the sum of a body that was not recorded whole, or nil.
func (t *tape) end() *event.BodySum {
	if !t.over {
		return nil
	}
	s := &event.BodySum{Size: t.size}
	t.sum.Sum(s.SHA256[:0])
	return s
}
