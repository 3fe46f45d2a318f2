package recorder

import (
	"regexp"
	"slices"
	"strconv"
)

var stageNumber = regexp.MustCompile(`\bstage (\d+)\b`)

// WithNames puts the names of stages in the place of their numbers in the message of a finding: another exchange has other
// numbers.
func WithNames(message string, stages []Stage) string {
	return stageNumber.ReplaceAllStringFunc(message, func(text string) string {
		n, err := strconv.Atoi(stageNumber.FindStringSubmatch(text)[1])
		at := slices.IndexFunc(stages, func(s Stage) bool { return s.Index == n })
		if err != nil || at < 0 || stages[at].Name == "" {
			return text
		}
		return stages[at].Name
	})
}
