package replay

import (
	"bytes"
	"encoding/json"
)

// VerdictLine is the line of `--json` that tells of a verdict: {"type":"verdict", ...}.
type VerdictLine struct{ Outcome }

// MarshalJSON implements json.Marshaler.
func (l VerdictLine) MarshalJSON() ([]byte, error) {
	type outcome Outcome
	o := l.Outcome
	if o.Reasons == nil {
		o.Reasons = []string{}
	}
	return unescaped(struct {
		Type string `json:"type"`
		outcome
	}{"verdict", outcome(o)})
}

// SummaryLine is the last line of `snifter replay --json`: {"type":"summary", ...}.
type SummaryLine struct{ Summary }

// MarshalJSON implements json.Marshaler.
func (l SummaryLine) MarshalJSON() ([]byte, error) {
	return unescaped(struct {
		Type string `json:"type"`
		Summary
	}{"summary", l.Summary})
}

// unescaped writes "<" as itself, which json.Marshal does not: what reads the lines is no HTML page.
func unescaped(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}
