package devserver_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/watch"
)

// templatesApp compiles a template to a module when it is first asked for, and when that is older, as Mako does.
const templatesApp = `
import os
from importlib import util

HERE = os.path.dirname(os.path.abspath(__file__))
TEMPLATE, MADE = os.path.join(HERE, "page.mako"), os.path.join(HERE, "made", "page.mako.py")
loaded = {}

def page():
    changed = os.stat(TEMPLATE).st_mtime_ns
    if loaded.get("changed") != changed:
        os.makedirs(os.path.dirname(MADE), exist_ok=True)
        with open(TEMPLATE) as template, open(MADE + ".tmp", "w") as made:
            made.write("text = %r" % template.read())
        os.replace(MADE + ".tmp", MADE)
        spec = util.spec_from_file_location("page_mako", MADE)
        module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
        loaded.update(changed=changed, text=module.text)
    return loaded["text"]

def app(environ, start_response):
    text = page()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]
`

// What a template is compiled to, by a request, is no change: a template that is saved costs one build.
func TestTemplatesThatRequestsCompile(t *testing.T) {
	t.Parallel()
	src, dir, file := pythonSource(t, templatesApp, 4)
	template := filepath.Join(dir, "page.mako")
	write(t, template, "a text")
	url, events := serveWatched(t, src, watch.Options{
		Dirs: []string{dir}, Files: watch.Python(), Debounce: time.Second, // longer than a word of the worker takes
	})
	for _, text := range []string{"a text", "another", "a third", "a last"} {
		if text != "a text" {
			write(t, template, text)
		}
		for range 2 {
			if status, body := get(t, url+"/"); status != 200 || body != text {
				t.Errorf("%d %q, want %q", status, body, text)
			}
		}
	}
	write(t, file, templatesApp+"\n")
	get(t, url+"/")
	var whys []string
	events.await(t, "the build of what was saved last", func(all []event.Event) bool {
		whys = whys[:0]
		for _, e := range all {
			if b, ok := e.Payload.(*event.Build); ok && e.Kind == event.Building {
				whys = append(whys, b.Why)
			}
		}
		return slices.ContainsFunc(whys, func(why string) bool { return strings.Contains(why, "app.py") })
	})
	if len(whys) != 5 || strings.Contains(strings.Join(whys, " "), "page.mako.py") {
		t.Errorf("the builds are of %q", whys)
	}
}
