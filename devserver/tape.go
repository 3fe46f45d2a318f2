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
	kept  [][]byte  // what was recorded, until it is hashed
	sum   hash.Hash // set once the body outgrew its quota
}

// record returns the piece as an event's payload. The bytes are copied.
func (t *tape) record(p []byte) *event.Data {
	room := t.quota - t.size
	t.size += int64(len(p))
	d := &event.Data{Size: len(p)}
	if t.sum != nil {
		t.sum.Write(p)
		return d
	}
	if int64(len(p)) <= room {
		d.Bytes = append([]byte(nil), p...)
		t.kept = append(t.kept, d.Bytes)
		return d
	}
	if room > 0 {
		d.Bytes = append([]byte(nil), p[:room]...)
	}
	t.sum = sha256.New()
	for _, k := range t.kept {
		t.sum.Write(k)
	}
	t.kept = nil
	t.sum.Write(p)
	return d
}

// end returns the sum of a body that was not recorded whole, or nil.
func (t *tape) end() *event.BodySum {
	if t.sum == nil {
		return nil
	}
	s := &event.BodySum{Size: t.size}
	t.sum.Sum(s.SHA256[:0])
	return s
}
