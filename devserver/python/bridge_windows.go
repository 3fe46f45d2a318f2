package python

import "os"

// private says whether a folder is there: on Windows the user's cache folder is closed to others by itself.
func private(dir string) bool {
	info, err := os.Lstat(dir)
	return err == nil && info.IsDir()
}
