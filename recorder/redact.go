package recorder

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Redactor takes secrets out of what leaves the capture: exports, logs, copies. A secret becomes a keyed hash of
// itself, so that equal values still compare equal and nobody without the key can guess at them. It is never changed
// and may be used by many goroutines at once.
type Redactor struct{ key []byte }

// NewRedactor makes a redactor with a key, which should be random and as long-lived as the comparisons.
func NewRedactor(key []byte) *Redactor { return &Redactor{slices.Clone(key)} }

// secretHeaders are fields whose whole value is a secret, in lower case. Those of cookies keep the cookies' names.
var secretHeaders = map[string]bool{
	"authorization": true, "proxy-authorization": true, "x-api-key": true, "api-key": true, "x-auth-token": true,
	"x-access-token": true, "x-csrftoken": true, "x-csrf-token": true, "x-xsrf-token": true, "x-amz-security-token": true,
}

// secretKey tells by its name that a parameter, a member of a JSON object or an environ key holds a secret.
var secretKey = regexp.MustCompile(`(?i)(^|[_.\-\[])(pass(word|wd|phrase|code)?|pwd|secret|client_secret|token|` +
	`api_?key|access_?key|private_?key|auth|authorization|credentials?|code|session(_?id|key)?|sid|csrf\w*|xsrf\w*|otp|pin)` +
	`($|[_.\-\]])|(?i)(password|passwd|secret|token|apikey|sessionid|csrf)`)

// jwt is a JSON Web Token, wherever it stands (RFC 7519: three parts in base64url, the first an object).
var jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]*`)

// IsSecret tells by its name that a header field, a parameter or a member of a body holds a secret.
func IsSecret(name string) bool {
	lower := strings.ToLower(name)
	return lower == "cookie" || lower == "set-cookie" || secretHeaders[lower] || secretKey.MatchString(name)
}

// HoldsSecret tells of a piece of text that it holds a secret, by the secret's form or the name that stands beside it.
func HoldsSecret(text string) bool { return jwt.MatchString(text) || secretKey.MatchString(text) }

// Secret is what stands in for a secret.
func (r *Redactor) Secret(value string) string {
	if value == "" {
		return ""
	}
	h := hmac.New(sha256.New, r.key)
	h.Write([]byte(value))
	return "redacted-" + hex.EncodeToString(h.Sum(nil)[:8])
}

// Header redacts one field.
func (r *Redactor) Header(h Header) Header {
	name := strings.ToLower(h[0])
	switch {
	case name == "cookie":
		h[1] = r.cookies(h[1])
	case name == "set-cookie":
		pair, attributes, more := strings.Cut(h[1], ";")
		h[1] = r.cookies(pair)
		if more {
			h[1] += ";" + attributes
		}
	case name == "authorization" || name == "proxy-authorization":
		// The scheme is no secret, and tells what was tried.
		if scheme, credentials, ok := strings.Cut(h[1], " "); ok {
			h[1] = scheme + " " + r.Secret(credentials)
		} else {
			h[1] = r.Secret(h[1])
		}
	case secretHeaders[name] || secretKey.MatchString(name):
		h[1] = r.Secret(h[1])
	case name == "location" || name == "referer" || name == "content-location":
		h[1] = r.Target(h[1])
	default:
		h[1] = r.tokens(h[1])
	}
	return h
}

func (r *Redactor) cookies(s string) string {
	parts := strings.Split(s, ";")
	for i, p := range parts {
		if name, value, ok := strings.Cut(p, "="); ok {
			parts[i] = name + "=" + r.Secret(strings.TrimSpace(value))
		} else if strings.TrimSpace(p) != "" {
			parts[i] = r.Secret(strings.TrimSpace(p))
		}
	}
	return strings.Join(parts, ";")
}

func (r *Redactor) tokens(s string) string { return jwt.ReplaceAllStringFunc(s, r.Secret) }

// Target redacts the parameters, and a password, of a request's target or any URL, and leaves the rest as it is.
func (r *Redactor) Target(s string) string {
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
			s = scheme + "://" + r.Secret(rest[:at]) + rest[at:]
		}
	}
	path, query, ok := strings.Cut(s, "?")
	if !ok {
		return r.tokens(s)
	}
	query, fragment, more := strings.Cut(query, "#")
	s = r.tokens(path) + "?" + r.form(query)
	if more {
		s += "#" + r.form(fragment)
	}
	return s
}

// form redacts name=value pairs joined by "&".
func (r *Redactor) form(s string) string {
	parts := strings.Split(s, "&")
	for i, p := range parts {
		name, value, ok := strings.Cut(p, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil {
			plain = name
		}
		if ok && secretKey.MatchString(plain) {
			if decoded, err := url.QueryUnescape(value); err == nil {
				value = decoded // so that it compares equal to the same elsewhere
			}
			parts[i] = name + "=" + r.Secret(value)
		} else {
			parts[i] = r.tokens(p)
		}
	}
	return strings.Join(parts, "&")
}

// Text redacts any text: the tokens that show by their form.
func (r *Redactor) Text(s string) string { return r.tokens(s) }

// BodyBytes redacts a body by its content type: JSON by its keys, forms by their names, text by what shows by its
// form. Other bodies stay as they are.
func (r *Redactor) BodyBytes(contentType string, body []byte) []byte {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	kind = strings.TrimSpace(kind)
	switch {
	case len(body) == 0:
		return body
	case kind == "application/x-www-form-urlencoded":
		return []byte(r.form(string(body)))
	case kind == "application/json" || strings.HasSuffix(kind, "+json"):
		if p, ok := r.json(body); ok {
			return p
		}
		body = r.brokenJSON(body) // cut by the quota, say
	case kind == "multipart/form-data":
		return r.multipart(body)
	}
	return jwt.ReplaceAllFunc(body, func(p []byte) []byte { return []byte(r.Secret(string(p))) })
}

// multipartPart is one field of a multipart body that holds a secret by its name: its head, and its content.
var multipartPart = regexp.MustCompile(`(?is)(content-disposition:[^\r\n]*[; ]name="([^"]*)"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)(.*?)(\r?\n--)`)

func (r *Redactor) multipart(body []byte) []byte {
	return multipartPart.ReplaceAllFunc(body, func(p []byte) []byte {
		m := multipartPart.FindSubmatch(p)
		if m == nil || !secretKey.Match(m[2]) {
			return jwt.ReplaceAllFunc(p, func(t []byte) []byte { return []byte(r.Secret(string(t))) })
		}
		return slices.Concat(m[1], []byte(r.Secret(string(m[3]))), m[4])
	})
}

// json redacts by keys, keeping order, numbers and layout: only the strings and numbers that are secret change.
func (r *Redactor) json(body []byte) ([]byte, bool) {
	if !json.Valid(body) {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var out []byte
	last := 0
	// secret says of each level that it lies under a secret key; key is the member's name that was read last.
	type level struct{ object, secret, value bool }
	levels := []level{{}}
	key := false
	for {
		t, err := dec.Token()
		if err != nil {
			break
		}
		at := int(dec.InputOffset())
		top := &levels[len(levels)-1]
		if d, ok := t.(json.Delim); ok {
			switch d {
			case '{', '[':
				levels = append(levels, level{object: d == '{', secret: top.secret || top.object && key})
				key = false
			default:
				levels = levels[:len(levels)-1]
				levels[len(levels)-1].value = false
				key = false
			}
			continue
		}
		if top.object && !top.value {
			name, _ := t.(string)
			key, top.value = secretKey.MatchString(name), true
			continue
		}
		text := ""
		switch v := t.(type) {
		case string:
			if text = r.tokens(v); top.secret || key {
				text = r.Secret(v)
			}
			if text == v {
				text = ""
			}
		case json.Number:
			if top.secret || key {
				text = r.Secret(v.String())
			}
		}
		if text != "" {
			out = append(out, body[last:tokenStart(body, last, at)]...)
			out, _ = appendJSON(out, text) // a string always has a form
			last = at
		}
		top.value, key = false, false
	}
	return append(out, body[last:]...), true
}

// member is a member of a JSON object, as far as its value is there, for text that is not JSON as a whole.
var member = regexp.MustCompile(`("(?:[^"\\]|\\.)*"\s*:\s*)("(?:[^"\\]|\\.)*"?|-?[0-9][0-9.eE+-]*)`)

func (r *Redactor) brokenJSON(body []byte) []byte {
	return member.ReplaceAllFunc(body, func(p []byte) []byte {
		m := member.FindSubmatch(p)
		if !secretKey.Match(m[1]) && !secretKey.Match(bytes.Trim(m[1], "\": \t\r\n")) {
			return p
		}
		return slices.Concat(m[1], []byte(`"`+r.Secret(string(bytes.Trim(m[2], `"`)))+`"`))
	})
}

// tokenStart finds where the string or number that ends at end begins. The bytes before are valid JSON.
func tokenStart(p []byte, from, end int) int {
	i := end - 1
	if p[i] != '"' {
		for i > from && strings.IndexByte("+-.eE0123456789", p[i-1]) >= 0 {
			i--
		}
		return i
	}
	for i--; i >= from; i-- {
		if p[i] != '"' {
			continue
		}
		slashes := 0
		for j := i - 1; j >= from && p[j] == '\\'; j-- {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
	return from
}

// Exchange gives a redacted copy. Sizes and hashes of the bodies are those of the original; raw heads, in which
// secrets cannot be told from the rest, are left out.
func (r *Redactor) Exchange(x *Exchange) *Exchange {
	out := *x
	out.Request.Target = r.Target(x.Request.Target)
	out.Request.Headers, out.Response.Headers = r.headers(x.Request.Headers), r.headers(x.Response.Headers)
	out.Request.Head, out.Response.Head = nil, nil
	out.Request.Headers, out.Request.Body = r.message(out.Request.Headers, x.Request.Headers, x.Request.Body)
	out.Response.Headers, out.Response.Body = r.message(out.Response.Headers, x.Response.Headers, x.Response.Body)
	out.Environ = r.environ(x.Environ)
	out.Errors = r.Text(x.Errors)
	out.Output = slices.Clone(x.Output)
	for i := range out.Output {
		out.Output[i].Text = r.Text(out.Output[i].Text)
	}
	out.Exception = r.exception(x.Exception)
	out.Stages = slices.Clone(x.Stages)
	for i := range out.Stages {
		s := &out.Stages[i]
		s.Headers, s.Exception = r.headers(s.Headers), r.exception(s.Exception)
		s.EnvironChanges = r.changes(s.EnvironChanges)
	}
	out.Blame = r.blame(x.Blame)
	if !bytes.Equal(out.Response.Body.Bytes, x.Response.Body.Bytes) {
		out.Blame.Body = []Span{} // they are not where they were
	}
	return &out
}

func (r *Redactor) blame(b Blame) Blame {
	b.History = slices.Clone(b.History)
	for i := range b.History {
		t := &b.History[i]
		for _, v := range []*any{&t.Old, &t.New} {
			text, isText := (*v).(string)
			switch {
			case t.What == "environ":
				*v = r.environValue(t.Name, *v)
			case t.What == "header" && isText:
				*v = r.Header(Header{t.Name, text})[1]
			}
		}
	}
	return b
}

func (r *Redactor) headers(hs []Header) []Header {
	out := slices.Clone(hs)
	for i := range out {
		out[i] = r.Header(out[i])
	}
	return out
}

// message redacts a body. One that is encoded is given decoded, without its Content-Encoding; one that cannot be
// decoded is left out, since nobody can tell what it holds.
func (r *Redactor) message(redacted, fields []Header, body Body) ([]Header, Body) {
	kind, coding := "", ContentCoding(fields)
	for _, h := range fields {
		if strings.EqualFold(h[0], "content-type") {
			kind = h[1]
		}
	}
	if coding != "" && len(body.Bytes) > 0 {
		decoded := DecodeBody(coding, body, time.Now)
		if body.Bytes = decoded.Bytes; decoded.Err != nil {
			body.Bytes, body.Cut = nil, true
		}
		redacted = slices.DeleteFunc(redacted, func(h Header) bool { return strings.EqualFold(h[0], "content-encoding") })
	}
	body.Bytes = r.BodyBytes(kind, body.Bytes)
	return redacted, body
}

func (r *Redactor) environ(e Environ) Environ {
	out := slices.Clone(e)
	for i := range out {
		out[i].Value = r.environValue(out[i].Key, out[i].Value)
	}
	return out
}

// environValue redacts a value as the header that it came from, or by its key.
func (r *Redactor) environValue(key string, v any) any {
	s, ok := v.(string)
	if !ok {
		if repr, ok := v.(Repr); ok {
			return Repr{r.tokens(repr.Repr)}
		}
		return v
	}
	name, isHeader := strings.CutPrefix(key, "HTTP_")
	switch {
	case isHeader:
		return r.Header(Header{strings.ReplaceAll(name, "_", "-"), s})[1]
	case key == "QUERY_STRING":
		return r.form(s)
	case key == "REQUEST_URI" || key == "RAW_URI":
		return r.Target(s)
	case strings.HasPrefix(key, "SERVER_") || strings.HasPrefix(key, "wsgi."):
		return s
	case secretKey.MatchString(key):
		return r.Secret(s)
	}
	return r.tokens(s)
}

func (r *Redactor) changes(c EnvironChanges) EnvironChanges {
	added, changed := make(map[string]any, len(c.Added)), make(map[string][2]any, len(c.Changed))
	for k, v := range c.Added {
		added[k] = r.environValue(k, v)
	}
	for k, v := range c.Changed {
		changed[k] = [2]any{r.environValue(k, v[0]), r.environValue(k, v[1])}
	}
	return EnvironChanges{Added: added, Changed: changed, Removed: c.Removed}
}

func (r *Redactor) exception(x *Exception) *Exception {
	if x == nil {
		return nil
	}
	out := *x
	out.Message, out.Text, out.Cause = r.Text(x.Message), r.Text(x.Text), r.exception(x.Cause)
	return &out
}
