package wsgi

import "strings"

var required = []string{
	"REQUEST_METHOD", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "wsgi.version", "wsgi.url_scheme", "wsgi.input",
	"wsgi.errors", "wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once",
}

// report is told of a check that failed. It may panic.
type report func(check, format string, args ...any)

// validateEnviron checks what the server, or a middleware, gave.
func validateEnviron(e Environ, failed report) {
	for _, key := range required {
		if _, ok := e[key]; !ok {
			failed("environ-missing", "environ misses the required key %s", key)
		}
	}
	for _, key := range []string{"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"} {
		if _, ok := e[key]; ok {
			failed("environ-content-key", "environ should not have the key %s (but %s)", key, key[len("HTTP_"):])
		}
	}
	for key, value := range e {
		switch s, ok := value.(string); {
		case strings.Contains(key, "."):
			validateServers(key, value, failed)
		case !ok:
			failed("environ-not-text", "the variable %s is no string: %T", key, value)
		case !isNative(s):
			failed("environ-not-text", "the variable %s is no native string: %q", key, s)
		}
	}
	validatePath(e, failed)
	if n := e.Str("CONTENT_LENGTH"); n != "" && !isDigits(n) {
		failed("environ-content-length", "CONTENT_LENGTH is no length: %q", n)
	}
}

// validateServers checks a value that the server gave; the type of an extension is its own.
func validateServers(key string, value any, failed report) {
	switch key {
	case "wsgi.version":
		if v, ok := value.([2]int); !ok {
			failed("environ-version", "wsgi.version should be a [2]int, and is %T", value)
		} else if v != [2]int{1, 0} {
			failed("environ-version", "wsgi.version is not {1, 0}: %v", v)
		}
	case "wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once":
		if _, ok := value.(bool); !ok {
			failed("environ-flag", "%s should be a bool, and is %T", key, value)
		}
	case "wsgi.url_scheme":
		if value != "http" && value != "https" {
			failed("environ-url-scheme", "wsgi.url_scheme is not known: %q", value)
		}
	case "wsgi.input":
		if _, ok := value.(Input); !ok {
			failed("environ-input", "wsgi.input should be a wsgi.Input, and is %T", value)
		}
	case "wsgi.errors":
		if _, ok := value.(Errors); !ok {
			failed("environ-errors", "wsgi.errors should be a wsgi.Errors, and is %T", value)
		}
	}
}

func validatePath(e Environ, failed report) {
	script, path := e.Str("SCRIPT_NAME"), e.Str("PATH_INFO")
	if script != "" && script[0] != '/' {
		failed("environ-script-name", "SCRIPT_NAME does not start with a slash: %q", script)
	}
	// RFC 9112, 3.2.4: OPTIONS * names no path.
	if path != "" && path[0] != '/' {
		failed("environ-path-info", "PATH_INFO does not start with a slash: %q", path)
	}
	if _, ok := e["PATH_INFO"]; !ok && script == "" {
		failed("environ-path-info", "one of SCRIPT_NAME and PATH_INFO must be there")
	}
	if script == "/" {
		failed("environ-script-name", "SCRIPT_NAME cannot be /; it should be empty, and PATH_INFO be /")
	}
}

// warnEnviron tells of what is allowed, and seldom meant.
func warnEnviron(e Environ, warn report) {
	if _, ok := e["QUERY_STRING"]; !ok {
		warn("environ-query-string", "QUERY_STRING is not in the environ")
	}
	switch m := e["REQUEST_METHOD"]; m {
	case nil, "GET", "HEAD", "POST", "OPTIONS", "PATCH", "PUT", "DELETE", "TRACE", "CONNECT":
	default:
		if method, ok := m.(string); ok {
			warn("environ-method", "unknown REQUEST_METHOD: %q", method)
		}
	}
}

// statusCode is the status up to its first white space.
func statusCode(status string) string {
	if f := strings.Fields(status); len(f) > 0 {
		return f[0]
	}
	return ""
}

func validateStatus(status string, warn func(format string, args ...any)) {
	code := statusCode(status)
	if len(code) != 3 || !isDigits(code) {
		violation("status-code", "a status begins with three digits: %q", status)
	}
	if code < "100" {
		violation("status-code", "the status's code is below 100: %q", status)
	}
	if what, bad := badText(status); bad {
		violation("status-text", "the status %q holds %s", status, what)
	}
	if len(status) < 4 || status[3] != ' ' {
		warn("the status %q should be three digits, a single space and an explanation", status)
	}
}

func validateHeaders(headers Headers) {
	for _, f := range headers {
		name, value := f[0], f[1]
		if strings.EqualFold(name, "status") {
			violation("header-status", "a header must not be named Status, as in CGI (value: %q)", value)
		}
		if !isValidName(name) {
			violation("header-name", "bad name of a header: %q", name)
		}
		if c := name[len(name)-1]; c == '-' || c == '_' {
			violation("header-name-end", "the name of a header must not end in '-' or '_': %q", name)
		}
		if what, bad := badText(value); bad {
			violation("header-value", "the value of %s, %q, holds %s", name, value, what)
		}
	}
}

// isValidName is wsgiref's rule: ^[a-zA-Z][a-zA-Z0-9_-]*$.
func isValidName(name string) bool {
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '-' || c == '_'):
		default:
			return false
		}
	}
	return name != ""
}

func validateContentType(status string, headers Headers) {
	code := statusCode(status)
	empty := code == "204" || code == "304"
	switch has := headers.Has("Content-Type"); {
	case has && empty:
		violation("content-type-unexpected", "a %s, which has no content, has a Content-Type", code)
	case !has && !empty:
		violation("content-type-missing", "no Content-Type among the headers of a %s", code)
	}
}

func isNative(s string) bool {
	if isASCII(s) {
		return true
	}
	for _, r := range s {
		if r > 0xff {
			return false
		}
	}
	return true
}
