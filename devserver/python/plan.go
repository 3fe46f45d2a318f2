package python

// Kind says how an application is loaded.
type Kind string

// The kinds of plans.
const (
	// KindModule imports Module and takes Attr from it.
	KindModule Kind = "module"
	// KindFile runs File as a module named Module, since its name or its folder can't be imported (my-app.py).
	KindFile Kind = "file"
	// KindDjango sets DJANGO_SETTINGS_MODULE to Settings, unless the environment has it, and loads as runserver does: what
	// WSGI_APPLICATION names, or get_wsgi_application().
	KindDjango Kind = "django"
	// KindIni loads a PasteDeploy file (File, Section), as Pyramid's pserve does.
	KindIni Kind = "ini"
	// KindGo is not for Python: Package is a Go main package.
	KindGo Kind = "go"
)

// Plan names an application, so that the bridge can load it without searching again.
type Plan struct {
	Kind   Kind   `json:"kind"`
	Module string `json:"module,omitempty"` // dotted import name
	File   string `json:"file,omitempty"`   // absolute
	// Attr is the dotted name within the module; "" searches Names in their order, then for the only object that
	// is an application, as Flask does.
	Attr string `json:"attr,omitempty"`
	// Call says that Attr is called, with Args, the source text of Python literals: `"prod", debug=True`. Without
	// Call, a function that does not look like a WSGI application may still be taken for a factory, and called.
	Call bool   `json:"call,omitempty"`
	Args string `json:"args,omitempty"`
	// Names are the attributes to try, Factories those to call, where Attr is "".
	Names     []string `json:"names,omitempty"`
	Factories []string `json:"factories,omitempty"`
	// Settings is Django's settings module.
	Settings string `json:"settings,omitempty"`
	// Section is the part of an ini file: "main" as a rule.
	Section string `json:"section,omitempty"`
	// Package is the folder of a Go main package, absolute.
	Package string `json:"package,omitempty"`
	// Dir is the application's folder, absolute: the project. Sources below it are the user's.
	Dir string `json:"dir,omitempty"`
	// SysPath is put in front of sys.path.
	SysPath []string `json:"sys_path,omitempty"`
	// Env are variables that are set before the application is loaded, unless they are set already (.env, .flaskenv).
	Env map[string]string `json:"env,omitempty"`
}
