// Package quietinit keeps a library's initialisation from talking to the terminal.
//
// Bubble Tea asks the terminal for its background as the program is initialised, before main, whatever the command:
// `snifter ls` would write escape sequences, eat what was typed ahead, and wait up to five seconds for a terminal that
// does not answer. The library leaves a terminal alone that calls itself dumb; so TERM is "dumb" until main calls
// [End]. The workbench asks by itself, when it opens.
//
// That this package is initialised before that library is the language's promise: packages are initialised in the
// order of their paths as soon as what they import is, this one imports os alone, and what the library imports
// (os/exec, by way of termenv) comes later in that order.
package quietinit

import "os"

var (
	term string
	set  bool
)

func init() {
	if term, set = os.LookupEnv("TERM"); set {
		_ = os.Setenv("TERM", "dumb")
	}
}

// End gives TERM its value back.
func End() {
	if set {
		_ = os.Setenv("TERM", term)
	}
}
