package recorder

import (
	"slices"

	"github.com/snifter-dev/snifter/devserver/event"
)

// Begun is the outermost stage that has given a status, of an answer that has not come to the server; nil where there is none, or
// the server has an answer.
func (x *Exchange) Begun() *Stage {
	if x.Response.Status != "" || len(x.Stages) == 0 {
		return nil
	}
	for i := range x.Stages[1:] {
		if s := &x.Stages[1+i]; s.Status != "" {
			return s
		}
	}
	return nil
}

// HasLeft says whether the call of a stage is known to have returned, or raised. Until it is, the stage is taken to be there to
// the end.
func (x *Exchange) HasLeft(s *Stage) bool {
	return x.State == Done || s.Result != "" || s.Index == 0 && x.State != Open ||
		s.Exception != nil && s.Exception.Where == event.InCall.String()
}

// Unsent has what stages gave of an answer that has not come to the server: what was last done to its status and to each of its
// headers.
func (x *Exchange) Unsent() []Touch {
	if x.Response.Status != "" {
		return nil
	}
	var last []Touch
	for _, t := range x.Blame.History {
		if t.What == "environ" {
			continue
		}
		at := slices.IndexFunc(last, func(before Touch) bool { return before.What == t.What && before.Line == t.Line })
		if at < 0 {
			last = append(last, t)
		} else {
			last[at] = t
		}
	}
	return last
}
