package wsgi

import "testing"

// The compiler names a literal by where its function was inlined.
func TestInlined(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"site.Auth.func1.Fail":            {"/src/devserver/wsgi/body.go", "wsgi.Fail"},
		"site.Auth.func2.1.(*Pages).body": {"/src/site/pages.go", "site.(*Pages).body"},
		"site.Auth.func1-range1.Fail":     {"/go/pkg/mod/example.com/pages/v2@v2.1.0/pages.go", "pages.Fail"},
		"site.Auth":                       {"/src/site/auth.go", "site.Auth"},
		"site.Stamp.Handler":              {"/src/site/stamp.go", "site.Stamp.Handler"},
		"main.main.Shout":                 {"/src/shout/shout.go", "shout.Shout"},
		"main.main":                       {"/src/site/main.go", "main.main"},
	} {
		o := origin{name: name, file: c.file, literal: true}
		if got := o.inlined().name; got != c.want {
			t.Errorf("%s: %s, not %s", name, got, c.want)
		}
	}
	if o := (origin{name: "main.main.Shout"}); o.inlined().name != o.name {
		t.Error("it is no literal")
	}
}

func TestNameOfInlinedBody(t *testing.T) {
	fails := func() Body { return Fail(ErrGone) }
	if name := nameOfBody(fails()); name != "wsgi.Fail" {
		t.Error(name)
	}
}

func TestWithoutVersion(t *testing.T) {
	isModule := func(path string) bool { return path == "example.com/chi/v5" }
	for whole, c := range map[string][2]string{
		"example.com/chi/v5.Chain":             {"v5.Chain", "chi.Chain"},
		"example.com/chi/v5.(*Mux).Use":        {"v5.(*Mux).Use", "chi.(*Mux).Use"},
		"example.com/chi/v5.All[go/token.Pos]": {"v5.All[go/token.Pos]", "chi.All[go/token.Pos]"},
		"example.com/site/api/v5.Guard":        {"v5.Guard", "v5.Guard"},
		"example.com/chi/v5/log.Lines":         {"log.Lines", "log.Lines"},
	} {
		if got := withoutVersion(c[0], whole, isModule); got != c[1] {
			t.Errorf("%s: %s", whole, got)
		}
	}
}

// starting makes an application, and is small enough to be inlined.
func starting(status string) Application {
	return func(_ Environ, start StartResponse) Body {
		start(status, nil, nil)
		return Blocks()
	}
}

func TestNameOfInlinedApplication(t *testing.T) {
	made := func() Application { return starting("200 OK") }
	var s childStages
	if s.init(made(), false); s.root.info.Name != "wsgi.starting" {
		t.Error(s.root.info.Name)
	}
}
