package python

import "io/fs"

// writableByAll is not told by a file's mode here: folders are private to their users by inherited rights.
func writableByAll(fs.FileInfo) bool { return false }
