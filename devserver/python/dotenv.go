package python

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// ReadEnvFile reads a file of variables in the form that python-dotenv reads, which Flask uses: KEY=value lines,
// `export` before them or not, single and double quotes, comments, values over several lines, and ${NAME} or
// ${NAME:-default} in a value, for which getenv comes before the file.
func ReadEnvFile(path string, getenv Getenv) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseEnv(string(text), getenv), nil
}

var (
	envKey         = regexp.MustCompile(`^[ \t]*(?:export[^\S\r\n]+)?(?:'([^']+)'|([^=#\s]+))[^\S\r\n]*`)
	envDouble      = regexp.MustCompile(`^"((?:\\.|[^"\\])*)"`)
	envSingle      = regexp.MustCompile(`^'((?:\\.|[^'\\])*)'`)
	envComment     = regexp.MustCompile(`\s+#.*`)
	envReference   = regexp.MustCompile(`\$\{([^}:]*)(?::-([^}]*))?\}`)
	envEscape      = regexp.MustCompile(`\\[\\'"abfnrtv]`)
	envPlainEscape = regexp.MustCompile(`\\[\\']`)
)

var escapes = strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`, `\a`, "\a", `\b`, "\b", `\f`, "\f", `\n`, "\n",
	`\r`, "\r", `\t`, "\t", `\v`, "\v")

func parseEnv(text string, getenv Getenv) map[string]string {
	out := map[string]string{}
	text = strings.TrimPrefix(strings.ReplaceAll(text, "\r\n", "\n"), "\ufeff")
	for text != "" {
		text = strings.TrimLeft(text, " \t\n\r\f")
		m := envKey.FindStringSubmatch(text)
		if m == nil || strings.HasPrefix(text, "#") {
			_, text, _ = strings.Cut(text, "\n")
			continue
		}
		text = text[len(m[0]):]
		rest, assigned := strings.CutPrefix(text, "=")
		if !assigned {
			_, text, _ = strings.Cut(text, "\n")
			continue
		}
		var value string
		value, text = envValue(strings.TrimLeft(rest, " \t"))
		out[m[1]+m[2]] = expand(value, out, getenv)
	}
	return out
}

// envValue takes a value, and the rest of its line with it.
func envValue(text string) (value, rest string) {
	if m := envDouble.FindStringSubmatch(text); m != nil {
		_, rest, _ = strings.Cut(text[len(m[0]):], "\n")
		return envEscape.ReplaceAllStringFunc(m[1], escapes.Replace), rest
	}
	if m := envSingle.FindStringSubmatch(text); m != nil {
		_, rest, _ = strings.Cut(text[len(m[0]):], "\n")
		return envPlainEscape.ReplaceAllStringFunc(m[1], escapes.Replace), rest
	}
	value, rest, _ = strings.Cut(text, "\n")
	if strings.HasPrefix(value, "#") {
		return "", rest
	}
	return strings.TrimRight(envComment.ReplaceAllString(value, ""), " \t\r"), rest
}

func expand(value string, known map[string]string, getenv Getenv) string {
	return envReference.ReplaceAllStringFunc(value, func(reference string) string {
		m := envReference.FindStringSubmatch(reference)
		if v := getenv.get(m[1]); v != "" {
			return v
		}
		if v, ok := known[m[1]]; ok {
			return v
		}
		return m[2]
	})
}

// flaskEnv collects what `flask run` would load for an application in dir: the nearest .flaskenv and .env upward, the
// latter first. Variables that are set already stay as they are.
func flaskEnv(dir string, getenv Getenv) (env map[string]string, from map[string]string) {
	env, from = map[string]string{}, map[string]string{}
	for _, name := range []string{".env", ".flaskenv"} {
		path := upward(dir, name)
		if path == "" {
			continue
		}
		values, err := ReadEnvFile(path, getenv)
		if err != nil {
			continue
		}
		for key, value := range values {
			if _, ok := env[key]; !ok && getenv.get(key) == "" {
				env[key], from[key] = value, name
			}
		}
	}
	return env, from
}

// upward finds a file in dir or the nearest folder above it; "" for none.
func upward(dir, name string) string {
	for at := range Upward(dir) {
		path := filepath.Join(at, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}
