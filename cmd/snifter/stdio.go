package main

import (
	"io"
	"strings"
)

// stdio is what a command has of the outer world.
type stdio struct {
	in       io.Reader
	out, err io.Writer
	environ  []string // "KEY=value", as os.Environ gives it
	dir      string   // the working directory
	terminal bool     // both in and out are a terminal
	colour   bool     // out is a terminal that takes colours, and NO_COLOR is not set
	width    int      // columns of the terminal, 0 where out is none
}

// getenv returns the value of an environment variable, "" where it is not set.
func (s stdio) getenv(key string) string {
	value, _ := s.lookupEnv(key)
	return value
}

// lookupEnv finds an environment variable. Of several the last one counts, as in os/exec.
func (s stdio) lookupEnv(key string) (string, bool) {
	for i := len(s.environ) - 1; i >= 0; i-- {
		if name, value, ok := strings.Cut(s.environ[i], "="); ok && name == key {
			return value, true
		}
	}
	return "", false
}

// screen tells whether the workbench can be shown: there is a terminal that can be drawn on, and no CI job behind it.
func (s stdio) screen() bool {
	ci := s.getenv("CI")
	return s.terminal && s.getenv("TERM") != "dumb" && (ci == "" || ci == "false" || ci == "0")
}
