package python

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/filelock"
)

// What lies in the cache folder, by how its name begins: a bridge, by its hash; one that is being written; one that is being
// removed.
const (
	bridgePrefix    = "bridge-"
	unpackingPrefix = "unpacking-"
	removingPrefix  = "removing-"
)

// inUse is the file of a bridge that a snifter keeps locked while it uses it. It is as old as the last use.
const inUse = "in-use"

const (
	// bridgeAge is how long a bridge of another version is kept after it was used last: those who go back and forth
	// between versions have no use for its removal.
	bridgeAge = 30 * 24 * time.Hour
	// leftoverAge is how long what was not written or removed to its end may still be at work.
	leftoverAge = 24 * time.Hour
)

// errSwept says that a bridge was removed by another snifter before it could be held.
var errSwept = errors.New("it was removed meanwhile")

// cachedBridge makes sure of a bridge in the cache folder, and holds it.
func cachedBridge(parent string) (*Bridge, error) {
	for range 3 {
		dir, err := unpackTo(parent)
		if err != nil {
			return nil, err
		}
		use, err := hold(dir)
		if errors.Is(err, errSwept) {
			continue
		}
		ctx, stop := context.WithCancel(context.Background())
		b := &Bridge{Dir: dir, use: use, stop: stop}
		b.sweeping.Go(func() { sweep(ctx, parent, filepath.Base(dir), time.Now()) })
		return b, nil
	}
	return nil, errSwept
}

// hold keeps others from removing a bridge until the file is closed, or the process ends. Where locks do not work, or
// nothing can be written, it returns nil: nobody else gets the lock there, either.
func hold(dir string) (*os.File, error) {
	name := filepath.Join(dir, inUse)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errSwept
	}
	if err != nil {
		return nil, nil
	}
	if err := filelock.Share(f); err != nil {
		_ = f.Close()
		return nil, nil
	}
	mine, err1 := f.Stat()
	there, err2 := os.Stat(name)
	if err1 != nil || err2 != nil || !os.SameFile(mine, there) {
		_ = f.Close()
		return nil, errSwept
	}
	now := time.Now()
	_ = os.Chtimes(name, now, now)
	return f, nil
}

// sweep removes what nobody has used for long, but for the folder named. It does so in the background of a start, and what
// it can't remove is left to another time.
func sweep(ctx context.Context, parent, keep string, now time.Time) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if ctx.Err() != nil {
			return
		}
		name := entry.Name()
		path := filepath.Join(parent, name)
		switch {
		case !entry.IsDir() || name == keep:
		case strings.HasPrefix(name, bridgePrefix):
			if now.Sub(lastUse(path)) > bridgeAge {
				removeUnused(path)
			}
		case strings.HasPrefix(name, unpackingPrefix), strings.HasPrefix(name, removingPrefix):
			if info, err := entry.Info(); err == nil && now.Sub(info.ModTime()) > leftoverAge {
				_ = os.RemoveAll(path)
			}
		}
	}
}

// lastUse is when a bridge was used last; of one that was only ever used by a version that did not say so, when it was
// written.
func lastUse(dir string) time.Time {
	for _, name := range []string{filepath.Join(dir, inUse), dir} {
		if info, err := os.Stat(name); err == nil {
			return info.ModTime()
		}
	}
	return time.Now()
}

// removeUnused removes a bridge, unless it is held. It takes another name first, all at once, so that nobody finds half of
// one.
func removeUnused(dir string) {
	f, err := os.OpenFile(filepath.Join(dir, inUse), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	if alone, err := filelock.TryExclusive(f); err != nil || !alone {
		return
	}
	if runtime.GOOS == "windows" {
		_ = f.Close() // a folder with an open file can't be renamed there, which keeps out whoever opens it from now on
	}
	away := filepath.Join(filepath.Dir(dir), removingPrefix+filepath.Base(dir))
	if os.Rename(dir, away) == nil {
		_ = os.RemoveAll(away)
	}
}
