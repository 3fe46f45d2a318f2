package python

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// unnamed finds the application when nothing was named.
func (f *finder) unnamed() (Found, error) {
	if found, ok, err := f.flaskApp(); ok || err != nil {
		return found, err
	}
	if found, err := f.search(); err == nil {
		return found, nil
	}
	// A developer may stand in a folder of the project: manage.py is above.
	for dir := range Upward(f.dir) {
		if dir != f.dir {
			if found, ok := f.managed(dir); ok {
				found.Why = f.show(filepath.Join(dir, "manage.py"))
				return found, nil
			}
		}
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			break
		}
	}
	return Found{}, f.missing("no application was found in "+f.dir, typeThis)
}

// flaskApp follows FLASK_APP, from the environment or from the files that Flask reads.
func (f *finder) flaskApp() (Found, bool, error) {
	if app := f.getenv.get("FLASK_APP"); app != "" {
		found, err := f.named(app, "FLASK_APP is "+app)
		return f.withFlaskEnv(found), true, err
	}
	env, from := flaskEnv(f.dir, f.getenv)
	app := env["FLASK_APP"]
	if app == "" {
		f.failed("FLASK_APP", "not set, nor in .env or .flaskenv")
		return Found{}, false, nil
	}
	found, err := f.named(app, fmt.Sprintf("FLASK_APP is %s in %s", app, from["FLASK_APP"]))
	return f.withFlaskEnv(found), true, err
}

func (f *finder) withFlaskEnv(found Found) Found {
	found.Plan.Env, _ = flaskEnv(f.dir, f.getenv)
	return found
}

// search looks for an application in the finder's folder, by the customs of the frameworks.
func (f *finder) search() (Found, error) {
	if found, ok := f.managed(f.dir); ok {
		found.Why = f.show(filepath.Join(f.dir, "manage.py")) + " is here"
		return found, nil
	}
	steps := []func() []candidate{
		f.flaskFiles, f.iniFiles, f.otherFiles, f.packages, f.projectsBelow, f.anyFile, f.settingsNamed,
	}
	for i, step := range steps {
		candidates := step()
		if len(candidates) == 0 {
			continue
		}
		best := candidates[0].found
		for _, c := range candidates[1:] {
			best.Others = append(best.Others, c.typed)
		}
		if i == 0 { // Flask's own names: others of the folder are of interest too
			for _, c := range f.otherFiles() {
				best.Others = append(best.Others, c.typed)
			}
		}
		return best, nil
	}
	if found, ok := f.goProgram(); ok {
		return found, nil
	}
	if found, ok := f.plainFlaskFile(); ok {
		return found, nil
	}
	return Found{}, f.missing("no application was found in "+f.dir, typeThis)
}

// candidate is an application that was found by a step of the search, and what to type for it.
type candidate struct {
	found Found
	typed string
}

// flaskFiles are those that Flask looks at.
func (f *finder) flaskFiles() []candidate {
	return f.files(f.dir, "wsgi.py", "app.py")
}

// otherFiles have names that are in use for the same.
func (f *finder) otherFiles() []candidate {
	return f.files(f.dir, "application.py", "main.py", "server.py", "run.py", "index.py", "passenger_wsgi.py")
}

// files takes those of the named files in which an application is seen.
func (f *finder) files(dir string, names ...string) []candidate {
	var out []candidate
	for _, name := range names {
		path := filepath.Join(dir, name)
		if !isFile(path) {
			if dir == f.dir {
				f.failed(name, "not there")
			}
			continue
		}
		if c, ok := f.candidate(path); ok {
			out = append(out, c)
		}
	}
	return out
}

// candidate looks at one file.
func (f *finder) candidate(path string) (candidate, bool) {
	src := scanFile(path)
	seen := src.application()
	if seen.name == "" {
		f.failed(f.show(path), seen.reason)
		return candidate{}, false
	}
	m := moduleOf(path)
	if callee := src.following("DJANGO_SETTINGS_MODULE"); callee != "" {
		if found, ok := f.managed(m.root); ok {
			found.Why = f.show(filepath.Join(m.root, "manage.py"))
			return candidate{found, f.show(m.root)}, true
		}
	}
	found := f.planned(m, Plan{})
	found.Why = f.show(path) + " is here"
	return candidate{found, f.show(path)}, true
}

// plainFlaskFile takes wsgi.py or app.py though no application is seen in it: it may come by a star import.
func (f *finder) plainFlaskFile() (Found, bool) {
	for _, name := range []string{"wsgi.py", "app.py"} {
		path := filepath.Join(f.dir, name)
		if !isFile(path) || strings.Contains(scanFile(path).application().reason, " is a") {
			continue
		}
		found := f.planned(moduleOf(path), Plan{})
		found.Why = name + " is here"
		return found, true
	}
	return Found{}, false
}

// packages looks into the packages of the folder and of its src folder.
func (f *finder) packages() []candidate {
	var out []candidate
	for _, root := range roots(f.dir) {
		for _, name := range subfolders(root) {
			dir := filepath.Join(root, name)
			if !isName(name, false) || notApplications[name] {
				continue
			}
			tried := len(f.tried)
			found := f.files(dir, "wsgi.py")
			if isFile(filepath.Join(dir, "__init__.py")) {
				found = append(found, f.files(dir, "__init__.py", "app.py", "main.py")...)
			} else if root != f.dir || len(found) == 0 {
				found = append(found, f.files(dir, "app.py")...)
			}
			if len(found) > 0 {
				f.tried = f.tried[:tried]
				out = append(out, found[0])
			}
		}
	}
	if own := f.projectName(); own != "" {
		slices.SortStableFunc(out, func(a, b candidate) int {
			return preferred(b.found.Plan.Module, own) - preferred(a.found.Plan.Module, own)
		})
	}
	return out
}

func preferred(module, own string) int {
	top, _, _ := strings.Cut(module, ".")
	if strings.EqualFold(top, own) {
		return 1
	}
	return 0
}

// notApplications are packages that hold none though they may make one.
var notApplications = map[string]bool{
	"tests": true, "test": true, "docs": true, "doc": true, "examples": true, "example": true, "scripts": true,
	"migrations": true, "node_modules": true, "build": true, "dist": true, "bin": true, "lib": true,
}

// projectsBelow finds Django projects in the folders of this one.
func (f *finder) projectsBelow() []candidate {
	var out []candidate
	for _, root := range roots(f.dir) {
		for _, name := range subfolders(root) {
			dir := filepath.Join(root, name)
			found, ok := f.managed(dir)
			if !ok {
				found, ok = f.managed(root)
				ok = ok && root != f.dir && len(out) == 0
			}
			if ok {
				found.Why = f.show(filepath.Join(found.Plan.Dir, "manage.py")) + " is here"
				out = append(out, candidate{found, f.show(found.Plan.Dir)})
			}
		}
	}
	return out
}

// anyFile takes any file of the folder in which an application is seen.
func (f *finder) anyFile() []candidate {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil
	}
	var out []candidate
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case !strings.HasSuffix(name, ".py"), name == "setup.py", name == "conftest.py", name == "asgi.py",
			strings.HasPrefix(name, "test_"):
			continue
		}
		if path := filepath.Join(f.dir, name); isFile(path) && scanFile(path).application().name != "" {
			if c, ok := f.candidate(path); ok {
				out = append(out, c)
			}
		}
	}
	if len(out) == 0 {
		f.failed("the other .py files here", "no application is seen in them")
	}
	return out
}

// subfolders lists the folders that may hold sources.
func subfolders(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if !strings.HasPrefix(entry.Name(), ".") && entry.Name() != "src" && isDir(path) &&
			!isFile(filepath.Join(path, "pyvenv.cfg")) {
			out = append(out, entry.Name())
		}
	}
	return out
}
