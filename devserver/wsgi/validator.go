package wsgi

import "fmt"

// ValidationError is what [Validator] panics with.
type ValidationError struct {
	// Check is the name of the check that failed: one of those that Validator lists.
	Check   string
	Message string
}

func (e *ValidationError) Error() string { return fmt.Sprintf("%s (%s)", e.Message, e.Check) }
