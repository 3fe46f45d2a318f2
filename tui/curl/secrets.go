package curl

import (
	"regexp"
	"strings"
)

// Redacted stands in the place of a secret.
const Redacted = "[redacted]"

// secretKey is how keys of secrets are called, within longer names too.
const secretKey = `(?:pass(?:word|wd|phrase)|secret|token|api[_-]?key|session|csrf|credential)`

var (
	inForm = regexp.MustCompile(`(?i)((?:^|[?&;])(?:[^&=?;\s]*` + secretKey + `[^&=\s]*|code)=)[^&#\s]*`)
	inJSON = regexp.MustCompile(`(?i)("(?:[^"\\]*` + secretKey + `[^"\\]*|code)"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}\]"]+)`)
	inPart = regexp.MustCompile(`(?i)(name="[^"]*` + secretKey + `[^"]*"[^\r\n]*(?:\r\n[^\r\n]+)*\r\n\r\n)[^\r\n]*`)
	inHTML = regexp.MustCompile(`(?i)(<input[^>]*name=["']?[^"'>\s]*` + secretKey + `[^>]*value=)("[^"]*"|'[^']*'|[^\s>]+)`)
	jwt    = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*`)
)

// HideIn hides what is called a secret in a query, a form, JSON or HTML, and JSON web tokens wherever they stand.
func HideIn(s string) string {
	s = inForm.ReplaceAllString(s, "${1}"+Redacted)
	s = inJSON.ReplaceAllString(s, `${1}"`+Redacted+`"`)
	s = inPart.ReplaceAllString(s, "${1}"+Redacted)
	s = inHTML.ReplaceAllString(s, `${1}"`+Redacted+`"`)
	return jwt.ReplaceAllString(s, Redacted)
}

// HideHeader hides the value of a header that carries credentials, and secrets within others.
func HideHeader(name, value string) string {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-csrf-token", "x-csrftoken",
		"x-xsrf-token", "x-auth-token":
		return Redacted
	}
	return HideIn(value)
}
