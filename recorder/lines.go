package recorder

import "slices"

// OfStatus has what was done to the status, in order.
func (b *Blame) OfStatus() []Touch { return b.of("status", 0) }

// OfField has what was done to the response's header at a place, in order: to that one, where several have its name.
func (b *Blame) OfField(place int) []Touch {
	if place >= len(b.Lines) || b.Lines[place] == 0 {
		return nil
	}
	return b.OfLine(b.Lines[place])
}

// OfLine has what was done to the header of a number, in order.
func (b *Blame) OfLine(line int) []Touch { return b.of("header", line) }

func (b *Blame) of(what string, line int) (all []Touch) {
	for _, t := range b.History {
		if t.What == what && t.Line == line {
			all = append(all, t)
		}
	}
	return all
}

// Others has what was last done to each header that the application has not given in the end: it was dropped, or is the server's
// own.
func (b *Blame) Others() (last []Touch) {
	for i, t := range b.History {
		again := func(u Touch) bool { return u.What == t.What && u.Line == t.Line }
		if t.What == "header" && !slices.Contains(b.Lines, t.Line) && !slices.ContainsFunc(b.History[i+1:], again) {
			last = append(last, t)
		}
	}
	return last
}
