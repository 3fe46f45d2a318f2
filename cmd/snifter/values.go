package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// The values of flags. Each says what is wrong with a text in words that make sense wherever the text came from: the
// command line, the environment, or pyproject.toml.

type stringValue string

func (v *stringValue) Set(s string) error { *v = stringValue(s); return nil }
func (v *stringValue) String() string     { return string(*v) }
func (v *stringValue) Type() string       { return "string" }

// listValue collects: each use of the flag adds one.
type listValue []string

func (v *listValue) Set(s string) error { *v = append(*v, s); return nil }
func (v *listValue) String() string     { return strings.Join(*v, ",") }
func (v *listValue) Type() string       { return "list" }

type boolValue bool

func (v *boolValue) Set(s string) error {
	switch strings.ToLower(s) {
	case "1", "t", "true", "yes", "on":
		*v = true
	case "0", "f", "false", "no", "off":
		*v = false
	default:
		return fmt.Errorf("%q is not true or false", s)
	}
	return nil
}
func (v *boolValue) String() string   { return strconv.FormatBool(bool(*v)) }
func (v *boolValue) Type() string     { return "bool" }
func (v *boolValue) IsBoolFlag() bool { return true }

// offValue switches a boolValue off: --no-reload.
type offValue struct{ of *boolValue }

func (v offValue) Set(s string) error {
	var off boolValue
	if err := off.Set(s); err != nil {
		return err
	}
	*v.of = !off
	return nil
}
func (v offValue) String() string   { return "false" }
func (v offValue) Type() string     { return "bool" }
func (v offValue) IsBoolFlag() bool { return true }

// intValue is a whole number within bounds.
type intValue struct {
	n, min, max int
}

func (v *intValue) Set(s string) error {
	n, err := strconv.Atoi(s)
	switch {
	case err != nil:
		return fmt.Errorf("%q is not a whole number", s)
	case n < v.min || n > v.max:
		if n < v.min && v.max >= math.MaxInt32 {
			return fmt.Errorf("%d is too small: at least %d", n, v.min)
		}
		return fmt.Errorf("%d is not between %d and %d", n, v.min, v.max)
	}
	v.n = n
	return nil
}
func (v *intValue) String() string { return strconv.Itoa(v.n) }
func (v *intValue) Type() string   { return "N" }

// sizeValue is a number of bytes: "512", "64k", "1.5M", "2GiB". The units are powers of 1024.
type sizeValue int64

func (v *sizeValue) Set(s string) error {
	n, err := parseSize(s)
	if err == nil {
		*v = sizeValue(n)
	}
	return err
}
func (v *sizeValue) String() string { return formatSize(int64(*v)) }
func (v *sizeValue) Type() string   { return "SIZE" }

var sizeUnits = "kmgt"

func parseSize(s string) (int64, error) {
	bad := fmt.Errorf("%q is not a size: a number and k, M, G or nothing", s)
	text := strings.ToLower(strings.TrimSpace(s))
	text = strings.TrimSuffix(text, "b")
	text = strings.TrimSuffix(text, "i")
	factor := float64(1)
	if text != "" {
		if i := strings.IndexByte(sizeUnits, text[len(text)-1]); i >= 0 {
			factor = math.Pow(1024, float64(i+1))
			text = strings.TrimSpace(text[:len(text)-1])
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || n < 0 || n*factor >= math.MaxInt64 {
		return 0, bad
	}
	return int64(n * factor), nil
}

func formatSize(n int64) string {
	units := []string{"", "k", "M", "G", "T"}
	i := 0
	for n != 0 && n%1024 == 0 && i+1 < len(units) {
		n /= 1024
		i++
	}
	return strconv.FormatInt(n, 10) + units[i]
}

// durationValue is a time: Go's "90s", "1h30m", a bare number of seconds as gunicorn has it, and "7d" for days.
type durationValue time.Duration

func (v *durationValue) Set(s string) error {
	d, err := parseDuration(s)
	if err == nil {
		*v = durationValue(d)
	}
	return err
}

func (v *durationValue) String() string {
	d := time.Duration(*v)
	switch {
	case d == 0:
		return "0"
	case d%(24*time.Hour) == 0:
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	}
	text := d.String()
	if cut, ok := strings.CutSuffix(text, "m0s"); ok {
		text = cut + "m"
	}
	if cut, ok := strings.CutSuffix(text, "h0m"); ok {
		text = cut + "h"
	}
	return text
}
func (v *durationValue) Type() string { return "TIME" }

// longest stands for a time without a bound.
const longest = 100 * 365 * 24 * time.Hour

// most is the time as a bound, of which 0 is none.
func (v durationValue) most() time.Duration {
	if v == 0 {
		return longest
	}
	return time.Duration(v)
}

func parseDuration(s string) (time.Duration, error) {
	bad := errors.New(strconv.Quote(s) + ` is not a time: such as 30s, 10m, 12h, 7d`)
	unit := time.Duration(0)
	number := s
	if days, ok := strings.CutSuffix(s, "d"); ok {
		number, unit = days, 24*time.Hour
	} else if s != "" && strings.Trim(s, "0123456789.") == "" {
		unit = time.Second
	}
	if unit != 0 {
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || n < 0 || n*float64(unit) >= math.MaxInt64 {
			return 0, bad
		}
		return time.Duration(n * float64(unit)), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, bad
	}
	return d, nil
}

// choiceValue is one of a few words.
type choiceValue struct {
	word  string
	words []string
}

func (v *choiceValue) Set(s string) error {
	for _, w := range v.words {
		if strings.EqualFold(s, w) {
			v.word = w
			return nil
		}
	}
	return fmt.Errorf("%q is none of %s", s, strings.Join(v.words, ", "))
}
func (v *choiceValue) String() string { return v.word }
func (v *choiceValue) Type() string   { return strings.Join(v.words, "|") }
