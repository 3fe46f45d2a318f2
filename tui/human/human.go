// Package human writes numbers, places in sources and native strings the way that people read them, in few columns.
package human

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/snifter-dev/snifter/devserver/marshal"
)

// Millis writes a duration given in milliseconds: 340µs, 4.2ms, 1.25s, 2m03s.
func Millis(ms float64) string {
	switch {
	case ms < 0:
		return "0µs"
	case ms < 0.9995:
		return strconv.Itoa(int(ms*1000+0.5)) + "µs"
	case ms < 9.995:
		return strconv.FormatFloat(ms, 'f', 2, 64) + "ms"
	case ms < 99.95:
		return strconv.FormatFloat(ms, 'f', 1, 64) + "ms"
	case ms < 999.5:
		return strconv.FormatFloat(ms, 'f', 0, 64) + "ms"
	case ms < 9995:
		return strconv.FormatFloat(ms/1000, 'f', 2, 64) + "s"
	case ms < 59950:
		return strconv.FormatFloat(ms/1000, 'f', 1, 64) + "s"
	}
	s := int(ms/1000 + 0.5)
	if s < 3600 {
		return strconv.Itoa(s/60) + "m" + two(s%60) + "s"
	}
	return strconv.Itoa(s/3600) + "h" + two(s/60%60) + "m"
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// Duration is Millis of a duration.
func Duration(d time.Duration) string { return Millis(float64(d) / float64(time.Millisecond)) }

// Bytes writes a size: 0, 13, 1.2k, 340k, 4.1M.
func Bytes(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(max(0, n), 10)
	}
	f := float64(n)
	for _, unit := range []string{"k", "M", "G", "T", "P"} {
		f /= 1024
		if f < 9.95 {
			return strconv.FormatFloat(f, 'f', 1, 64) + unit
		}
		if f < 999.5 || unit == "P" {
			return strconv.FormatFloat(f, 'f', 0, 64) + unit
		}
	}
	return ""
}

// Size is a size with its unit: "1 byte", "2.5k bytes".
func Size(n int64) string {
	if n == 1 {
		return "1 byte"
	}
	return Bytes(n) + " bytes"
}

// Count groups the digits of a number by threes: 1,204.
func Count(n int) string {
	s := strconv.Itoa(n)
	front := 0
	if n < 0 {
		front = 1
	}
	for i := len(s) - 3; i > front; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Of writes a number of things: 1 chunk, 2 chunks.
func Of(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return Count(n) + " " + thing + "s"
}

// Source is a source file without what stands before the name of an installed package: that says nothing and takes a line.
func Source(file string) string {
	for _, dir := range []string{"/site-packages/", "/dist-packages/", "/pkg/mod/"} {
		if i := strings.LastIndex(file, dir); i >= 0 {
			return file[i+1:]
		}
	}
	return file
}

// AsUTF8 is how the bytes of a native string of PEP 3333, a code point each, read as UTF-8, where that is another text.
func AsUTF8(native string) (string, bool) {
	for i := 0; i < len(native); i++ {
		if native[i] >= utf8.RuneSelf {
			p, ok := marshal.Bytes(native)
			return string(p), ok && utf8.Valid(p) && string(p) != native
		}
	}
	return "", false
}
