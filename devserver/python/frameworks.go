package python

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

const settingsVariable = "DJANGO_SETTINGS_MODULE"

// managed plans to load the Django project whose manage.py lies in dir.
func (f *finder) managed(dir string) (Found, bool) {
	manage := filepath.Join(dir, "manage.py")
	if !isFile(manage) {
		if dir == f.dir {
			f.failed("manage.py", "not there")
		}
		return Found{}, false
	}
	src := scanFile(manage)
	settings := f.getenv.get(settingsVariable)
	if settings == "" {
		settings = src.following(settingsVariable)
	}
	if settings == "" && mentions(src, settingsVariable) {
		settings = settingsBeside(dir)
	}
	if settings == "" {
		f.failed(f.show(manage), "it names no DJANGO_SETTINGS_MODULE")
		return Found{}, false
	}
	return f.django(dir, settings), true
}

// django plans to load the project in dir with its settings.
func (f *finder) django(dir, settings string) Found {
	top, _, _ := strings.Cut(settings, ".")
	found := Found{
		Plan:        Plan{Kind: KindDjango, Settings: settings, Dir: dir, SysPath: []string{dir}},
		Description: fmt.Sprintf("the Django project %s, settings %s", top, settings),
	}
	if m, ok := locate(settings, roots(dir)); ok {
		app := scanFile(m.file).assigned("WSGI_APPLICATION")
		if i := strings.LastIndex(app, "."); i > 0 {
			found.Plan.Module, found.Plan.Attr = app[:i], app[i+1:]
			found.Description = fmt.Sprintf("%s:%s of the Django project %s, settings %s", app[:i], app[i+1:], top,
				settings)
		}
		if m.root != dir {
			found.Plan.SysPath = append(found.Plan.SysPath, m.root)
		}
	}
	return found
}

func mentions(src *source, literal string) bool {
	return slices.ContainsFunc(src.statements, func(st statement) bool {
		return slices.Contains(st.literals, literal)
	})
}

// settingsBeside finds the settings of a project whose manage.py computes their name: the one settings module of the
// folder, or that which wsgi.py names.
func settingsBeside(dir string) string {
	var found []string
	for _, name := range subfolders(dir) {
		wsgi := filepath.Join(dir, name, "wsgi.py")
		if settings := scanFile(wsgi).following(settingsVariable); settings != "" {
			return settings
		}
		if isFile(filepath.Join(dir, name, "settings.py")) {
			found = append(found, name+".settings")
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// settingsNamed follows DJANGO_SETTINGS_MODULE in a project without a manage.py.
func (f *finder) settingsNamed() []candidate {
	settings := f.getenv.get(settingsVariable)
	if settings == "" {
		return nil
	}
	m, ok := locate(settings, roots(f.dir))
	if !ok {
		f.failed(settingsVariable+"="+settings, "no such module here")
		return nil
	}
	found := f.django(m.root, settings)
	found.Why = settingsVariable + " is set"
	return []candidate{{found, m.name}}
}

// ini plans to load a PasteDeploy file that was named.
func (f *finder) ini(file, section, why string) (Found, error) {
	if !isFile(file) {
		return Found{}, f.missing(f.show(file)+" is not there", typeThis)
	}
	section = orElse(section, "main")
	sections := pasteSections(file)
	if !slices.Contains(sections, section) {
		hint := "it has none of [app:main], [composite:main], [pipeline:main]; is it a file of Pyramid or PasteDeploy?"
		if len(sections) > 0 {
			hint = "it has " + strings.Join(sections, ", ") + ": name one as " + f.show(file) + "#" + sections[0]
		}
		return Found{}, f.missing(fmt.Sprintf("%s has no application %s", f.show(file), section), hint)
	}
	return f.iniPlan(file, section, orElse(why, f.show(file))), nil
}

func (f *finder) iniPlan(file, section, why string) Found {
	dir := filepath.Dir(file)
	return Found{
		Plan:        Plan{Kind: KindIni, File: file, Section: section, Dir: dir, SysPath: roots(dir)},
		Description: f.show(file) + "#" + section, Why: why,
	}
}

// iniFiles finds what pserve would be given: development.ini, or another with an application in it.
func (f *finder) iniFiles() []candidate {
	files, err := filepath.Glob(filepath.Join(escapeGlob(f.dir), "*.ini"))
	if err != nil {
		return nil
	}
	slices.SortStableFunc(files, func(a, b string) int { return iniRank(a) - iniRank(b) })
	var out []candidate
	for _, file := range files {
		sections := pasteSections(file)
		if len(sections) == 0 {
			continue
		}
		section := sections[0]
		if slices.Contains(sections, "main") {
			section = "main"
		}
		out = append(out, candidate{f.iniPlan(file, section, f.show(file)+" is here"), f.show(file)})
	}
	if len(out) == 0 {
		f.failed("development.ini", "not there")
	}
	return out
}

func iniRank(path string) int {
	switch filepath.Base(path) {
	case "development.ini":
		return 0
	case "production.ini", "testing.ini", "test.ini":
		return 2
	}
	return 1
}

func escapeGlob(path string) string {
	if filepath.Separator == '\\' {
		return path // Match has no escapes on Windows, and * and ? can't stand in names there
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// pasteSections names the applications of a PasteDeploy file, [app:NAME] and its kin.
func pasteSections(file string) []string {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		line := strings.TrimSpace(s.Text())
		header, ok := strings.CutPrefix(line, "[")
		header, _, closed := strings.Cut(header, "]")
		if !ok || !closed {
			continue
		}
		kind, name, _ := strings.Cut(header, ":")
		switch strings.TrimSpace(kind) {
		case "app", "application", "composite", "composit", "pipeline", "filter-app":
			out = append(out, orElse(strings.TrimSpace(name), "main"))
		}
	}
	return out
}

// projectName is the name in pyproject.toml, as a package has it.
func (f *finder) projectName() string {
	text, err := os.ReadFile(filepath.Join(f.dir, "pyproject.toml"))
	if err != nil {
		return ""
	}
	var project struct {
		Project struct{ Name string }
		Tool    struct{ Poetry struct{ Name string } }
	}
	if err := toml.Unmarshal(text, &project); err != nil {
		return "" // whoever needs the file says what is wrong with it
	}
	name := orElse(project.Project.Name, project.Tool.Poetry.Name)
	return strings.NewReplacer("-", "_", ".", "_").Replace(name)
}
