package recorder

// ByHand says what somebody did with the exchange while it was stopped at a boundary, last of all: "edited by hand at
// app.Auth:enter"; "" where nobody did more than look.
func (x *Exchange) ByHand() string {
	did, at := "", -1.0
	for i := range x.Stages {
		for _, p := range x.Stages[i].Pauses {
			if how := p.byHand(); how != "" && p.AtMS >= at {
				did, at = how+" by hand at "+x.Stages[i].Name+":"+p.Boundary, p.AtMS
			}
		}
	}
	return did
}

func (p *Pause) byHand() string {
	switch p.Then {
	case "respond":
		return "answered"
	case "raise":
		return "made to fail"
	case "abort":
		return "aborted"
	}
	if len(p.Edited) > 0 {
		return "edited"
	}
	return ""
}
