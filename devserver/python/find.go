package python

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Found is an application.
type Found struct {
	Plan        Plan
	Description string // "app:app", "the Django project mysite"
	Why         string // "app.py is here", "FLASK_APP in .flaskenv"
	// Others are applications that were passed over; each is something to type instead.
	Others []string
	Tried  []Attempt
}

// String says in one line what was found and why.
func (f Found) String() string {
	text := f.Description
	if f.Why != "" {
		text += " (" + f.Why + ")"
	}
	if len(f.Others) > 0 {
		text += "; also here: " + strings.Join(f.Others, ", ")
	}
	return text
}

// FindApp finds the application that arg names, seen from the folder dir; with no arg it looks for one.
//
// arg is `module:name`, `module:factory("literal", key=1)`, a module, a file (`app.py`, `pkg/app.py:name`), an ini file
// of PasteDeploy (`development.ini#main`), a folder, or a Go package (`./cmd/site`). What a plan says of a module that
// lies in dir was read from its text; whether it is so shows when it is loaded. The error is a *[NotFoundError].
func FindApp(dir, arg string, getenv Getenv) (Found, error) {
	if dir == "" {
		dir = "."
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Found{}, fmt.Errorf("find the application: %w", err)
	}
	f := &finder{dir: dir, from: dir, getenv: getenv}
	var found Found
	if arg = strings.TrimSpace(arg); arg == "" {
		found, err = f.unnamed()
	} else {
		found, err = f.named(arg, "")
	}
	if err != nil {
		return Found{}, err
	}
	found.Tried = f.tried
	return found, nil
}

type finder struct {
	dir    string // where it looks
	from   string // where the user stands: paths are shown from there
	getenv Getenv
	tried  []Attempt
}

func (f *finder) failed(what, why string) { f.tried = append(f.tried, Attempt{what, why}) }

func (f *finder) missing(what string, hint string) error {
	return &NotFoundError{What: what, Tried: f.tried, Hint: hint}
}

const typeThis = "name one: snifter run MODULE:NAME, app.py, ./project, development.ini, or ./cmd/site for Go"

// named takes what the user, or FLASK_APP, named. why says who did; "" is the user.
func (f *finder) named(arg, why string) (Found, error) {
	where, attr, hasAttr := cutAttr(arg)
	path := where
	if !filepath.IsAbs(path) {
		path = filepath.Join(f.dir, where)
	}
	file, section, _ := strings.Cut(path, "#")
	switch {
	case strings.HasSuffix(file, ".ini"):
		return f.ini(file, orElse(section, attr), why)
	case strings.HasSuffix(where, ".go"):
		if !isFile(path) {
			return Found{}, f.missing(where+" is not there", typeThis)
		}
		return f.goPackage(filepath.Dir(path), why)
	case hasAttr && attr == "":
		return Found{}, f.missing(fmt.Sprintf("%q names nothing after the colon", arg), "leave the colon out, or "+
			"add the name of the application")
	}
	plan, err := parseAttr(attr)
	if err != nil {
		return Found{}, f.missing(fmt.Sprintf("%q: %v", arg, err), typeThis)
	}
	switch {
	case strings.HasSuffix(where, ".py"):
		if !isFile(path) {
			return Found{}, f.missing(where+" is not there", f.similar(filepath.Dir(path)))
		}
		return f.fromFile(moduleOf(path), plan, why), nil
	case !hasAttr && isDir(path) && !isFile(filepath.Join(path, "__init__.py")):
		return f.folder(path, where, why)
	case strings.ContainsAny(where, `/\`) || where == "." || where == "..":
		return f.fromPath(path, where, plan, hasAttr, why)
	}
	return f.fromModule(where, plan, hasAttr, why)
}

// cutAttr takes `module:attr` apart. A colon before a slash or a backslash belongs to a path (C:\site\app.py), as in
// Flask.
func cutAttr(arg string) (where, attr string, ok bool) {
	for i := 0; i < len(arg); i++ {
		if arg[i] == ':' && (i+1 == len(arg) || !strings.ContainsRune(`/\`, rune(arg[i+1]))) {
			return strings.TrimSpace(arg[:i]), strings.TrimSpace(arg[i+1:]), true
		}
	}
	return arg, "", false
}

// parseAttr reads what stands behind the colon: a dotted name, or a call with literals.
func parseAttr(attr string) (Plan, error) {
	if attr == "" {
		return Plan{}, nil
	}
	name, args, call := strings.Cut(attr, "(")
	name = strings.TrimSpace(name)
	if !isName(name, true) {
		return Plan{}, fmt.Errorf("%q is no name", name)
	}
	if !call {
		return Plan{Attr: name}, nil
	}
	args, closed := strings.CutSuffix(strings.TrimSpace(args), ")")
	if !closed {
		return Plan{}, fmt.Errorf("%s: the bracket is not closed", attr)
	}
	if err := checkArguments(args); err != nil {
		return Plan{}, fmt.Errorf("%s: %w", attr, err)
	}
	return Plan{Attr: name, Call: true, Args: strings.TrimSpace(args)}, nil
}

// fromFile plans to load a file.
func (f *finder) fromFile(m module, plan Plan, why string) Found {
	found := f.planned(m, plan)
	found.Why = orElse(why, f.show(m.file))
	return found
}

// planned completes the plan of a module that lies in the user's folders.
func (f *finder) planned(m module, plan Plan) Found {
	src := scanFile(m.file)
	plan.Kind, plan.Module = KindModule, m.name
	if !m.importable {
		plan.Kind = KindFile
	}
	plan.File, plan.Dir, plan.SysPath = m.file, projectOf(m), []string{m.root}
	if f.dir != m.root {
		plan.SysPath = append(plan.SysPath, f.dir)
	}
	shown := plan.Attr
	if plan.Attr == "" {
		seen := src.application()
		plan.Names, plan.Factories = applicationNames(), factoryNames()
		if !slices.Contains(plan.Names, seen.name) && seen.name != "" && !seen.factory {
			plan.Names = append(plan.Names, seen.name)
		}
		if !seen.unsure {
			shown = seen.name
		}
		if seen.factory {
			shown += "()"
		}
	} else if plan.Call {
		shown += "(" + plan.Args + ")"
	}
	if src.imports("flask") {
		plan.Env, _ = flaskEnv(f.dir, f.getenv)
	}
	found := Found{Plan: plan, Description: m.name}
	if shown != "" {
		found.Description += ":" + shown
	}
	return found
}

// LoadedAs is the description once the application is loaded, by an expression such as app:create_app(): the text of a
// file only suggests which of its names will be that.
func (f Found) LoadedAs(expression string) string {
	at := strings.LastIndex(expression, ":")
	if p := f.Plan; at < 0 || p.Attr != "" || p.Kind != KindModule && p.Kind != KindFile {
		return f.Description
	}
	module, _, _ := strings.Cut(f.Description, ":")
	return module + expression[at:]
}

// projectOf is the folder of the sources: that of the module, or the one that holds its src folder.
func projectOf(m module) string {
	if filepath.Base(m.root) == "src" {
		return filepath.Dir(m.root)
	}
	return m.root
}

// fromPath takes a path without an ending: a package's folder, or a module's file without its .py.
func (f *finder) fromPath(path, where string, plan Plan, hasAttr bool, why string) (Found, error) {
	switch {
	case isFile(path + ".py"):
		return f.fromFile(moduleOf(path+".py"), plan, why), nil
	case isDir(path):
		return f.packageFolder(path, plan, hasAttr, why)
	case isFile(path):
		return f.fromFile(moduleOf(path), plan, why), nil
	}
	return Found{}, f.missing(where+" is not there", f.similar(filepath.Dir(path)))
}

// fromModule takes a dotted name. One that is not in the project may be installed, which shows when it is loaded.
func (f *finder) fromModule(name string, plan Plan, hasAttr bool, why string) (Found, error) {
	if !isName(name, true) {
		if path := filepath.Join(f.dir, name); isFile(path) {
			return f.fromFile(moduleOf(path), plan, why), nil
		}
		return Found{}, f.missing(fmt.Sprintf("%q is neither a file nor a folder here, nor the name of a module", name),
			f.similar(f.dir))
	}
	if m, ok := locate(name, roots(f.dir)); ok {
		if filepath.Base(m.file) == "__init__.py" && !hasAttr {
			found, err := f.packageFolder(filepath.Dir(m.file), plan, hasAttr, why)
			return found, err
		}
		return f.fromFile(m, plan, orElse(why, f.show(m.file))), nil
	}
	if isDir(filepath.Join(f.dir, name)) && hasAttr {
		return Found{}, f.missing(fmt.Sprintf("%s is a folder without an __init__.py, so it has no %s", name, plan.Attr),
			f.similar(filepath.Join(f.dir, name)))
	}
	top, _, _ := strings.Cut(name, ".")
	if _, local := locate(top, roots(f.dir)); local && top != name {
		return Found{}, f.missing(fmt.Sprintf("there is no module %s in %s", name, f.dir), f.similar(f.dir))
	}
	if suggestion := f.nearName(name); suggestion != "" && !hasAttr {
		return Found{}, f.missing(fmt.Sprintf("there is no %s.py in %s", name, f.dir), "did you mean "+suggestion+"?")
	}
	plan.Kind, plan.Module, plan.Dir = KindModule, name, f.dir
	plan.SysPath = roots(f.dir)
	description := name
	if plan.Attr == "" {
		plan.Names, plan.Factories = applicationNames(), factoryNames()
	} else {
		description += ":" + plan.Attr
	}
	return Found{Plan: plan, Description: description, Why: orElse(why, "not in this folder, so an installed module")}, nil
}

// packageFolder finds the application of a package: in itself, or in its wsgi or app module.
func (f *finder) packageFolder(path string, plan Plan, hasAttr bool, why string) (Found, error) {
	init := filepath.Join(path, "__init__.py")
	if hasAttr {
		if !isFile(init) {
			return Found{}, f.missing(fmt.Sprintf("%s is a folder without an __init__.py, so it has no %s", path,
				plan.Attr), f.similar(path))
		}
		return f.fromFile(moduleOf(init), plan, why), nil
	}
	if isFile(init) && scanFile(init).application().name != "" {
		return f.fromFile(moduleOf(init), plan, why), nil
	}
	return f.folder(path, f.show(path), why)
}

// folder finds the application of a folder that the user named.
func (f *finder) folder(path, shown, why string) (Found, error) {
	within := &finder{dir: path, from: f.from, getenv: f.getenv}
	found, err := within.search()
	f.tried = append(f.tried, within.tried...)
	if err != nil {
		return Found{}, f.missing("no application was found in "+shown, f.similar(path))
	}
	if why != "" {
		found.Why = why + ", " + found.Why
	}
	return found, nil
}

// show gives a path as the user would write it.
func (f *finder) show(path string) string { return shorten(path, f.from) }

// similar suggests what to type instead of something that is not there.
func (f *finder) similar(dir string) string {
	var files []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		return typeThis
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if strings.HasSuffix(path, ".py") && isFile(path) && scanFile(path).application().name != "" {
			files = append(files, f.show(path))
		}
	}
	if len(files) == 0 {
		return typeThis
	}
	return "applications are in " + strings.Join(files[:min(5, len(files))], ", ") + ": name one of them"
}

// nearName finds a module of the folder whose name is but a slip away.
func (f *finder) nearName(name string) string {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return ""
	}
	for _, entry := range entries {
		other, ok := strings.CutSuffix(entry.Name(), ".py")
		if ok && slips(name, other) == 1 && len(name) > 2 {
			return entry.Name()
		}
	}
	return ""
}

// slips counts the letters that are other, too many, missing or swapped between two words: the optimal string
// alignment distance.
func slips(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	var last []int
	for i := 1; i <= len(a); i++ {
		last, before, row = before, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(before[j]+1, row[j-1]+1, before[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], last[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
