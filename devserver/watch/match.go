package watch

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// Python returns the patterns of the files whose change can change a Python application: its modules, the settings in the
// project's own folder, and templates and translations. Flask loads templates anew in debug mode alone, and Django when
// runserver tells it to; a build is as quick.
func Python() []string {
	return []string{
		"*.py", "/*.toml", "/*.ini", "/*.cfg", "/.env", "/.flaskenv",
		"**/templates/**", "*.html", "*.jinja", "*.jinja2", "*.j2", "*.mako", "*.pt", "*.tpl", "*.mo",
	}
}

// Go returns the patterns of the files whose change can change a Go program. What it embeds is for AddFiles to name.
func Go() []string {
	return []string{"*.go", "!*_test.go", "go.mod", "go.sum", "go.work", "go.work.sum"}
}

// skipped are the folders that hold nothing a developer edits. Hidden folders are skipped anyway.
var skipped = map[string]bool{
	"__pycache__": true, "node_modules": true, "site-packages": true, "dist-packages": true, "__pypackages__": true,
	"CVS": true,
}

// skipDir says that a folder below a watched one is not looked into.
func skipDir(path string) bool {
	name := filepath.Base(path)
	if skipped[name] || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".egg-info") {
		return true
	}
	for _, mark := range []string{"pyvenv.cfg", "conda-meta"} {
		if _, err := os.Lstat(filepath.Join(path, mark)); err == nil {
			return true
		}
	}
	return false
}

// junk says that a name is one of those that editors and tools make beside the file that is being saved: Emacs' locks
// (.#a.py) and autosaves (#a.py#), backups (a.py~), swap files, and hidden temporary files of any tool.
func junk(name string) bool {
	switch {
	case strings.HasPrefix(name, ".env"), name == ".flaskenv":
		return strings.HasSuffix(name, "~") || strings.HasSuffix(name, ".swp")
	case strings.HasPrefix(name, "."), strings.HasPrefix(name, "#"), strings.HasSuffix(name, "~"):
		return true
	}
	return strings.HasSuffix(name, ".pyc") || strings.HasSuffix(name, ".tmp") || strings.Contains(name, "___jb_")
}

type patterns []gitignore.Pattern

func parse(lines []string, domain string) patterns {
	parts := split(domain)
	var out patterns
	for _, line := range lines {
		out = append(out, gitignore.ParsePattern(line, parts))
	}
	return out
}

// match gives what the last pattern that fits says, as gitignore(5) has it.
func (p patterns) match(path string, isDir bool) gitignore.MatchResult {
	if len(p) == 0 {
		return gitignore.NoMatch
	}
	parts := split(path)
	for i := len(p) - 1; i >= 0; i-- {
		if result := p[i].Match(parts, isDir); result != gitignore.NoMatch {
			return result
		}
	}
	return gitignore.NoMatch
}

// has says that the patterns name the path; a pattern "!..." takes out what an earlier one named.
func (p patterns) has(path string, isDir bool) bool {
	return p.match(path, isDir) == gitignore.Exclude
}

func split(path string) []string {
	return strings.FieldsFunc(filepath.ToSlash(path), func(r rune) bool { return r == '/' })
}

// ignoreFile reads a file of ignore patterns; one that is not there has none.
func ignoreFile(path, domain string) patterns {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	var lines []string
	for s := bufio.NewScanner(f); s.Scan(); {
		line := strings.TrimSuffix(s.Text(), "\r")
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return parse(lines, domain)
}

// above collects the ignore patterns that hold for dir from the folders above it, up to the top of its repository.
// Where they name dir itself they are left out: whoever serves from there wants what is in it.
func above(dir string) patterns {
	var chain []string
	top := ""
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			top = at
			break
		}
		if filepath.Dir(at) == at {
			return nil
		}
		chain = append(chain, filepath.Dir(at))
	}
	out := ignoreFile(filepath.Join(top, ".git", "info", "exclude"), top)
	for i := len(chain) - 1; i >= 0; i-- {
		out = append(out, ignoreFile(filepath.Join(chain[i], ".gitignore"), chain[i])...)
	}
	if out.has(dir, true) {
		return nil
	}
	return out
}

// counts says whether a file of the folder counts.
func (w *Watcher) counts(path string, in *folder) bool {
	name := filepath.Base(path)
	if in.root.exclude.has(path, false) {
		return false
	}
	if w.exact[path] {
		return true
	}
	if in.root.include.has(path, false) {
		return true
	}
	return !junk(name) && in.root.files.has(path, false) && !in.ignore.has(path, false)
}
