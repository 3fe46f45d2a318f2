package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"hash/maphash"
	"io"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff/lcs"
)

// jsonBodies compares JSON by its structure. It is false, and adds nothing, where one of the two is no JSON, or says
// more than its structure can hold (bytes that are no UTF-8, half surrogates).
//
// A patch, as libraries make one, tells how to get from one document to the other, step after step, with the indices
// of each step's moment; what is wanted here is where the two differ, with the old and the new value of each place.
func (c *comparer) jsonBodies(old, now []byte) bool {
	if !faithful(old) || !faithful(now) {
		return false
	}
	a, err1 := parseJSON(old)
	b, err2 := parseJSON(now)
	if err1 != nil || err2 != nil {
		return false
	}
	(&jsonDiff{comparer: c, masking: c.rules()}).value("", a, b)
	return true
}

func faithful(p []byte) bool {
	return utf8.Valid(p) && !bytes.Contains(p, []byte(`\ud`)) && !bytes.Contains(p, []byte(`\uD`))
}

func parseJSON(p []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(p))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the value")
	}
	return v, nil
}

type jsonDiff struct {
	*comparer
	masking masking
}

func (d *jsonDiff) value(pointer string, a, b any) {
	switch a := a.(type) {
	case map[string]any:
		if b, ok := b.(map[string]any); ok {
			d.object(pointer, a, b)
			return
		}
	case []any:
		if b, ok := b.([]any); ok {
			d.array(pointer, a, b)
			return
		}
	case json.Number:
		if b, ok := b.(json.Number); ok && sameNumber(a, b) {
			return
		}
	case string:
		if b, ok := b.(string); ok {
			if a != b {
				d.text(pointer, a, b)
			}
			return
		}
	default: // nil, bool
		if a == b {
			return
		}
	}
	d.emit(pointer, "changed", a, b, "")
}

func (d *jsonDiff) text(pointer, a, b string) {
	why := ""
	if d.masking.mask(a) == d.masking.mask(b) {
		why = "masked within the string"
	}
	d.emit(pointer, "changed", a, b, why)
}

func (d *jsonDiff) object(pointer string, a, b map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(a)) {
		at := pointer + "/" + escapePointer(key)
		if now, ok := b[key]; ok {
			d.value(at, a[key], now)
		} else {
			d.emit(at, "removed", a[key], nil, "")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(b)) {
		if _, ok := a[key]; !ok {
			d.emit(pointer+"/"+escapePointer(key), "added", nil, b[key], "")
		}
	}
}

// array aligns the elements first, so that one that came in between does not make all that follow differ. Places are
// named by their index in the old array, added ones by that in the new.
func (d *jsonDiff) array(pointer string, a, b []any) {
	i, j := 0, 0
	for _, edit := range align(a, b) {
		for ; i < edit.Start; i, j = i+1, j+1 {
			d.value(index(pointer, i), a[i], b[j])
		}
		for ; i < edit.End && j < edit.ReplEnd; i, j = i+1, j+1 {
			d.value(index(pointer, i), a[i], b[j])
		}
		for ; i < edit.End; i++ {
			d.emit(index(pointer, i), "removed", a[i], nil, "")
		}
		for ; j < edit.ReplEnd; j++ {
			d.emit(index(pointer, j), "added", nil, b[j], "")
		}
	}
	for ; i < len(a); i, j = i+1, j+1 {
		d.value(index(pointer, i), a[i], b[j])
	}
}

func index(pointer string, i int) string { return pointer + "/" + strconv.Itoa(i) }

// align finds which elements of two arrays belong together: what lies between the edits does, pair by pair.
func align(a, b []any) []lcs.Diff {
	if len(a) > maxAligned || len(b) > maxAligned {
		n := min(len(a), len(b))
		if len(a) == len(b) {
			return nil
		}
		return []lcs.Diff{{Start: n, End: len(a), ReplStart: n, ReplEnd: len(b)}}
	}
	key := identity(a, b)
	seed := maphash.MakeSeed()
	name := func(vs []any) []string {
		names := make([]string, len(vs))
		for i, v := range vs {
			if key != "" {
				v = v.(map[string]any)[key]
			}
			names[i] = fingerprint(seed, v)
		}
		return names
	}
	return lcs.DiffLines(name(a), name(b))
}

// identity is the key that tells the objects of both arrays apart, or "".
func identity(a, b []any) string {
	for _, key := range []string{"id", "pk", "uuid", "key", "slug", "name"} {
		if unique(a, key) && unique(b, key) {
			return key
		}
	}
	return ""
}

func unique(vs []any, key string) bool {
	seen := make(map[any]bool, len(vs))
	for _, v := range vs {
		object, ok := v.(map[string]any)
		if !ok {
			return false
		}
		switch v := object[key].(type) {
		case string, json.Number:
			if seen[v] {
				return false
			}
			seen[v] = true
		default:
			return false
		}
	}
	return true
}

// fingerprint is equal for equal values. Values that are taken for equal are compared all the same.
func fingerprint(seed maphash.Seed, v any) string {
	var h maphash.Hash
	h.SetSeed(seed)
	writeValue(&h, v)
	return string(h.Sum(nil))
}

func writeValue(h *maphash.Hash, v any) {
	switch v := v.(type) {
	case map[string]any:
		h.WriteByte('{')
		for _, key := range slices.Sorted(maps.Keys(v)) {
			h.WriteString(strconv.Itoa(len(key)))
			h.WriteByte(':')
			h.WriteString(key)
			writeValue(h, v[key])
		}
	case []any:
		h.WriteByte('[')
		for _, e := range v {
			writeValue(h, e)
		}
		h.WriteByte(']')
	case json.Number:
		h.WriteByte('n')
		if f, err := v.Float64(); err == nil { // 1 and 1.0 belong together
			h.WriteString(strconv.FormatFloat(f, 'g', -1, 64))
		} else {
			h.WriteString(string(v))
		}
	case string:
		h.WriteByte('"')
		h.WriteString(strconv.Itoa(len(v)))
		h.WriteByte(':')
		h.WriteString(v)
	case bool:
		h.WriteByte('b')
		h.WriteString(strconv.FormatBool(v))
	default:
		h.WriteByte('0')
	}
}

// sameNumber compares exactly, beyond what a float holds. Two that are written with exponents of more than four digits
// are the same only when they are written the same: to compute them would take the memory that they claim.
func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	if hugeExponent(string(a)) || hugeExponent(string(b)) || len(a)+len(b) > 20_000 {
		return false
	}
	x, ok1 := new(big.Rat).SetString(string(a))
	y, ok2 := new(big.Rat).SetString(string(b))
	return ok1 && ok2 && x.Cmp(y) == 0
}

func hugeExponent(n string) bool {
	i := strings.IndexAny(n, "eE")
	return i >= 0 && len(strings.TrimLeft(n[i+1:], "+-0")) > 4
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func escapePointer(key string) string { return pointerEscapes.Replace(key) }

// emit adds a difference. The root's pointer is "", which a reader would take for no place at all.
func (d *jsonDiff) emit(pointer, kind string, old, now any, why string) {
	if why == "" {
		why = d.o.Noise.pointer(pointer)
	}
	if why == "" {
		why = d.o.Masks.pointer(pointer, kind)
	}
	diff := Difference{Part: "body", Where: pointer, Kind: kind}
	if pointer == "" {
		diff.Where = "(whole)"
	}
	if kind != "added" {
		diff.Old = showJSON(old)
	}
	if kind != "removed" {
		diff.New = showJSON(now)
	}
	d.add(diff.noise(why))
}

func showJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}
