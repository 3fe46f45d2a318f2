package wsgi

import (
	"fmt"
	"maps"
	"math/bits"
	"reflect"
	"slices"
	"unsafe"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
)

// environView is an environ as it was seen last.
type environView struct {
	environ Environ
	seen    Environ
	sum     uint64 // of what was seen
}

func viewOf(e Environ) *environView {
	return &environView{environ: e, seen: maps.Clone(e), sum: sumOf(e)}
}

// sumOf tells environs with the very same strings and values from others, in half the time of a comparison. What was seen is
// kept, so that nothing else can come to lie where it is.
func sumOf(e Environ) (sum uint64) {
	for key, value := range e {
		if key == ContextKey {
			continue // see compare
		}
		words := (*[2]uintptr)(unsafe.Pointer(&value)) // type and data of the interface
		at := uint64(uintptr(unsafe.Pointer(unsafe.StringData(key))))
		high, low := bits.Mul64(at^0x9e3779b97f4a7c15, uint64(words[1])^0xd1b54a32d192ed03)
		sum += (high ^ low) + uint64(words[0]) + uint64(len(key))
	}
	return sum
}

// sameMap says whether two environs are one map.
func sameMap(a, b Environ) bool {
	return *(*unsafe.Pointer)(unsafe.Pointer(&a)) == *(*unsafe.Pointer)(unsafe.Pointer(&b))
}

// sameValue compares without a call of the values' own code, and without the panic that == has for values that can't be
// compared. What is no plain value is the same only where it is the very same object.
func sameValue(a, b any) bool {
	if *(*[2]uintptr)(unsafe.Pointer(&a)) == *(*[2]uintptr)(unsafe.Pointer(&b)) {
		return true // type and data of the interface
	}
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		return ok && a == b
	case bool:
		b, ok := b.(bool)
		return ok && a == b
	case int:
		b, ok := b.(int)
		return ok && a == b
	case int64:
		b, ok := b.(int64)
		return ok && a == b
	case float64:
		b, ok := b.(float64)
		return ok && a == b
	case [2]int:
		b, ok := b.([2]int)
		return ok && a == b
	}
	return false
}

// changes tells what became of the environ since it was looked at last, nil for nothing.
func (v *environView) changes() *event.EnvironChange {
	sum := sumOf(v.environ)
	if sum == v.sum {
		return nil
	}
	c := compare(v.seen, v.environ)
	if c != nil {
		for _, key := range c.removed {
			delete(v.seen, key)
		}
	}
	maps.Copy(v.seen, v.environ) // what is equal, and lies elsewhere, too
	v.sum = sum
	if c == nil {
		return nil
	}
	return c.told(v.environ)
}

// keyChanges names what differs between two environs.
type keyChanges struct{ set, removed []string }

func compare(old, now Environ) *keyChanges {
	var c *keyChanges
	known := 0
	for key, value := range now {
		was, had := old[key]
		if had {
			known++
			// Each middleware of net/http has a context of its own, in which there is nothing to be seen.
			if sameValue(was, value) || key == ContextKey {
				continue
			}
		}
		if c == nil {
			c = &keyChanges{}
		}
		c.set = append(c.set, key)
	}
	if known < len(old) {
		if c == nil {
			c = &keyChanges{}
		}
		for key := range old {
			if _, has := now[key]; !has {
				c.removed = append(c.removed, key)
			}
		}
	}
	return c
}

func (c *keyChanges) told(now Environ) *event.EnvironChange {
	slices.Sort(c.set)
	slices.Sort(c.removed)
	e := &event.EnvironChange{Removed: c.removed}
	if len(c.set) > 0 {
		e.Set, e.Objects = plainEnviron(now, c.set)
	}
	return e
}

// plainEnviron puts the plain values of some keys into marshal format, and tells of the others what they are.
func plainEnviron(e Environ, keys []string) (set []byte, objects map[string]string) {
	set = marshal.AppendDictStart(nil)
	left := maxEnviron
	for _, key := range keys {
		value := plainValue{left: min(left, maxValue)}
		if b, ok := value.append(nil, reflect.ValueOf(e[key]), 0); ok {
			set = append(marshal.AppendText(set, validText(key)), b...)
			left -= len(b)
			continue
		}
		if objects == nil {
			objects = map[string]string{}
		}
		objects[validText(key)] = objectText(e[key])
		if key == ContextKey {
			objects[key] = "<context.Context>" // each handler has one of its own, and no stage is told to have changed it
		}
	}
	return marshal.AppendDictEnd(set), objects
}

// objectText describes a value without a call of its code.
func objectText(v any) string {
	switch v := v.(type) {
	case *tracedInput:
		return "<wsgi.Input>"
	case *input:
		return "<wsgi.Input of " + nameOf(v.src) + ">"
	case *errorStream:
		return "<wsgi.Errors>"
	}
	return "<" + nameOf(v) + ">"
}

// Bounds of what is told of an environ's values.
const (
	maxEnviron = 256 << 10
	maxValue   = 64 << 10
	maxDepth   = 5
	maxItems   = 1000
)

// plainValue puts a value made of texts and numbers, or a list of those, into marshal format, by reflection, which runs no
// code of the value's type. Maps are left alone: another goroutine may be at one, under a lock of the application's, and Go
// ends a process that reads a map meanwhile.
type plainValue struct{ left int }

func (p *plainValue) append(b []byte, v reflect.Value, depth int) ([]byte, bool) {
	if p.left -= 8; p.left < 0 || depth > maxDepth {
		return b, false
	}
	switch v.Kind() {
	case reflect.Invalid:
		return marshal.AppendNone(b), true
	case reflect.String:
		return marshal.AppendText(b, validText(p.cut(v.String()))), true
	case reflect.Bool:
		return marshal.AppendBool(b, v.Bool()), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return marshal.AppendInt(b, v.Int()), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if n := v.Uint(); n < 1<<63 {
			return marshal.AppendInt(b, int64(n)), true
		}
	case reflect.Float32, reflect.Float64:
		return marshal.AppendFloat(b, v.Float()), true
	case reflect.Interface:
		return p.append(b, v.Elem(), depth)
	case reflect.Slice, reflect.Array:
		return p.list(b, v, depth)
	}
	return b, false
}

func (p *plainValue) list(b []byte, v reflect.Value, depth int) ([]byte, bool) {
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		return marshal.AppendBytes(b, []byte(p.cut(string(v.Bytes())))), true
	}
	if v.Len() > maxItems {
		return b, false
	}
	if v.Kind() == reflect.Array {
		b = marshal.AppendTupleStart(b, v.Len())
	} else {
		b = marshal.AppendListStart(b, v.Len())
	}
	for i, ok := 0, true; i < v.Len(); i++ {
		if b, ok = p.append(b, v.Index(i), depth+1); !ok {
			return b, false
		}
	}
	return b, true
}

// cut bounds a text.
func (p *plainValue) cut(s string) string {
	if n := max(p.left, 0); len(s) > n {
		s = fmt.Sprintf("%s... (cut, %d bytes)", s[:n], len(s))
	}
	p.left -= len(s)
	return s
}

// validText is a text that marshal's readers take.
func validText(s string) string {
	if isASCII(s) {
		return s
	}
	return text([]byte(s))
}
