package worker

import (
	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/wire"
)

var places = map[string]event.Where{
	"call": event.InCall, "iterate": event.InIterate, "close": event.InClose, "load": event.InLoad,
}

// asRaised turns the wire's exception into the event's.
func asRaised(r *wire.Raised) *event.Raised {
	if r == nil {
		return nil
	}
	e := &event.Raised{
		Where: places[r.Where], Type: r.Type, Message: r.Message, Explicit: r.Explicit, Text: r.Text,
		Cause: asRaised(r.Cause), Handled: r.Handled, Minor: r.Minor,
	}
	for _, f := range r.Frames {
		e.Frames = append(e.Frames, event.Frame{
			File: f.File, Line: f.Line, Function: f.Function, Source: f.Source, Context: f.Context,
			ContextFrom: f.ContextFrom,
		})
	}
	return e
}
