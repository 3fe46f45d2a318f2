package recorder

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/snifter-dev/snifter/devserver/marshal"
)

// environ puts together the plain values of an environ and the reprs of its other values, these sorted behind.
func environ(plain []byte, objects map[string]string) Environ {
	e := Environ{}
	if len(plain) > 0 {
		// What cannot be read is left out: it was written by the server itself, and the rest of the exchange stands.
		d, _, _ := marshal.DecodeDict(plain)
		for _, p := range d {
			e = append(e, EnvironItem{Key: keyText(p.Key), Value: fromPython(p.Value)})
		}
	}
	names := make([]string, 0, len(objects))
	for name := range objects {
		if _, there := e.Get(name); !there {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		e = append(e, EnvironItem{Key: name, Value: Repr{objects[name]}})
	}
	return e
}

func keyText(k any) string {
	if s, ok := k.(string); ok && utf8.ValidString(s) {
		return s
	}
	return pythonRepr(k)
}

// fromPython gives a value the form it has in an Environ. What JSON has no type for becomes its repr.
func fromPython(v any) any {
	switch v := v.(type) {
	case nil, bool, int64, *big.Int:
		return v
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Repr{pythonRepr(v)}
		}
		return v
	case string:
		if !utf8.ValidString(v) {
			return Repr{pythonRepr(v)}
		}
		return v
	case marshal.Tuple:
		return fromSequence(v)
	case marshal.List:
		return List(fromSequence(v))
	case marshal.Dict:
		m := make(map[string]any, len(v))
		for _, p := range v {
			m[keyText(p.Key)] = fromPython(p.Value)
		}
		return m
	}
	return Repr{pythonRepr(v)}
}

func fromSequence(vs []any) []any {
	out := make([]any, len(vs))
	for i, v := range vs {
		out[i] = fromPython(v)
	}
	return out
}

// pythonRepr writes a value as Python's repr does, for what JSON cannot hold.
func pythonRepr(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case float64:
		switch {
		case math.IsNaN(v):
			return "nan"
		case math.IsInf(v, 1):
			return "inf"
		case math.IsInf(v, -1):
			return "-inf"
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		return quotePython(v)
	case []byte:
		return "b" + quotePython(marshal.Latin1(v))
	case marshal.Tuple:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = pythonRepr(v[i])
		}
		if len(v) == 1 {
			return "(" + parts[0] + ",)"
		}
		return "(" + strings.Join(parts, ", ") + ")"
	}
	return fmt.Sprint(v)
}

// quotePython quotes text in ASCII. Lone surrogates, which marshal hands on as Python does with "surrogatepass", come
// out as \udXXX.
func quotePython(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			if i+2 < len(s) && s[i] == 0xed && s[i+1]&0xe0 == 0xa0 && s[i+2]&0xc0 == 0x80 {
				fmt.Fprintf(&b, `\ud%03x`, uint16(s[i+1]&0x3f)<<6|uint16(s[i+2]&0x3f))
				i += 3
				continue
			}
			fmt.Fprintf(&b, `\x%02x`, s[i])
			i++
			continue
		}
		i += n
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

func appendPair(b []byte, key string, v any) ([]byte, error) {
	b, err := appendJSON(b, key)
	if err != nil {
		return nil, err
	}
	return appendValue(append(b, ':'), v)
}

// appendValue writes a value of an environ. A float keeps its point, so that it is read back as a float.
func appendValue(b []byte, v any) ([]byte, error) {
	var err error
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return appendValue(b, Repr{pythonRepr(v)})
		}
		at := len(b)
		b = strconv.AppendFloat(b, v, 'g', -1, 64)
		if !strings.ContainsAny(string(b[at:]), ".e") {
			b = append(b, ".0"...)
		}
		return b, nil
	case *big.Int:
		return v.Append(b, 10), nil
	case List:
		return appendValue(b, []any(v))
	case []any:
		b = append(b, '[')
		for i := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendValue(b, v[i]); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		b = append(b, '{')
		for i, k := range keys {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendPair(b, k, v[k]); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	}
	return appendJSON(b, v)
}

// fromJSON turns a decoded JSON value (with UseNumber) into a value of an Environ.
func fromJSON(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		s := string(v)
		if strings.ContainsAny(s, ".eE") {
			return v.Float64()
		}
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		n, ok := new(big.Int).SetString(s, 10)
		if !ok {
			return nil, fmt.Errorf("not a number: %s", s)
		}
		return n, nil
	case []any:
		for i := range v {
			if v[i], err = fromJSON(v[i]); err != nil {
				return nil, err
			}
		}
		return v, nil
	case map[string]any:
		if s, ok := v["repr"].(string); ok && len(v) == 1 {
			return Repr{s}, nil
		}
		for k := range v {
			if v[k], err = fromJSON(v[k]); err != nil {
				return nil, err
			}
		}
		return v, nil
	}
	return v, nil
}
