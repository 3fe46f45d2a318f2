package replay

import (
	"strings"

	"github.com/snifter-dev/snifter/recorder"
)

// setCookie is a Set-Cookie field taken apart (RFC 6265, 5.2), as loosely as clients do.
type setCookie struct {
	name, value string
	attributes  []string // lower case names, as written otherwise
}

func parseSetCookie(line string) setCookie {
	pair, rest, _ := strings.Cut(line, ";")
	name, value, _ := strings.Cut(pair, "=")
	c := setCookie{name: strings.TrimSpace(name), value: strings.Trim(strings.TrimSpace(value), `"`)}
	for attribute := range strings.SplitSeq(rest, ";") {
		if attribute = strings.TrimSpace(attribute); attribute != "" {
			n, v, found := strings.Cut(attribute, "=")
			n = strings.ToLower(strings.TrimSpace(n))
			if found {
				n += "=" + strings.TrimSpace(v)
			}
			c.attributes = append(c.attributes, n)
		}
	}
	return c
}

// deletes says whether the field takes the cookie away: it is empty, or has a Max-Age that is over.
func (c setCookie) deletes() bool {
	for _, a := range c.attributes {
		if v, ok := strings.CutPrefix(a, "max-age="); ok && (v == "0" || strings.HasPrefix(v, "-")) {
			return true
		}
	}
	return c.value == ""
}

// without are the attributes but the named ones.
func (c setCookie) without(names ...string) []string {
	var kept []string
next:
	for _, a := range c.attributes {
		for _, n := range names {
			if strings.HasPrefix(a, n+"=") {
				continue next
			}
		}
		kept = append(kept, a)
	}
	return kept
}

// carries says whether a request has a cookie of this name (RFC 6265, 5.4).
func carries(headers []recorder.Header, name string) bool {
	for _, h := range headers {
		if !strings.EqualFold(h[0], "Cookie") {
			continue
		}
		for pair := range strings.SplitSeq(h[1], ";") {
			if n, _, found := strings.Cut(strings.TrimSpace(pair), "="); found && n == name {
				return true
			}
		}
	}
	return false
}

// setCookies are the cookies that a response sets, the last one of each name.
func setCookies(headers []recorder.Header) map[string]setCookie {
	set := map[string]setCookie{}
	for _, h := range headers {
		if strings.EqualFold(h[0], "Set-Cookie") {
			c := parseSetCookie(h[1])
			set[c.name] = c
		}
	}
	return set
}
