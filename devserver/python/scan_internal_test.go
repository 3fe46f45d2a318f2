package python

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScanSeesOnlyCode(t *testing.T) {
	src := scanSource(`"""app = Flask()  # in a docstring
def application(environ, start_response): pass
"""
# app = Flask()
text = '''
app = Flask()
''' + "application = 1"
nested = {
    "app": 1,
app: 2}
def make():
    app = 1
    return app
class Site:
    application = 1
if __name__ == "__main__":
    app = make()
if debug:
    inside: "Flask" = (
        Flask(__name__)
    )
else: other = 1
try:
    from a.b import (c as d,
        e)
except ImportError: pass
first = second = WSGI \
    (1); third = 3
async def coro(scope, receive, send): ...
x == 1
y.z = 2
`)
	var names []string
	for _, b := range src.bindings {
		names = append(names, b.how+" "+b.name)
	}
	want := []string{
		"= text", "= nested", "def make", "class Site", "= inside", "import d", "import e", "= first", "= second",
		"= third", "def coro",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

func TestFollowing(t *testing.T) {
	for text, want := range map[string]string{
		`os.environ.setdefault("K", "a.b")`:                  "a.b",
		`os.environ.setdefault('K', r'a.b',)`:                "a.b",
		"os.environ.setdefault(\n    'K',\n    'a' '.b'\n)":  "a.b",
		`os.environ["K"] = "a.b"`:                            "a.b",
		`os.environ['K'] = 'a.b'; x = 1`:                     "a.b",
		`def f():` + "\n\t" + `environ.setdefault("K", "v")`: "v",
		`os.environ.setdefault("K", "a." + name)`:            "",
		`os.environ.setdefault("K", f"a.{name}")`:            "",
		`os.environ.setdefault("K", get("x"))`:               "",
		`# os.environ.setdefault("K", "a.b")`:                "",
		`print("os.environ.setdefault('K', 'a.b')")`:         "",
		`os.environ.get("K") or "a.b"`:                       "",
	} {
		if got := scanSource(text).following("K"); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestParseEnv(t *testing.T) {
	got := parseEnv("\ufeff# a comment\r\nA=1\r\nexport B = two words # comment\nC='single $A ${A} \\' \\n' # c\n"+
		"D=\"double \\\"q\\\" \\n${A}\"\nE=\nF\nG=a#b\n'H'=h\nI=${NONE:-default}${A}\nJ=\"two\nlines\"\nK=${HOME}\n"+
		"broken line\nL=last", func(name string) string { return map[string]string{"HOME": "/h"}[name] })
	want := map[string]string{
		"A": "1", "B": "two words", "C": `single $A 1 ' \n`, "D": "double \"q\" \n1", "E": "", "G": "a#b", "H": "h",
		"I": "default1", "J": "two\nlines", "K": "/h", "L": "last",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

func TestCheckArguments(t *testing.T) {
	for _, text := range []string{
		"", " ", "1", "-1.5e-3", "0x1F, 0b1, 1_000, 2j", "'a', b'b', r'\\\\'", `"""a"b""", 'x' 'y'`, "True, None",
		"a=1, b='(,)'", "(1,), [], {}, {1: [2]}, {1, 2}", "1,", `"\""`,
	} {
		if err := checkArguments(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{
		"x", "f()", "1 2", "a=1, 2", "[1", "'a", "*a", "**k", "lambda: 1", "a==1", "1 + x", "-'a'", "f'{x}'", "(1", "a=",
		",", "{1: }", "True()", strings.Repeat("(", 500),
	} {
		if err := checkArguments(text); err == nil {
			t.Errorf("%q was taken for literals", text)
		}
	}
}

// The scanner reads what people have half written: it must end, and take no more time than its input is long.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		"app = Flask(__name__)\n", "def f(a, *, b=(1, 2)):\n\tpass", "x = '''", "(((", "\\", "\"\\", "from . import (a,\n b)",
		"\ufeffclass A: pass; b = 1", "f'{x}' \"y\"", "def f(", "import", "a = b = = c", "async", "\r\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		src := scanSource(text)
		src.application()
		src.following("K")
		src.assigned("K")
		for _, b := range src.bindings {
			if b.name == "" {
				t.Errorf("a binding without a name: %+v", b)
			}
		}
		for _, st := range src.statements {
			if st.text == "" {
				t.Error("an empty statement")
			}
		}
	})
}

func FuzzArguments(f *testing.F) {
	for _, seed := range []string{"1, 'a'", "a=(1,)", "{", "'\\", "--1", "0e+", "...", "b'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if err := checkArguments(text); err == nil && strings.ContainsRune(text, '`') && !strings.ContainsAny(text, `"'`) {
			t.Errorf("%q was taken for literals", text)
		}
	})
}
