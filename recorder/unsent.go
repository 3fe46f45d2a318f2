package recorder

import (
	"slices"
	"strings"
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

// Unsent has what stages gave of an answer that has not come to the server: what was last done to its status and to each of its
// headers, those of one name each by itself.
func (x *Exchange) Unsent() []Touch {
	if x.Response.Status != "" {
		return nil
	}
	var last []Touch
	for _, t := range x.Blame.History {
		if t.What == "environ" {
			continue
		}
		at := slices.IndexFunc(last, func(before Touch) bool {
			return before.What == t.What && strings.EqualFold(before.Name, t.Name) && !before.Removes() && before.New == t.Old
		})
		if at < 0 {
			last = append(last, t)
		} else {
			last[at] = t
		}
	}
	return last
}
