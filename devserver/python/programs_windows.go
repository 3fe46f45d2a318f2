package python

import (
	"errors"
	"os"
	"os/exec"
	"strings"
)

// environmentPrograms are the places of Python within an environment: venv's, conda's, and that of MSYS2.
var environmentPrograms = []string{`Scripts\python.exe`, `python.exe`, `bin\python.exe`}

var programSuffixes = []string{".exe", ".bat", ".cmd"}

// mayRun refuses the placeholder that opens the Microsoft Store: a file of no size.
func mayRun(path string, info os.FileInfo) error {
	switch {
	case info.IsDir():
		return errors.New("it is a folder")
	case info.Size() == 0 && strings.Contains(strings.ToLower(path), `\windowsapps\`):
		return errors.New("it is only a link to the Microsoft Store")
	}
	return nil
}

// launcher asks the py launcher (PEP 397) for a version.
func (s *search) launcher(v Version) (Interpreter, bool) {
	tag := "-" + Version{v.Major, v.Minor, -1}.String()
	out, err := exec.CommandContext(s.ctx, "py", tag, "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		return s.failed("py "+tag, "it gives no such Python")
	}
	return s.program(strings.TrimSpace(string(out)), "--python, from the py launcher")
}
