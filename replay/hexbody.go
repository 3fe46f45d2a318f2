package replay

import (
	"fmt"
	"strings"
)

// binaryBodies compares bodies of which only the bytes are known: sizes and hashes, and a view of the place where they
// first differ.
func (c *comparer) binaryBodies(old, now []byte) {
	at := commonPrefix(old, now)
	d := Difference{
		Part: "body", Where: fmt.Sprintf("byte %d", at), Kind: "changed",
		Old: sizeAndHash(&c.a.Response.Body), New: sizeAndHash(&c.b.Response.Body),
	}
	if at == len(old) && at == len(now) {
		return // as far as they were kept
	}
	from := at &^ 15
	from = max(0, from-16)
	d.Lines = append(d.Lines, DiffLine{Op: "@", Text: fmt.Sprintf("the first difference is at byte %d (0x%x)", at, at)})
	oldRows, newRows := hexRows(old, from), hexRows(now, from)
	for i := range max(len(oldRows), len(newRows)) {
		if i < len(oldRows) && i < len(newRows) && oldRows[i] == newRows[i] {
			d.Lines = append(d.Lines, DiffLine{Op: " ", Text: oldRows[i]})
			continue
		}
		if i < len(oldRows) {
			d.Lines = append(d.Lines, DiffLine{Op: "-", Text: oldRows[i]})
		}
		if i < len(newRows) {
			d.Lines = append(d.Lines, DiffLine{Op: "+", Text: newRows[i]})
		}
	}
	c.add(d)
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// hexRows are four rows of sixteen bytes from an offset on.
func hexRows(p []byte, from int) []string {
	var rows []string
	for at := from; at < len(p) && len(rows) < 4; at += 16 {
		row := p[at:min(at+16, len(p))]
		var hex, plain strings.Builder
		for i, b := range row {
			if i == 8 {
				hex.WriteByte(' ')
			}
			fmt.Fprintf(&hex, "%02x ", b)
			if b < 0x20 || b > 0x7e {
				b = '.'
			}
			plain.WriteByte(b)
		}
		rows = append(rows, fmt.Sprintf("%08x  %-49s |%s|", at, hex.String(), plain.String()))
	}
	return rows
}
