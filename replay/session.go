package replay

import (
	"bytes"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
)

// session carries what a new run hands out into the requests that follow: a recorded cookie or CSRF token is of the
// run that was recorded, and an application with new keys or an empty session store would refuse it.
//
// Tokens are known by their values: where the origin's response had one in a place and the replay's has another in the
// same place, the new one takes its part from then on. Where a field has a value that was seen nowhere (its page lies
// outside the replay), the newest token that came under its name is taken.
type session struct {
	cookies map[string]string // by name; those set by the new run
	gone    map[string]bool   // deleted by the new run
	tokens  map[string]string // recorded value to new value
	named   map[string]string // the newest token by the name of its field
}

func newSession() *session {
	return &session{
		cookies: map[string]string{}, gone: map[string]bool{},
		tokens: map[string]string{}, named: map[string]string{},
	}
}

// minToken is the shortest value that is replaced wherever it stands; a shorter one could be anything.
const minToken = 16

var (
	inputTag   = regexp.MustCompile(`(?is)<(?:input|meta)\b[^>]*>`)
	tagName    = regexp.MustCompile(`(?is)\bname\s*=\s*["']?([^"'\s>]+)`)
	tagValue   = regexp.MustCompile(`(?is)\b(?:value|content)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^"'\s>]+))`)
	csrfName   = regexp.MustCompile(`(?i)^(?:_?csrf(?:[-_]?token|[-_]?middleware[-_]?token)?|csrfmiddlewaretoken|_?xsrf(?:[-_]token)?|authenticity_token|__requestverificationtoken|_token)$`)
	csrfFields = []string{"X-CSRFToken", "X-CSRF-Token", "X-XSRF-Token", "X-CSRF"}
)

// learn takes what the replay of an origin handed out.
func (s *session) learn(origin, replayed *recorder.Exchange) {
	old, now := setCookies(origin.Response.Headers), setCookies(replayed.Response.Headers)
	for name, c := range now {
		s.cookies[name] = c.value
		s.gone[name] = c.deletes()
		if before, ok := old[name]; ok {
			s.map_(before.value, c.value)
		}
	}
	before, after := formTokens(origin), formTokens(replayed)
	for name, values := range after {
		for i, v := range values {
			s.named[strings.ToLower(name)] = v
			if i < len(before[name]) {
				s.map_(before[name][i], v)
			}
		}
	}
}

func (s *session) map_(old, now string) {
	if len(old) >= minToken && old != now && now != "" {
		s.tokens[old] = now
	}
}

// formTokens are the CSRF tokens of an HTML body by the names of their fields.
func formTokens(x *recorder.Exchange) map[string][]string {
	if kind, _ := headerValue(x.Response.Headers, "Content-Type"); !strings.Contains(kind, "html") {
		return nil
	}
	body, _ := decodeBody(&x.Response)
	found := map[string][]string{}
	for _, tag := range inputTag.FindAll(body[:min(len(body), maxTextDiff)], 1000) {
		name, value := tagName.FindSubmatch(tag), tagValue.FindSubmatch(tag)
		if name == nil || value == nil || !csrfName.Match(name[1]) {
			continue
		}
		v := html.UnescapeString(string(bytes.Join(value[1:], nil)))
		found[string(name[1])] = append(found[string(name[1])], v)
	}
	return found
}

// apply changes a request that is about to be sent.
func (s *session) apply(q *request, contentType string) {
	q.head = mapField(q.head, "Cookie", s.cookieLine)
	for _, name := range csrfFields {
		q.head = mapField(q.head, name, func(v string) string { return s.token(v, name) })
	}
	size := len(q.body)
	body := q.body
	if strings.HasPrefix(strings.ToLower(contentType), "application/x-www-form-urlencoded") {
		body = s.form(body)
	} else {
		for old, now := range s.tokens {
			body = bytes.ReplaceAll(body, []byte(old), []byte(now))
		}
	}
	q.body = body
	if len(body) != size {
		q.head = mapField(q.head, "Content-Length", func(v string) string {
			if v != strconv.Itoa(size) {
				return v
			}
			return strconv.Itoa(len(body))
		})
	}
}

func (s *session) cookieLine(line string) string {
	var kept []string
	for part := range strings.SplitSeq(line, ";") {
		trimmed := strings.TrimSpace(part)
		name, _, _ := strings.Cut(trimmed, "=")
		if s.gone[name] {
			continue
		}
		if v, ok := s.cookies[name]; ok {
			trimmed = name + "=" + v
		}
		kept = append(kept, trimmed)
	}
	return strings.Join(kept, "; ")
}

// token is what takes the place of a token that was sent under a name: a field of a form or of the head.
func (s *session) token(old, name string) string {
	if now, ok := s.tokens[old]; ok {
		return now
	}
	if now, ok := s.named[strings.ToLower(name)]; ok {
		return now
	}
	if strings.HasPrefix(strings.ToLower(name), "x-") {
		for _, cookie := range []string{"csrftoken", "csrf_token", "XSRF-TOKEN", "_xsrf"} { // the header repeats the cookie
			if now, ok := s.cookies[cookie]; ok && now != "" {
				return now
			}
		}
	}
	return old
}

// form replaces the tokens of a form and leaves the other fields as they were written.
func (s *session) form(body []byte) []byte {
	pairs := strings.Split(string(body), "&")
	for i, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		plainName, err1 := url.QueryUnescape(name)
		plain, err2 := url.QueryUnescape(value)
		if !found || err1 != nil || err2 != nil {
			continue
		}
		now, known := s.tokens[plain]
		if !known && csrfName.MatchString(plainName) {
			now = s.token(plain, plainName)
			known = now != plain
		}
		if known {
			pairs[i] = name + "=" + url.QueryEscape(now)
		}
	}
	return []byte(strings.Join(pairs, "&"))
}
