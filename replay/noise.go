package replay

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Rules are the differences that are noise by rule: `[tool.snifter.noise]`.
type Rules struct {
	// Headers are names of response headers, without regard to case; "Set-Cookie: NAME" is one cookie.
	Headers []string
	// JSONPaths are JSON pointers (RFC 6901) in which "*" stands for any one segment and "**" for any number of them.
	JSONPaths []string
	// Body matches what is masked in text bodies and in the strings of JSON ones: the groups where there are any, else
	// the whole match.
	Body []*regexp.Regexp
	// NoDefaults leaves out the rules that apply by themselves.
	NoDefaults bool
}

var fieldName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// ParseRules makes rules of what stands in a configuration file. Its error names what is wrong with it.
func ParseRules(headers, jsonPaths, bodyRegexps []string) (Rules, error) {
	var r Rules
	var errs []error
	for _, h := range headers {
		name, _, _ := strings.Cut(h, ":")
		if !fieldName.MatchString(name) {
			errs = append(errs, fmt.Errorf("%q is not the name of a header", h))
		}
		r.Headers = append(r.Headers, h)
	}
	for _, p := range jsonPaths {
		if p != "" && !strings.HasPrefix(p, "/") {
			errs = append(errs, fmt.Errorf(`%q is not a JSON pointer: it begins with "/", as in "/items/*/id"`, p))
		}
		r.JSONPaths = append(r.JSONPaths, p)
	}
	for _, text := range bodyRegexps {
		re, err := regexp.Compile(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("the pattern %q: %w", text, err))
			continue
		}
		r.Body = append(r.Body, re)
	}
	return r, errors.Join(errs...)
}

func (r Rules) header(key string) string {
	for _, h := range r.Headers {
		name, cookie, found := strings.Cut(h, ":")
		if found {
			name = strings.TrimSpace(name) + ": " + strings.TrimSpace(cookie)
		}
		if strings.EqualFold(name, key) {
			return "a rule: header " + h
		}
	}
	return ""
}

func (r Rules) pointer(p string) string {
	for _, pattern := range r.JSONPaths {
		if matchPointer(segments(pattern), segments(p)) {
			return "a rule: " + pattern
		}
	}
	if last := p[strings.LastIndexByte(p, '/')+1:]; !r.NoDefaults && csrfName.MatchString(last) {
		return "a CSRF token"
	}
	return ""
}

func segments(pointer string) []string {
	if pointer == "" {
		return nil
	}
	return strings.Split(strings.TrimPrefix(pointer, "/"), "/")
}

// matchPointer says whether a pattern matches a pointer, or what the pointer lies in. Only the last "**" needs to be
// tried again: whatever an earlier one would take more, the last can take as well.
func matchPointer(pattern, p []string) bool {
	i, j := 0, 0
	star, mark := -1, 0
	for {
		switch {
		case i == len(pattern):
			return true
		case pattern[i] == "**":
			star, mark = i, j
			i++
		case j == len(p):
			return false
		case pattern[i] == "*" || pattern[i] == p[j]:
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
}

// defaultBody are masked in every text body: tokens against forged requests, nonces, and the addresses in what Python
// prints for an object.
var defaultBody = []*regexp.Regexp{
	regexp.MustCompile(`(?is)<(?:input|meta)\b[^>]*?\bname\s*=\s*["']?(?:_?csrf[-_a-z]*|_?xsrf|authenticity_token|__requestverificationtoken|_token)["']?[^>]*?\b(?:value|content)\s*=\s*["']([^"']*)["']`),
	regexp.MustCompile(`(?is)<(?:input|meta)\b[^>]*?\b(?:value|content)\s*=\s*["']([^"']*)["'][^>]*?\bname\s*=\s*["']?(?:_?csrf[-_a-z]*|_?xsrf|authenticity_token|__requestverificationtoken|_token)\b`),
	regexp.MustCompile(`(?i)\snonce\s*=\s*["']([^"']+)["']`),
	regexp.MustCompile(`\bat (0x[0-9a-fA-F]{6,16})\b`),
}

// masking is the patterns that apply to a body.
type masking []*regexp.Regexp

func (c *comparer) rules() masking {
	if c.o.Noise.NoDefaults {
		return c.o.Noise.Body
	}
	return slices.Concat(c.o.Noise.Body, defaultBody)
}

// masked stands for what was masked. It can't come from the wire: it is no valid UTF-8.
const masked = "\xff\xfe"

// mask replaces what the patterns match. Line ends within it stay, so that lines keep their numbers.
func (m masking) mask(text string) string {
	for _, re := range m {
		text = maskOne(re, text)
	}
	return text
}

func maskOne(re *regexp.Regexp, text string) string {
	found := re.FindAllStringSubmatchIndex(text, -1)
	if found == nil {
		return text
	}
	var b strings.Builder
	last := 0
	for _, at := range found {
		spans := at[2:]
		if len(spans) == 0 {
			spans = at[:2]
		}
		for i := 0; i+1 < len(spans); i += 2 {
			if spans[i] < last { // a group that took no part, or lies in another one
				continue
			}
			b.WriteString(text[last:spans[i]])
			b.WriteString(masked)
			b.WriteString(strings.Repeat("\n", strings.Count(text[spans[i]:spans[i+1]], "\n")))
			last = spans[i+1]
		}
	}
	b.WriteString(text[last:])
	return b.String()
}
