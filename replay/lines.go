package replay

import "encoding/json"

// VerdictLine is the line of `--json` that tells of a verdict: {"type":"verdict", ...}.
type VerdictLine struct{ Outcome }

// MarshalJSON implements json.Marshaler.
func (l VerdictLine) MarshalJSON() ([]byte, error) {
	type outcome Outcome
	o := l.Outcome
	if o.Reasons == nil {
		o.Reasons = []string{}
	}
	return json.Marshal(struct {
		Type string `json:"type"`
		outcome
	}{"verdict", outcome(o)})
}

// SummaryLine is the last line of `snifter replay --json`: {"type":"summary", ...}.
type SummaryLine struct{ Summary }

// MarshalJSON implements json.Marshaler.
func (l SummaryLine) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type string `json:"type"`
		Summary
	}{"summary", l.Summary})
}
