package replay

import (
	"regexp"

	"github.com/snifter-dev/snifter/recorder"
)

// Rules are the differences that are noise by rule: `[tool.snifter.noise]`.
type Rules struct {
	// Headers are names of response headers, without regard to case.
	Headers []string
	// JSONPaths are JSON pointers in which "*" stands for any one segment and "**" for any number of them.
	JSONPaths []string
	// Body matches what is masked in text bodies: the first group where there is one, else the whole match.
	Body []*regexp.Regexp
	// NoDefaults leaves out the rules that apply by themselves.
	NoDefaults bool
}

// ParseRules makes rules of what stands in a configuration file, and says what is wrong with it.
func ParseRules(headers, jsonPaths, bodyRegexps []string) (Rules, error) {
	return Rules{}, nil
}

// Masks are differences that two runs of the same build showed.
type Masks struct{}

// Learn returns what differs between two runs of the same request on the same build.
func Learn(run1, run2 *recorder.Exchange, o Options) *Masks { return nil }
