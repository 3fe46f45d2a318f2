package recorder

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// compare is a range of numbers. Its ends belong to it unless they are said to be open.
type compare struct {
	from, to         float64
	openFrom, openTo bool
}

func (c compare) holds(v float64) bool {
	return (v > c.from || v == c.from && !c.openFrom) && (v < c.to || v == c.to && !c.openTo)
}

func (c compare) sql(column string) (string, []any) {
	if c.from == c.to {
		return column + " = ?", []any{c.from}
	}
	var conds []string
	var args []any
	if !math.IsInf(c.from, -1) {
		op := " >= ?"
		if c.openFrom {
			op = " > ?"
		}
		conds, args = append(conds, column+op), append(args, c.from)
	}
	if !math.IsInf(c.to, 1) {
		op := " <= ?"
		if c.openTo {
			op = " < ?"
		}
		conds, args = append(conds, column+op), append(args, c.to)
	}
	return "(" + strings.Join(conds, " AND ") + ")", args
}

type unit struct {
	suffix string
	factor float64
}

// parseCompare reads "100", ">100", ">= 100", "<5", "=7", "10-20" and "10..20". A bare number means itself where exact
// is set, and that much at least where it is not.
func parseCompare(s string, units []unit, exact bool) (compare, string) {
	infinite := math.Inf(1)
	for _, op := range []string{">=", "<=", "==", ">", "<", "="} {
		rest, ok := strings.CutPrefix(s, op)
		if !ok {
			continue
		}
		v, msg := parseNumber(rest, units)
		switch op[0] {
		case '>':
			return compare{v, infinite, op == ">", false}, msg
		case '<':
			return compare{-infinite, v, false, op == "<"}, msg
		}
		return compare{v, v, false, false}, msg
	}
	for _, sep := range []string{"..", "-"} {
		low, high, ok := strings.Cut(s, sep)
		if !ok {
			continue
		}
		from, msg := parseNumber(low, units)
		if msg != "" {
			return compare{}, msg
		}
		to, msg := parseNumber(high, units)
		if msg == "" && from > to {
			msg = fmt.Sprintf("%s is more than %s", low, high)
		}
		return compare{from, to, false, false}, msg
	}
	v, msg := parseNumber(s, units)
	if exact {
		return compare{v, v, false, false}, msg
	}
	return compare{v, infinite, false, false}, msg
}

func parseNumber(s string, units []unit) (float64, string) {
	digits, factor := strings.ToLower(strings.TrimSpace(s)), 1.0
	for _, u := range units {
		if rest, ok := strings.CutSuffix(digits, u.suffix); ok {
			digits, factor = rest, u.factor
			break
		}
	}
	for _, c := range digits {
		if c != '.' && (c < '0' || c > '9') {
			return 0, fmt.Sprintf("%q is not a number", s)
		}
	}
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || v*factor > 1e18 {
		return 0, fmt.Sprintf("%q is not a number", s)
	}
	return v * factor, ""
}
