package main

import (
	"errors"
)

// explain puts an error of any of the parts into the user's words.
func explain(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	return &problem{code: exitDifferent, what: err.Error()}
}
