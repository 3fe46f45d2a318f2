package python_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/snifter-dev/snifter/devserver/python"
)

// tree writes the files of a txtar archive into a folder of their own.
func tree(t *testing.T, archive string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	// A repository's top, so that nothing above the temporary folder is looked at.
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := txtar.Write(txtar.Parse([]byte(archive)), dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func env(vars map[string]string) python.Getenv {
	return func(name string) string { return vars[name] }
}

// want is what of a plan tells applications apart; paths are relative to the tree.
type want struct {
	Kind                           python.Kind
	Module, File, Attr, Args       string
	Call                           bool
	Settings, Section, Package     string
	SysPath                        []string
	Dir, Description, Why, NameToo string
	Others                         []string
}

func got(dir string, f python.Found) want {
	rel := func(path string) string {
		if path == "" {
			return ""
		}
		r, err := filepath.Rel(dir, path)
		if err != nil {
			return path
		}
		return filepath.ToSlash(r)
	}
	p := f.Plan
	w := want{
		Kind: p.Kind, Module: p.Module, File: rel(p.File), Attr: p.Attr, Args: p.Args, Call: p.Call,
		Settings: p.Settings, Section: p.Section, Package: rel(p.Package), Dir: rel(p.Dir),
		Description: f.Description, Why: f.Why, Others: f.Others,
	}
	for _, path := range p.SysPath {
		w.SysPath = append(w.SysPath, rel(path))
	}
	if len(p.Names) > 2 {
		w.NameToo = p.Names[2]
	}
	return w
}

// django is what `django-admin startproject mysite` makes, the comments left out.
const django = `
-- mysite/manage.py --
#!/usr/bin/env python
"""Django's command-line utility for administrative tasks."""
import os
import sys


def main():
    """Run administrative tasks."""
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')
    try:
        from django.core.management import execute_from_command_line
    except ImportError as exc:
        raise ImportError(
            "Couldn't import Django. Are you sure it's installed and "
            "available on your PYTHONPATH environment variable? Did you "
            "forget to activate a virtual environment?"
        ) from exc
    execute_from_command_line(sys.argv)


if __name__ == '__main__':
    main()
-- mysite/mysite/__init__.py --
-- mysite/mysite/settings.py --
"""
Django settings for mysite project.

WSGI_APPLICATION = 'not.this'
"""

from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

# WSGI_APPLICATION = 'nor.this'
WSGI_APPLICATION = 'mysite.wsgi.application'
-- mysite/mysite/asgi.py --
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')

application = get_asgi_application()
-- mysite/mysite/wsgi.py --
"""
WSGI config for mysite project.

It exposes the WSGI callable as a module-level variable named ` + "``application``" + `.
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')

application = get_wsgi_application()
`

func djangoPlan(dir, why string) want {
	return want{
		Kind: python.KindDjango, Module: "mysite.wsgi", Attr: "application", Settings: "mysite.settings", Dir: dir,
		SysPath: []string{dir}, Why: why,
		Description: "mysite.wsgi:application of the Django project mysite, settings mysite.settings",
	}
}

const flaskPackage = `
-- pyproject.toml --
[project]
name = "flask-er"
-- src/flask_er/__init__.py --
from flask import Flask

def create_app(test_config=None):
    app = Flask(__name__)
    return app
-- src/another/__init__.py --
from flask import Flask
app = Flask(__name__)
-- tests/__init__.py --
app = None
`

func TestFindApp(t *testing.T) {
	for name, test := range map[string]struct {
		files string
		in    string // the folder to stand in
		arg   string
		env   map[string]string
		want  want
	}{
		"flask app.py": {
			files: "-- app.py --\nfrom flask import Flask\n\napp = Flask(__name__)\n",
			want: want{Kind: python.KindModule, Module: "app", File: "app.py", SysPath: []string{"."}, Dir: ".",
				Description: "app:app", Why: "app.py is here"},
		},
		"wsgi.py before app.py": {
			files: "-- app.py --\napp = make()\n-- wsgi.py --\nfrom app import app as application\n-- main.py --\napp = x\n",
			want: want{Kind: python.KindModule, Module: "wsgi", File: "wsgi.py", SysPath: []string{"."}, Dir: ".",
				Description: "wsgi:application", Why: "wsgi.py is here", Others: []string{"app.py", "main.py"}},
		},
		"a star import is believed when nothing else is there": {
			files: "-- app.py --\nfrom mylib import *\n",
			want: want{Kind: python.KindModule, Module: "app", File: "app.py", SysPath: []string{"."}, Dir: ".",
				Description: "app", Why: "app.py is here"},
		},
		"not an ASGI application": {
			files: "-- main.py --\nfrom fastapi import FastAPI\napp = FastAPI()\n-- web.py --\ndef application(env, start_response):\n    pass\n",
			want: want{Kind: python.KindModule, Module: "web", File: "web.py", SysPath: []string{"."}, Dir: ".",
				Description: "web:application", Why: "web.py is here"},
		},
		"a name that may turn out to have no application, before one that has": {
			files: "-- app.py --\nclass Settings: pass\napp = Settings()\ndef application(environ, start_response): pass\n",
			want: want{Kind: python.KindModule, Module: "app", File: "app.py", SysPath: []string{"."}, Dir: ".",
				Description: "app", Why: "app.py is here"},
		},
		"two names of one": {
			files: "-- app.py --\napp = make()\napplication = app\n",
			want: want{Kind: python.KindModule, Module: "app", File: "app.py", SysPath: []string{"."}, Dir: ".",
				Description: "app:app", Why: "app.py is here"},
		},
		"a plain callable by any name": {
			files: "-- hello.py --\nfrom wsgiref.simple_server import make_server\n\ndef hello_world_app(environ, start_response):\n" +
				"    app = 1\n    return []\n\nif __name__ == '__main__':\n    app = make_server('', 8000, hello_world_app)\n",
			want: want{Kind: python.KindModule, Module: "hello", File: "hello.py", SysPath: []string{"."}, Dir: ".",
				Description: "hello:hello_world_app", Why: "hello.py is here", NameToo: "hello_world_app"},
		},
		"a factory in a package under src, the project's own first": {
			files: flaskPackage,
			want: want{Kind: python.KindModule, Module: "flask_er", File: "src/flask_er/__init__.py",
				SysPath: []string{"src", "."}, Dir: ".", Description: "flask_er:create_app()",
				Why: "src/flask_er/__init__.py is here", Others: []string{"src/another/__init__.py"}},
		},
		"FLASK_APP in .flaskenv": {
			files: flaskPackage + "-- .flaskenv --\n# chosen\nexport FLASK_APP=\"another:app\" # here\nFLASK_DEBUG=1\n",
			want: want{Kind: python.KindModule, Module: "another", File: "src/another/__init__.py", Attr: "app",
				SysPath: []string{"src", "."}, Dir: ".", Description: "another:app",
				Why: "FLASK_APP is another:app in .flaskenv"},
		},
		"FLASK_APP of the environment wins": {
			files: flaskPackage + "-- .flaskenv --\nFLASK_APP=another:app\n",
			env:   map[string]string{"FLASK_APP": "src/flask_er:create_app('x')"},
			want: want{Kind: python.KindModule, Module: "flask_er", File: "src/flask_er/__init__.py",
				Attr: "create_app", Args: "'x'", Call: true, SysPath: []string{"src", "."}, Dir: ".",
				Description: "flask_er:create_app('x')", Why: "FLASK_APP is src/flask_er:create_app('x')"},
		},
		"Django, in the project's folder": {
			files: django, in: "mysite", want: djangoPlan(".", "manage.py is here"),
		},
		"Django, from the folder above": {
			files: django, want: djangoPlan("mysite", "mysite/manage.py is here"),
		},
		"Django, from the package inside": {
			files: django, in: "mysite/mysite", want: djangoPlan("..", ""),
		},
		"Django, by its folder": {
			files: django, arg: "mysite", want: djangoPlan("mysite", "mysite/manage.py is here"),
		},
		"Django, by DJANGO_SETTINGS_MODULE": {
			files: django, in: "mysite", env: map[string]string{"DJANGO_SETTINGS_MODULE": "mysite.prod"},
			want: want{Kind: python.KindDjango, Settings: "mysite.prod", Dir: ".", SysPath: []string{"."},
				Description: "the Django project mysite, settings mysite.prod", Why: "manage.py is here"},
		},
		"Django, with settings that manage.py computes": {
			files: "-- manage.py --\nimport os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings.' + os.getenv('X'))\n" +
				"-- config/wsgi.py --\nimport os\nos.environ['DJANGO_SETTINGS_MODULE'] = \"config.settings.dev\"\n",
			want: want{Kind: python.KindDjango, Settings: "config.settings.dev", Dir: ".", SysPath: []string{"."},
				Description: "the Django project config, settings config.settings.dev", Why: "manage.py is here"},
		},
		"Django's wsgi module, when it is named": {
			files: django, in: "mysite", arg: "mysite.wsgi:application",
			want: want{Kind: python.KindModule, Module: "mysite.wsgi", File: "mysite/wsgi.py", Attr: "application",
				SysPath: []string{"."}, Dir: ".", Description: "mysite.wsgi:application", Why: "mysite/wsgi.py"},
		},
		"a manage.py that is not Django's": {
			files: "-- manage.py --\nfrom flask_script import Manager\n-- app.py --\nfrom flask import Flask\napp = Flask('x')\n",
			want: want{Kind: python.KindModule, Module: "app", File: "app.py", SysPath: []string{"."}, Dir: ".",
				Description: "app:app", Why: "app.py is here"},
		},
		"Pyramid": {
			files: "-- production.ini --\n[app:main]\nuse = egg:site\n-- development.ini --\n[app:main]\nuse = egg:site\n" +
				"[server:main]\nuse = egg:waitress#main\n-- tox.ini --\n[tox]\n-- site/__init__.py --\ndef main(global_config, **settings):\n    pass\n",
			want: want{Kind: python.KindIni, File: "development.ini", Section: "main", Dir: ".", SysPath: []string{"."},
				Description: "development.ini#main", Why: "development.ini is here", Others: []string{"production.ini"}},
		},
		"an ini file and its section": {
			files: "-- conf/x.ini --\n[app:main]\n[composite: two ]\n", arg: "conf/x.ini#two",
			want: want{Kind: python.KindIni, File: "conf/x.ini", Section: "two", Dir: "conf", SysPath: []string{"conf"},
				Description: "conf/x.ini#two", Why: "conf/x.ini"},
		},
		"a file within a package": {
			files: "-- a/__init__.py --\n-- a/b/__init__.py --\n-- a/b/site.py --\napp = 1\n", arg: "a/b/site.py:app",
			want: want{Kind: python.KindModule, Module: "a.b.site", File: "a/b/site.py", Attr: "app",
				SysPath: []string{"."}, Dir: ".", Description: "a.b.site:app", Why: "a/b/site.py"},
		},
		"a file in another folder": {
			files: "-- x/hello.py --\ndef application(e, start): pass\n", arg: "x/hello.py",
			want: want{Kind: python.KindModule, Module: "hello", File: "x/hello.py", SysPath: []string{"x", "."},
				Dir: "x", Description: "hello:application", Why: "x/hello.py"},
		},
		"a file whose name can't be imported": {
			files: "-- my-app.py --\napplication = 1\n", arg: "my-app.py",
			want: want{Kind: python.KindFile, Module: "my_app", File: "my-app.py", SysPath: []string{"."}, Dir: ".",
				Description: "my_app:application", Why: "my-app.py"},
		},
		"a module and a dotted name": {
			files: "-- app.py --\nclass Site: pass\n", arg: "app:site.wsgi_app",
			want: want{Kind: python.KindModule, Module: "app", File: "app.py", Attr: "site.wsgi_app",
				SysPath: []string{"."}, Dir: ".", Description: "app:site.wsgi_app", Why: "app.py"},
		},
		"a factory with arguments": {
			files: "-- app.py --\n", arg: `app:make("a:b", debug=True, n=[1, -2.5e3, {'k': (None,)}])`,
			want: want{Kind: python.KindModule, Module: "app", File: "app.py", Attr: "make", Call: true,
				Args:    `"a:b", debug=True, n=[1, -2.5e3, {'k': (None,)}]`,
				SysPath: []string{"."}, Dir: ".", Why: "app.py",
				Description: `app:make("a:b", debug=True, n=[1, -2.5e3, {'k': (None,)}])`},
		},
		"a module that is installed": {
			files: "-- x.py --\n", arg: "werkzeug.testapp:test_app",
			want: want{Kind: python.KindModule, Module: "werkzeug.testapp", Attr: "test_app", SysPath: []string{"."},
				Dir: ".", Description: "werkzeug.testapp:test_app", Why: "not in this folder, so an installed module"},
		},
		"a package by its name": {
			files: "-- site/__init__.py --\nfrom .web import app\n-- site/web.py --\napp = 1\n", arg: "site",
			want: want{Kind: python.KindModule, Module: "site", File: "site/__init__.py", SysPath: []string{"."},
				Dir: ".", Description: "site:app", Why: "site/__init__.py"},
		},
		"a Go program here": {
			files: "-- go.mod --\nmodule x\n-- main.go --\npackage main\n",
			want: want{Kind: python.KindGo, Package: ".", Dir: ".", Description: "the Go program .",
				Why: "a Go main package"},
		},
		"a Go program that speaks WSGI among others": {
			files: "-- go.mod --\nmodule x\n-- cmd/a/main.go --\npackage main\n-- cmd/site/main.go --\npackage main\n" +
				"import _ \"github.com/snifter-dev/snifter/devserver/wsgi\"\n",
			want: want{Kind: python.KindGo, Package: "cmd/site", Dir: ".", Description: "the Go program cmd/site",
				Why: "a Go main package in cmd", Others: []string{"./cmd/a"}},
		},
		"a Go package by its folder": {
			files: "-- go.mod --\nmodule x\n-- cmd/a/main.go --\npackage main\n", arg: "./cmd/a",
			want: want{Kind: python.KindGo, Package: "cmd/a", Dir: ".", Description: "the Go program cmd/a",
				Why: "a Go main package"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(tree(t, test.files), test.in)
			found, err := python.FindApp(dir, test.arg, env(test.env))
			if err != nil {
				t.Fatal(err)
			}
			have := got(dir, found)
			if test.want.Why == "" {
				have.Why = ""
			}
			if diff := cmp.Diff(test.want, have); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestFindAppErrors(t *testing.T) {
	for name, test := range map[string]struct {
		files, arg string
		want       []string
	}{
		"nothing at all":       {"-- notes.txt --\n", "", []string{"no application was found in", "manage.py: not there", "app.py: not there", "snifter run MODULE:NAME"}},
		"ASGI only":            {"-- main.py --\nfrom fastapi import FastAPI\napp = FastAPI()\n", "", []string{"main.py: app is a FastAPI application, which speaks ASGI"}},
		"several":              {"-- a.py --\ndef one(environ, start_response): pass\ndef two(environ, start_response): pass\n-- app.py --\ndef one(environ, start_response): pass\ndef two(environ, start_response): pass\n", "nothing/", []string{"nothing/ is not there"}},
		"a file that is gone":  {"-- hello.py --\napp = 1\n", "helo.py", []string{"helo.py is not there", "hello.py"}},
		"a module misspelt":    {"-- hello.py --\napp = 1\n", "helo", []string{"did you mean hello.py?"}},
		"a submodule missing":  {"-- site/__init__.py --\n", "site.wsgi:app", []string{"no module site.wsgi"}},
		"no name":              {"-- app.py --\n", "app:", []string{"names nothing after the colon"}},
		"a call in arguments":  {"-- app.py --\n", "app:make(open('x'))", []string{"not a literal", `open('x')`}},
		"an attribute":         {"-- app.py --\n", "app:make(os.environ)", []string{"not a literal"}},
		"an open quote":        {"-- app.py --\n", "app:make('x)", []string{"quote"}},
		"an open bracket":      {"-- app.py --\n", "app:make(1", []string{"the bracket is not closed"}},
		"not a name":           {"-- app.py --\n", "app:a-b", []string{`"a-b" is no name`}},
		"no such ini":          {"-- x.py --\n", "development.ini", []string{"development.ini is not there"}},
		"an ini of others":     {"-- tox.ini --\n[tox]\n", "tox.ini", []string{"tox.ini has no application main"}},
		"no such section":      {"-- a.ini --\n[app:site]\n", "a.ini", []string{"has no application main", "a.ini#site"}},
		"a Go file that is no": {"-- a.go --\npackage lib\n", "a.go", []string{"holds no Go main package"}},
		"an empty folder":      {"-- empty/notes --\n", "empty", []string{"no application was found in empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := python.FindApp(tree(t, test.files), test.arg, env(nil))
			var missing *python.NotFoundError
			if !errors.As(err, &missing) {
				t.Fatalf("got %v", err)
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if missing.Hint == "" {
				t.Error("no hint")
			}
		})
	}
}

func TestFlaskVariables(t *testing.T) {
	dir := tree(t, `
-- .env --
SECRET='it''s'
BOTH=env
-- .flaskenv --
BOTH=flaskenv
SET=file
URL=${SCHEME:-http}://${HOST}/
-- app.py --
import flask
app = flask.Flask("x")
`)
	found, err := python.FindApp(dir, "app.py", env(map[string]string{"SET": "shell", "HOST": "h"}))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"SECRET": "it", "BOTH": "env", "URL": "http://h/"}
	if diff := cmp.Diff(want, found.Plan.Env); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

// What was loaded is named by what it was found by, unless the user said which it is.
func TestLoadedAs(t *testing.T) {
	for _, test := range []struct{ files, arg, loaded, want string }{
		{"-- app.py --\napp = x()\ndef application(e, start): pass\n", "", "app:application", "app:application"},
		{"-- app.py --\napp = x()\n", "", "app:create_app()", "app:create_app()"},
		{"-- my-app.py --\napp = x()\n", "my-app.py", "/a:b/my-app.py:app", "my_app:app"},
		{"-- app.py --\napp = x()\n", "app:make('a:b')", "app:make('a:b')", "app:make('a:b')"},
		{"-- manage.py --\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\n", "", "site.settings",
			"the Django project site, settings site.settings"},
		{"-- app.py --\napp = x()\n", "", "", "app:app"},
	} {
		found, err := python.FindApp(tree(t, test.files), test.arg, env(nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := found.LoadedAs(test.loaded); got != test.want {
			t.Errorf("%s loaded as %q: got %q, want %q", found, test.loaded, got, test.want)
		}
	}
}
