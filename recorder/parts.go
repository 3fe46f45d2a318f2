package recorder

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// NewEnviron puts together the plain values of an environ, a dict in marshal format, and the reprs of its other values:
// of a request that is stopped, for one, which is not recorded yet as it stands.
func NewEnviron(plain []byte, objects map[string]string) Environ { return environ(plain, objects) }

// NewBody is a body of bytes that are at hand whole, of which at most so many are kept.
func NewBody(p []byte, keep int) Body {
	kept := p[:min(len(p), max(keep, 0))]
	return Body{Size: int64(len(p)), SHA256: sumOf(p), Cut: len(kept) < len(p), Bytes: slices.Clone(kept)}
}

// sumOf is the SHA-256 of bytes as a Body has it.
func sumOf(p []byte) string {
	h := sha256.Sum256(p)
	return hex.EncodeToString(h[:])
}

// sum notes the SHA-256 of a body that is there whole.
func (b *Body) sum() {
	if !b.Cut {
		b.SHA256 = sumOf(b.Bytes)
	}
}
