// Package python finds what is needed to run a Python application: an interpreter ([FindInterpreter]) and the
// application itself ([FindApp]), and holds the bridge, the worker's side in Python.
//
// Finding is static: files are read and names compared, and nothing of the user's is run. Both finders say what they
// chose and why, in a line for the user, and on failure what they tried and what to type.
package python

import "strings"

// Attempt is something that was looked at and did not do.
type Attempt struct {
	What string // "VIRTUAL_ENV=/home/me/venv", "wsgi.py in /home/me/site"
	Why  string // "there is no python in it"
}

func (a Attempt) String() string {
	if a.Why == "" {
		return a.What
	}
	return a.What + ": " + a.Why
}

// NotFoundError says what was looked for, what was tried, and what to do.
type NotFoundError struct {
	What  string // "no Python interpreter was found"
	Tried []Attempt
	Hint  string // "install Python 3.8 or later, or name one with --python"
}

func (e *NotFoundError) Error() string {
	var b strings.Builder
	b.WriteString(e.What)
	if len(e.Tried) > 0 {
		b.WriteString("; tried:")
		for _, a := range e.Tried {
			b.WriteString("\n  " + a.String())
		}
	}
	if e.Hint != "" {
		b.WriteString("\n" + e.Hint)
	}
	return b.String()
}
