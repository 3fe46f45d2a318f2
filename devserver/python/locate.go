package python

import (
	"os"
	"path/filepath"
	"strings"
)

// The names that are looked for in a module, in Flask's order: applications, then factories that are called.
func applicationNames() []string { return []string{"app", "application"} }
func factoryNames() []string     { return []string{"create_app", "make_app"} }

// module is a Python file and how it is imported.
type module struct {
	file string
	name string // dotted
	root string // the folder that has to be on sys.path
	// importable is false where the file's name or that of a folder is no identifier; it is then run as a file.
	importable bool
}

// moduleOf finds out how a file is imported: the way up goes on as long as there is an __init__.py, as Flask has it.
func moduleOf(file string) module {
	m := module{file: file, importable: true}
	path := strings.TrimSuffix(file, ".py")
	if filepath.Base(path) == "__init__" {
		path = filepath.Dir(path)
	}
	var parts []string
	for {
		name := filepath.Base(path)
		parts = append([]string{name}, parts...)
		m.importable = m.importable && isName(name, false)
		path = filepath.Dir(path)
		if !isFile(filepath.Join(path, "__init__.py")) {
			break
		}
	}
	m.root, m.name = path, strings.Join(parts, ".")
	if !m.importable {
		m.root, m.name = filepath.Dir(file), safeName(filepath.Base(file))
	}
	return m
}

// safeName makes a name for a file that can't be imported by its own: my-app.py is my_app.
func safeName(file string) string {
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && !isNameByte(byte(r)) {
			return '_'
		}
		return r
	}, strings.TrimSuffix(file, ".py"))
	if !isName(name, false) {
		name = "_" + name
	}
	return name
}

// locate finds the file of a dotted module below one of the roots.
func locate(name string, roots []string) (module, bool) {
	for _, root := range roots {
		path := filepath.Join(root, filepath.FromSlash(strings.ReplaceAll(name, ".", "/")))
		for _, file := range []string{filepath.Join(path, "__init__.py"), path + ".py"} {
			if isFile(file) {
				return module{file: file, name: name, root: root, importable: true}, true
			}
		}
	}
	return module{}, false
}

// roots are the folders from which modules are imported: the project, and its src folder.
func roots(dir string) []string {
	out := []string{dir}
	if src := filepath.Join(dir, "src"); isDir(src) && !isFile(filepath.Join(src, "__init__.py")) {
		out = append(out, src)
	}
	return out
}

// foreign are the callables whose result is no WSGI application though it is often named app.
var foreign = map[string]string{
	"FastAPI": "a FastAPI application, which speaks ASGI", "Starlette": "a Starlette application, which speaks ASGI",
	"Quart": "a Quart application, which speaks ASGI", "Litestar": "a Litestar application, which speaks ASGI",
	"get_asgi_application": "an ASGI application", "Sanic": "a Sanic application, which brings its own server",
	"Celery": "a Celery application", "Typer": "a command line", "QApplication": "a window",
}

// frameworks are the callables whose result is a WSGI application, whatever it is named.
var frameworks = map[string]bool{
	"Flask": true, "APIFlask": true, "OpenAPI": true, "Bottle": true, "default_app": true, "WSGIApplication": true,
	"get_wsgi_application": true, "make_wsgi_app": true, "wsgifunc": true, "FlaskApp": true, "WSGIApp": true,
}

// callee gives the last name of what a value calls: Flask for `flask.Flask(\x01)`.
func callee(value string) string {
	before, _, ok := strings.Cut(value, "(")
	if !ok {
		return ""
	}
	before = strings.TrimSpace(before)
	return before[strings.LastIndexAny(before, ". ")+1:]
}

// isApplication says that a binding looks like a WSGI application by itself, whatever its name.
func (b binding) isApplication() bool {
	switch b.how {
	case "def":
		return len(b.params) >= 2 && !strings.HasPrefix(b.params[0], "*") &&
			strings.HasPrefix(strings.TrimPrefix(b.params[1], "_"), "start")
	case "=":
		name := callee(b.value)
		return frameworks[name] || (name == "App" || name == "API") && strings.Contains(b.value, "falcon")
	}
	return false
}

// verdict is what a source shows of an application in it.
type appIn struct {
	name    string // the name that will be found first; "" for none
	factory bool
	unsure  bool     // it may turn out to be no application, and another name to have one
	others  []string // applications by other names
	reason  string   // why there is none
}

// application looks for the names that the bridge will look for, in its order.
func (s *source) application() appIn {
	var out appIn
	seen := map[string]bool{}
	for _, b := range s.bindings {
		if b.isApplication() && !seen[b.name] {
			seen[b.name] = true
			out.others = append(out.others, b.name)
		}
	}
	for _, name := range applicationNames() {
		b, ok := s.lookup(name)
		if !ok || b.how == "module" {
			continue
		}
		if what := foreign[callee(b.value)]; what != "" {
			out.reason = name + " is " + what
			continue
		}
		if out.name == "" {
			out.name, out.unsure = name, b.how == "=" && !b.isApplication()
			continue
		}
		out.unsure = out.unsure && b.value != out.name
		return out
	}
	if out.name != "" {
		out.unsure = false
		return out
	}
	if len(out.others) == 1 {
		out.name = out.others[0]
		return out
	}
	for _, name := range factoryNames() {
		if b, ok := s.lookup(name); ok && (b.how == "def" || b.how == "import") {
			out.name, out.factory = name, true
			return out
		}
	}
	if len(out.others) > 1 {
		out.reason = "it has several applications: " + strings.Join(out.others, ", ")
	} else if out.reason == "" {
		out.reason = "no " + strings.Join(append(applicationNames(), factoryNames()...), ", ") + " is seen in it"
	}
	return out
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
