package recorder

import "github.com/snifter-dev/snifter/devserver/event"

// NewException is an exception as JSON shows it: that of a build that failed, for one, which belongs to no exchange.
// It is nil for nil.
func NewException(p *event.Raised) *Exception { return exception(p, 0, 0) }

func exception(p *event.Raised, stage, depth int) *Exception {
	if p == nil || depth >= maxCauses {
		return nil
	}
	x := &Exception{
		Where: p.Where.String(), Stage: stage, Type: p.Type, Message: p.Message, Frames: frames(p.Frames),
		Cause: exception(p.Cause, stage, depth+1), Explicit: p.Explicit, Text: p.Text,
		Handled: p.Handled,
	}
	return x
}

// frames are the entries of a traceback as an exchange has them.
func frames(from []event.Frame) []Frame {
	out := make([]Frame, 0, len(from))
	for _, f := range from {
		out = append(out, Frame(f))
	}
	return out
}
