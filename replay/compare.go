package replay

import (
	"github.com/snifter-dev/snifter/recorder"
)

// Options say how two exchanges are compared.
type Options struct {
	Noise Rules
	// Masks is what was learned to differ between two runs of the same build (see [Learn]); nil for nothing.
	Masks *Masks
	// Chunks compares the chunk boundaries of the response's body too.
	Chunks bool
}

// Compare holds b, a replay, against a, its origin. It is pure.
func Compare(a, b *recorder.Exchange, o Options) *Comparison { return &Comparison{} }
