package python

import (
	"iter"
	"os"
	"path/filepath"
)

// Upward gives the folder and those above it, in which a project's own files are looked for: settings, environments,
// captures. It passes over folders above it that everybody may write to (/tmp): what lies there may be another user's, and
// would choose the interpreter that is run.
func Upward(dir string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !yield(dir) {
			return
		}
		for filepath.Dir(dir) != dir {
			dir = filepath.Dir(dir)
			if info, err := os.Stat(dir); err != nil || writableByAll(info) {
				continue
			}
			if !yield(dir) {
				return
			}
		}
	}
}
