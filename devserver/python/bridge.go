package python

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

//go:embed bridge/_snifter/*.py bridge/_snifter/*/*.py bridge/_snifter/*/*/*.py
var bridge embed.FS

const bridgePackage = "bridge/_snifter"

// BridgeCommand is the program, for `python -c`, that starts the bridge from its folder, which is its only argument. It
// leaves neither the folder nor the current one on sys.path.
const BridgeCommand = `import sys
if sys.path[:1] == [""]: del sys.path[0]
sys.path.insert(0, sys.argv[1])
try: # nothing is imported lazily here (PEP 810)
    from _snifter.boot import main
finally:
    del sys.path[0], sys
main()
`

// Bridge is the folder in which the bridge, the Python package _snifter, lies for an interpreter to import it.
type Bridge struct {
	Dir       string
	temporary bool
	use       *os.File // locked as long as a cached folder is used; nil where that can't be
	sweeping  sync.WaitGroup
	stop      context.CancelFunc // ends the sweeping
}

// UnpackBridge writes the bridge to the user's cache folder, by the hash of what it is, unless it is there. It is kept
// there since Python then keeps its bytecode too, which saves a third of the start; those of other versions are removed
// when nobody has used them for a month. Without such a folder it goes to a temporary one. Only the user may read or change
// either.
func UnpackBridge() (*Bridge, error) {
	if cache, err := os.UserCacheDir(); err == nil {
		if b, err := cachedBridge(filepath.Join(cache, "snifter")); err == nil {
			return b, nil
		}
	}
	dir, err := os.MkdirTemp("", "snifter-")
	if err != nil {
		return nil, fmt.Errorf("unpack the Python bridge: %w", err)
	}
	if err := writeBridge(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("unpack the Python bridge: %w", err), os.RemoveAll(dir))
	}
	return &Bridge{Dir: dir, temporary: true}, nil
}

// Close lets go of the bridge, and removes it if it is in a temporary folder. It may be called more than once.
func (b *Bridge) Close() error {
	if b.temporary {
		return os.RemoveAll(b.Dir)
	}
	b.stop()
	b.sweeping.Wait()
	if b.use != nil {
		_ = b.use.Close()
	}
	return nil
}

// bridgeFiles lists the files of the package and of its subpackages, by their path within it.
func bridgeFiles() (names []string, err error) {
	err = fs.WalkDir(bridge, bridgePackage, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, strings.TrimPrefix(name, bridgePackage+"/"))
		}
		return err
	})
	return names, err
}

// subpackages are the folders within the package.
func subpackages(names []string) []string {
	var dirs []string
	for _, name := range names {
		if dir := path.Dir(name); dir != "." && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func bridgeHash() (string, error) {
	names, err := bridgeFiles()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, name := range names {
		text, err := bridge.ReadFile(path.Join(bridgePackage, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(text))
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// unpackTo makes sure that the bridge lies in a folder below parent, whole and ours.
func unpackTo(parent string) (string, error) {
	hash, err := bridgeHash()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(parent, bridgePrefix+hash)
	if intact(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", err
	}
	fresh, err := os.MkdirTemp(parent, unpackingPrefix)
	if err != nil {
		return "", err
	}
	if err := writeBridge(fresh); err != nil {
		return "", errors.Join(err, os.RemoveAll(fresh))
	}
	if err := os.Rename(fresh, dir); err == nil {
		return dir, nil
	}
	// Another snifter was faster, or what is there is not whole: it is replaced.
	if !intact(dir) {
		if err := os.RemoveAll(dir); err != nil {
			return "", errors.Join(err, os.RemoveAll(fresh))
		}
		if err := os.Rename(fresh, dir); err == nil {
			return dir, nil
		}
	}
	err = os.RemoveAll(fresh)
	if !intact(dir) {
		err = errors.Join(fmt.Errorf("%s can't be replaced", dir), err)
	}
	return dir, err
}

func writeBridge(dir string) error {
	pkg := filepath.Join(dir, "_snifter")
	if err := os.Mkdir(pkg, 0o700); err != nil {
		return err
	}
	names, err := bridgeFiles()
	if err != nil {
		return err
	}
	for _, dir := range subpackages(names) {
		if err := os.MkdirAll(filepath.Join(pkg, filepath.FromSlash(dir)), 0o700); err != nil {
			return err
		}
	}
	for _, name := range names {
		text, err := bridge.ReadFile(path.Join(bridgePackage, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(pkg, filepath.FromSlash(name)), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// intact says whether a folder holds the bridge as it is in this program, closed to others.
func intact(dir string) bool {
	names, err := bridgeFiles()
	if err != nil || !private(dir) || !private(filepath.Join(dir, "_snifter")) {
		return false
	}
	for _, sub := range subpackages(names) {
		if !private(filepath.Join(dir, "_snifter", filepath.FromSlash(sub))) {
			return false
		}
	}
	for _, name := range names {
		want, err := bridge.ReadFile(path.Join(bridgePackage, name))
		if err != nil {
			return false
		}
		got, err := os.ReadFile(filepath.Join(dir, "_snifter", filepath.FromSlash(name)))
		if err != nil || !bytes.Equal(got, want) {
			return false
		}
	}
	return true
}
