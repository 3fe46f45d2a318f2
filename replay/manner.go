package replay

import "time"

// Manner is how exchanges are replayed and compared.
type Manner struct {
	Surgery
	// Learn, CarrySession, Timing and Concurrency are those of a Runner.
	Learn        bool `json:"learn,omitempty"`
	CarrySession bool `json:"carry_session,omitempty"`
	Timing       bool `json:"timing,omitempty"`
	Concurrency  int  `json:"concurrency,omitempty"`
	// Timeout bounds one exchange whole; 0 is DefaultTimeout.
	Timeout time.Duration `json:"timeout,omitempty"`
	// Chunks and Stages are compared too.
	Chunks bool `json:"chunks,omitempty"`
	Stages bool `json:"stages,omitempty"`
}

// Apply has a runner replay in this manner; what it would do of itself it does all the same.
func (m Manner) Apply(r *Runner) {
	r.Surgery, r.Concurrency, r.Sender.Timeout = m.Surgery, m.Concurrency, m.Timeout
	r.Learn, r.CarrySession, r.Timing = r.Learn || m.Learn, r.CarrySession || m.CarrySession, r.Timing || m.Timing
	r.Compare.Chunks, r.Compare.Stages = r.Compare.Chunks || m.Chunks, r.Compare.Stages || m.Stages
}
