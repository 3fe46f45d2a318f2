package wire

import (
	"github.com/snifter-dev/snifter/devserver/event"
)

// StageEvent is one of those that a StageEvents frame holds: an event of an inner stage, at a time of the worker's clock.
// Payload is what package event has for the kind.
type StageEvent struct {
	Kind    event.Kind
	Stage   uint16
	At      uint64
	Payload any
}
