// Package near finds what somebody who has mistyped a word may have meant.
package near

import (
	"slices"
	"strings"
)

// Words returns those of the known words that somebody who typed this one may have meant, nearest first.
func Words(word string, known []string) []string {
	best := max(len(word)/3, 1) + 1
	var found []string
	for distance := 0; distance < best; distance++ {
		for _, k := range known {
			if editDistance(word, k) == distance {
				found = append(found, k)
			}
		}
	}
	for _, k := range known {
		if len(word) >= 3 && strings.HasPrefix(k, word) && editDistance(word, k) >= best {
			found = append(found, k)
		}
	}
	return found[:min(len(found), 3)]
}

// Stages are the names of those stages that somebody who typed this pattern may have meant.
func Stages(pattern string, names []string) []string {
	whole := map[string][]string{}
	var parts []string
	for _, name := range names {
		for part := name; part != ""; _, part, _ = strings.Cut(part, ".") {
			lower := strings.ToLower(part)
			whole[lower] = append(whole[lower], name)
			parts = append(parts, lower)
		}
	}
	slices.Sort(parts)
	var found []string
	for _, part := range Words(strings.ToLower(pattern), slices.Compact(parts)) {
		for _, name := range whole[part] {
			if !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	return found
}

// Hint asks whether one of these stages was meant; it is "" where none is near.
func Hint(pattern string, names []string) string {
	meant := Stages(pattern, names)
	if len(meant) == 0 {
		return ""
	}
	return ": did you mean " + strings.Join(meant, " or ") + "?"
}

// editDistance counts the insertions, deletions, replacements and swaps of neighbours from a to b.
func editDistance(a, b string) int {
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}
