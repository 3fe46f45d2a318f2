package recorder

import "github.com/snifter-dev/snifter/devserver/event"

// NewException is an exception as JSON shows it: that of a build that failed, for one, which belongs to no exchange.
// It is nil for nil.
func NewException(p *event.Raised) *Exception { return exception(p, 0, 0) }
