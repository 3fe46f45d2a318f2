package recorder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// folderName is the folder that captures lie in unless another file is named. snifter owns it.
const folderName = ".snifter"

// makeFolder makes the folder of a capture where it is not there, for its owner alone, whatever the umask. A folder
// that snifter made, or owns by its name, keeps what is in it out of version control.
func makeFolder(dir string) error {
	_, err := os.Stat(dir)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	if !missing && filepath.Base(dir) != folderName {
		return nil
	}
	if missing {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	if err := os.Chmod(dir, 0o700); err != nil && missing {
		return err
	}
	ignore := filepath.Join(dir, ".gitignore")
	f, err := os.OpenFile(ignore, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) || err != nil && !missing {
		return nil // it is there, or the folder is read-only, which opening the capture will tell
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString("*\n")
	return errors.Join(err, f.Close(), os.Chmod(ignore, 0o600))
}

// makePrivate makes a file for its owner alone, or takes others' rights from it. SQLite gives the files beside it the
// same mode.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return errors.Join(f.Close(), os.Chmod(path, 0o600))
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	if st.IsDir() {
		return fmt.Errorf("%w: a folder", ErrNotCapture)
	}
	if st.Mode().IsRegular() && st.Mode().Perm()&0o077 != 0 {
		_ = os.Chmod(path, 0o600) // another's file, or a file system without modes: it can be used all the same
	}
	return nil
}
