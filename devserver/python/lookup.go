package python

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// onPath takes the first Python of that name on PATH that will do.
func (s *search) onPath(name string) (Interpreter, bool) {
	what := name + " on PATH"
	missing := true
	for _, dir := range filepath.SplitList(s.getenv.get("PATH")) {
		if dir == "" {
			continue
		}
		for _, ext := range programSuffixes {
			path, err := filepath.Abs(filepath.Join(dir, name+ext))
			if err != nil || runnable(path) != nil {
				continue
			}
			missing = false
			i := Interpreter{Path: path, Why: what}
			if isShim(path) {
				if home := s.pyenvChoice(path); home == systemPython {
					continue // the next on PATH
				} else if home != "" {
					i.Path = filepath.Join(home, "bin", name)
					if runnable(i.Path) != nil {
						i.Path = filepath.Join(home, "bin", "python")
					}
					i.Prefix = home
					i.Why = what + ", pyenv's " + filepath.Base(home)
				}
			}
			if found, ok := s.checked(i, path); ok {
				return found, true
			}
		}
	}
	if missing {
		return s.failed(what, "not there")
	}
	return Interpreter{}, false
}

// isShim says that a program is one of pyenv's, asdf's or mise's, which find the real one at every start and take 50 ms
// and more for it.
func isShim(path string) bool {
	dir := filepath.Dir(path)
	return filepath.Base(dir) == "shims"
}

const systemPython = "system"

// pyenvChoice gives the folder of the version that a shim of pyenv would run, "system" where that is for the rest of
// PATH, and "" where it can't be told.
func (s *search) pyenvChoice(shim string) string {
	root := s.pyenvRoot()
	if root == "" || !sameFile(filepath.Dir(shim), filepath.Join(root, "shims")) {
		return ""
	}
	for _, version := range s.pyenvVersions(root) {
		if version == "system" {
			return systemPython
		}
		if home := s.pyenvVersion(version); home != "" {
			return home
		}
	}
	return ""
}

func (s *search) pyenvRoot() string {
	if root := s.getenv.get("PYENV_ROOT"); root != "" {
		return root
	}
	if home := s.getenv.get("HOME"); home != "" {
		return filepath.Join(home, ".pyenv")
	}
	return ""
}

// pyenvVersions lists the versions chosen, as `pyenv version-name` does: by PYENV_VERSION, the nearest .python-version
// from the application's folder upward, or the global file.
func (s *search) pyenvVersions(root string) []string {
	if chosen := s.getenv.get("PYENV_VERSION"); chosen != "" {
		return strings.Split(chosen, ":")
	}
	files := []string{}
	for dir := range Upward(s.dir) {
		files = append(files, filepath.Join(dir, ".python-version"))
	}
	for _, file := range append(files, filepath.Join(root, "version")) {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var versions []string
		for line := range strings.Lines(string(text)) {
			line, _, _ = strings.Cut(line, "#")
			for _, version := range strings.Fields(line) {
				versions = append(versions, strings.TrimPrefix(version, "python-"))
			}
		}
		if len(versions) > 0 {
			return versions
		}
	}
	return []string{"system"}
}

// pyenvVersion gives the folder of an installed version; "3.11" is the newest 3.11 there is.
func (s *search) pyenvVersion(version string) string {
	root := s.pyenvRoot()
	if root == "" || version == "" || strings.ContainsAny(version, `/\`) {
		return ""
	}
	exact := filepath.Join(root, "versions", version)
	if runnable(filepath.Join(exact, "bin", "python")) == nil {
		return exact
	}
	homes, err := filepath.Glob(filepath.Join(root, "versions", version+".*"))
	if err != nil {
		return ""
	}
	slices.SortFunc(homes, func(a, b string) int { return compareVersions(filepath.Base(b), filepath.Base(a)) })
	for _, home := range homes {
		if _, ok := parseVersion(filepath.Base(home)); ok && runnable(filepath.Join(home, "bin", "python")) == nil {
			return home
		}
	}
	return ""
}

func compareVersions(a, b string) int {
	v, _ := parseVersion(a)
	w, _ := parseVersion(b)
	return slices.Compare([]int{v.Major, v.Minor, v.Micro}, []int{w.Major, w.Minor, w.Micro})
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
