package recorder

import "github.com/snifter-dev/snifter/devserver/event"

// chosen finds the exception of an exchange among all that its events tell of, as Fold keeps it or as a row does.
//
// It is the first that left a stage: an exception that passes through outer stages is told by each of them, and one
// that close() raises after another is not what broke the request. Else it is the first that the application handled
// and told as an error. Else, if the response says that something went wrong, it is the first that it handled at all.
type chosen[T any] struct{ unhandled, handled, minor *T }

// place is where the exception goes if it is of interest, which is the case while nothing is there.
func (c *chosen[T]) place(p *event.Raised) **T {
	switch {
	case !p.Handled:
		return &c.unhandled
	case !p.Minor:
		return &c.handled
	}
	return &c.minor
}

// of gives the exception of a response with this status, nil for none.
func (c *chosen[T]) of(status string) *T {
	switch {
	case c.unhandled != nil:
		return c.unhandled
	case c.handled != nil:
		return c.handled
	case statusCode(status) >= 500:
		return c.minor
	}
	return nil
}
