package replay

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
)

// headers compares the headers of the responses name by name. The order between names says nothing (RFC 9110, 5.3);
// the order of the values of one name does, but for cookies.
func (c *comparer) headers() {
	old, oldNames := byName(c.a.Response.Headers)
	now, newNames := byName(c.b.Response.Headers)
	for _, key := range oldNames {
		name := old[key][0][0]
		if key == "set-cookie" {
			c.cookies(values(old[key]), values(now[key]))
			continue
		}
		c.header(name, key, old[key], now[key])
	}
	for _, key := range newNames {
		if _, ok := old[key]; ok {
			continue
		}
		if key == "set-cookie" {
			c.cookies(nil, values(now[key]))
			continue
		}
		c.header(now[key][0][0], key, nil, now[key])
	}
}

// byName groups fields by their lower-case name; names gives the order in which they first came.
func byName(headers []recorder.Header) (fields map[string][]recorder.Header, names []string) {
	fields = make(map[string][]recorder.Header, len(headers))
	for _, h := range headers {
		key := strings.ToLower(h[0])
		if _, ok := fields[key]; !ok {
			names = append(names, key)
		}
		fields[key] = append(fields[key], h)
	}
	return fields, names
}

func values(fields []recorder.Header) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f[1]
	}
	return out
}

// header compares the values of one name. Where there are more of them on one side, those at the end that are the same on
// both are each other's.
func (c *comparer) header(name, key string, old, now []recorder.Header) {
	same, fewer := 0, min(len(old), len(now))
	for same < fewer && old[len(old)-1-same][1] == now[len(now)-1-same][1] {
		same++
	}
	for i, h := range old[:fewer-same] {
		c.value(name, key, h, now[i])
	}
	for _, h := range old[fewer-same : len(old)-same] {
		c.add(Difference{Part: "header", Where: name, Old: h[1], Kind: "removed"}.noise(c.headerNoise(key, "removed", h[1], "")))
	}
	for _, h := range now[fewer-same : len(now)-same] {
		c.add(Difference{Part: "header", Where: name, New: h[1], Kind: "added"}.noise(c.headerNoise(key, "added", "", h[1])))
	}
	for i := range same {
		c.value(name, key, old[len(old)-same+i], now[len(now)-same+i])
	}
}

// value compares two fields.
func (c *comparer) value(name, key string, old, now recorder.Header) {
	switch a, b := old[1], now[1]; {
	case a != b:
		c.add(Difference{Part: "header", Where: name, Old: a, New: b, Kind: "changed"}.noise(c.headerNoise(key, "changed", a, b)))
	case old[0] != now[0]:
		c.add(Difference{
			Part: "header", Where: name, Old: old[0], New: now[0], Kind: "changed",
		}.noise("names are the same in any case (RFC 9110, 5.1)"))
	}
}

func (d Difference) noise(why string) Difference {
	d.Noise, d.NoiseWhy = why != "", why
	return d
}

// volatile are headers that differ between any two responses, or are set by whatever stands in between.
var volatile = map[string]string{
	"date": "the time of the response", "age": "the time of the response", "expires": "a time",
	"last-modified": "a time",
	"x-request-id":  "names the request", "x-correlation-id": "names the request", "request-id": "names the request",
	"x-amzn-requestid": "names the request", "x-amzn-trace-id": "names the request", "cf-ray": "names the request",
	"x-cloud-trace-context": "names the request", "traceparent": "names the request", "tracestate": "names the request",
	"traceresponse": "names the request", "x-trace-id": "names the request",
	"x-runtime": "a duration", "x-response-time": "a duration", "x-process-time": "a duration",
	"server-timing": "a duration",
	"server":        "names the server", "via": "names the server",
	"connection": "of the connection", "keep-alive": "of the connection", "transfer-encoding": "of the connection",
	"snifter-exchange": "snifter's own",
}

var cspNonce = regexp.MustCompile(`'nonce-[^']*'`)

// headerNoise says why a difference in a header is noise, or "".
func (c *comparer) headerNoise(key, kind, old, now string) string {
	if why := c.o.Noise.header(key); why != "" {
		return why
	}
	if why := cmp.Or(c.o.Masks.header(key, kind), c.otherStatus()); why != "" {
		return why
	}
	if c.o.Noise.NoDefaults {
		return ""
	}
	if why := volatile[key]; why != "" {
		return why
	}
	if strings.HasPrefix(key, "x-b3-") {
		return "names the request"
	}
	if fromOutside(c.a) != fromOutside(c.b) && c.sameFailure() {
		return serversPage
	}
	switch key {
	case "content-length":
		return c.lengthNoise(old, now)
	case "etag", "content-md5", "digest", "content-digest", "repr-digest":
		if old != "" && now != "" && c.bodiesDiffer() {
			return "it follows the body"
		}
	case "content-security-policy", "content-security-policy-report-only":
		if old != "" && cspNonce.ReplaceAllString(old, "") == cspNonce.ReplaceAllString(now, "") {
			return "a nonce"
		}
	}
	return ""
}

// lengthNoise: a length that is right says nothing that the body does not say, and some servers add it by themselves.
func (c *comparer) lengthNoise(old, now string) string {
	right := func(v string, r *recorder.Response) bool { return v == "" || v == strconv.FormatInt(r.Body.Size, 10) }
	if right(old, &c.a.Response) && right(now, &c.b.Response) {
		return "it follows the body"
	}
	if (old == "" || now == "") && (c.b.Request.Method == "HEAD" || notModified(c.b)) {
		return "of a body that is left out; a server may say it or not (RFC 9110, 8.6)"
	}
	return ""
}

func (c *comparer) bodiesDiffer() bool {
	a, b := &c.a.Response.Body, &c.b.Response.Body
	return a.Size != b.Size || a.SHA256 != b.SHA256
}

// secretCookie is a name whose value is of a session or a token: another one each time.
var secretCookie = regexp.MustCompile(`(?i)sess|csrf|xsrf|token|auth|jwt|remember|(?:^|[._-])sid$|^_ga`)

// cookies compares cookies by their names.
func (c *comparer) cookies(old, now []string) {
	rest := slices.Clone(now)
	for _, line := range old {
		a := parseSetCookie(line)
		i := slices.IndexFunc(rest, func(s string) bool { return parseSetCookie(s).name == a.name })
		where := "Set-Cookie: " + a.name
		if i < 0 {
			c.add(Difference{Part: "header", Where: where, Old: line, Kind: "removed"}.noise(c.renewalNoise(where, "removed", a)))
			continue
		}
		if rest[i] != line {
			why := c.cookieMask(where, "changed")
			if why == "" && !c.o.Noise.NoDefaults {
				why = cookieNoise(a, parseSetCookie(rest[i]))
			}
			c.add(Difference{Part: "header", Where: where, Old: line, New: rest[i], Kind: "changed"}.noise(why))
		}
		rest = slices.Delete(rest, i, i+1)
	}
	for _, line := range rest {
		b := parseSetCookie(line)
		where := "Set-Cookie: " + b.name
		c.add(Difference{Part: "header", Where: where, New: line, Kind: "added"}.noise(c.renewalNoise(where, "added", b)))
	}
}

// renewalNoise says why a cookie that only one of the two responses sets is noise, or "". Sessions are renewed at the
// first request after some time (Pyramid does so after each second): which request that is depends on the clock.
func (c *comparer) renewalNoise(where, kind string, set setCookie) string {
	why := c.cookieMask(where, kind)
	if why != "" || c.o.Noise.NoDefaults || set.deletes() || !secretCookie.MatchString(set.name) {
		return why
	}
	if carries(c.a.Request.Headers, set.name) && carries(c.b.Request.Headers, set.name) {
		return "renews the session that the request came with"
	}
	return ""
}

func (c *comparer) cookieMask(where, kind string) string {
	if why := c.o.Noise.header("set-cookie"); why != "" {
		return why
	}
	if why := c.o.Noise.header(strings.ToLower(where)); why != "" {
		return why
	}
	return cmp.Or(c.o.Masks.header(strings.ToLower(where), kind), c.otherStatus())
}

func cookieNoise(a, b setCookie) string {
	if !slices.Equal(a.without("expires"), b.without("expires")) || a.deletes() != b.deletes() {
		return ""
	}
	switch {
	case a.value == b.value:
		return "only its expiry differs"
	case secretCookie.MatchString(a.name):
		return "the value of a session or token"
	case signedAlike(a.value, b.value):
		return fmt.Sprintf("the same value %q, signed anew", clip(beforeSignature(a.value), 40))
	}
	return ""
}

// signedAlike: values as itsdangerous and Django sign them, "value.time.signature" or "value:time:signature", with the
// same value in front.
func signedAlike(a, b string) bool {
	v := beforeSignature(a)
	return v != "" && v == beforeSignature(b)
}

func beforeSignature(s string) string {
	for _, sep := range []string{".", ":"} {
		parts := strings.Split(s, sep)
		if n := len(parts); n >= 3 && len(parts[n-1]) >= 20 {
			return strings.Join(parts[:n-2], sep)
		}
	}
	return ""
}
