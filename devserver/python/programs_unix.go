//go:build !windows

package python

import (
	"errors"
	"os"
)

// environmentPrograms are the places of Python within an environment.
var environmentPrograms = []string{"bin/python", "bin/python3", "bin/pypy3"}

var programSuffixes = []string{""}

func mayRun(_ string, info os.FileInfo) error {
	if info.IsDir() {
		return errors.New("it is a folder")
	}
	if info.Mode()&0o111 == 0 {
		return errors.New("it may not be run")
	}
	return nil
}

// launcher is for Windows alone.
func (s *search) launcher(Version) (Interpreter, bool) { return Interpreter{}, false }
