package devserver

import (
	"bytes"
	"net"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/http1"
	"github.com/snifter-dev/snifter/devserver/marshal"
)

// software is SERVER_SOFTWARE, and the Server header of a response that brings none.
const software = "snifter"

// gate is what the environ of every request through one listener has in common.
type gate struct {
	name, port string // SERVER_NAME, SERVER_PORT
	fixed      []byte // the items that never change, as marshal bytes
	forwarded  trust
}

func newGate(addr net.Addr, multithread, multiprocess bool, forwarded trust) *gate {
	g := &gate{name: "localhost", port: "80", forwarded: forwarded}
	if tcp, ok := addr.(*net.TCPAddr); ok {
		host, port, err := net.SplitHostPort(tcp.String())
		if err == nil {
			g.name, g.port = host, port
		}
	}
	b := appendItem(nil, "SERVER_SOFTWARE", software)
	b = appendItem(b, "SCRIPT_NAME", "")
	b = appendItem(b, "SERVER_NAME", g.name)
	b = appendItem(b, "SERVER_PORT", g.port)
	b = marshal.AppendText(b, "wsgi.version")
	b = marshal.Append(b, marshal.Tuple{int64(1), int64(0)})
	b = appendFlag(b, "wsgi.multithread", multithread)
	b = appendFlag(b, "wsgi.multiprocess", multiprocess)
	b = appendFlag(b, "wsgi.run_once", false)
	g.fixed = appendFlag(b, "wsgi.input_terminated", true)
	return g
}

func appendItem(b []byte, key, value string) []byte {
	return marshal.AppendText(marshal.AppendText(b, key), value)
}

func appendFlag(b []byte, key string, value bool) []byte {
	return marshal.AppendBool(marshal.AppendText(b, key), value)
}

func appendRaw(b []byte, key string, value []byte) []byte {
	return marshal.AppendNative(marshal.AppendText(b, key), value)
}

// environ makes the plain part of a request's environ (PEP 3333, "environ Variables") as a dict in marshal format, and
// says what fields were withheld from it.
func (g *gate) environ(h *http1.Head, remote string, tls bool) ([]byte, []event.Withheld) {
	b := make([]byte, 0, len(h.Raw)+len(h.Raw)/2+len(g.fixed)+384)
	b = marshal.AppendDictStart(b)
	b = appendItem(b, "REQUEST_METHOD", h.Method)
	// RFC 9112, 3.2.4 and 3.2.3: "*" and an authority name no path.
	var path []byte
	if h.Form == http1.OriginForm || h.Form == http1.AbsoluteForm {
		path = h.Path
	}
	b = appendPath(marshal.AppendText(b, "PATH_INFO"), path)
	b = appendRaw(b, "QUERY_STRING", h.Query)
	b = marshal.AppendText(b, "REQUEST_URI")
	b = appendTarget(b, h.Target)
	b = marshal.AppendText(b, "RAW_URI")
	b = appendTarget(b, h.Target)
	b = appendItem(b, "SERVER_PROTOCOL", h.Protocol())
	scheme, addr, port := "http", remote, ""
	if tls {
		scheme = "https"
	}
	if host, p, err := net.SplitHostPort(remote); err == nil {
		addr, port = host, p
	}
	if g.forwarded.trusts(addr) {
		scheme, addr, port = forwardedFor(h, g.forwarded, scheme, addr, port)
	}
	b = appendItem(b, "REMOTE_ADDR", addr)
	b = appendItem(b, "REMOTE_PORT", port)
	b = appendItem(b, "wsgi.url_scheme", scheme)
	b = append(b, g.fixed...)
	b, withheld := appendFields(b, h)
	return marshal.AppendDictEnd(b), withheld
}

func appendTarget(b []byte, target string) []byte {
	for i := 0; i < len(target); i++ {
		if target[i] >= 0x80 {
			return marshal.AppendNative(b, []byte(target))
		}
	}
	return marshal.AppendText(b, target)
}

// appendPath appends the percent-decoded path. What is no escape is kept as it is.
func appendPath(b, path []byte) []byte {
	if bytes.IndexByte(path, '%') < 0 {
		return marshal.AppendNative(b, path)
	}
	decoded := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) {
			hi, ok1 := unhex(path[i+1])
			lo, ok2 := unhex(path[i+2])
			if ok1 && ok2 {
				decoded = append(decoded, hi<<4|lo)
				i += 2
				continue
			}
		}
		decoded = append(decoded, path[i])
	}
	return marshal.AppendNative(b, decoded)
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// appendFields appends the header fields as CGI names them (RFC 3875, 4.1.18). An underscore in a name would let a
// client write over another field's key, and HTTP_PROXY is read by client libraries as a setting: both are withheld.
func appendFields(b []byte, h *http1.Head) ([]byte, []event.Withheld) {
	var withheld []event.Withheld
	host := h.Host
	if h.Form == http1.AbsoluteForm {
		host = h.Authority // RFC 9112, 3.2.2
	}
	for i, f := range h.Fields {
		if fold(f.Name, originHeader) {
			continue // snifter's own: see takeOrigin
		}
		if why := withhold(f.Name); why != "" {
			withheld = append(withheld, event.Withheld{Name: marshal.Latin1(f.Name), Reason: why})
			continue
		}
		if seenBefore(h.Fields, i) {
			continue
		}
		switch {
		case fold(f.Name, "content-type"):
			b = appendRaw(b, "CONTENT_TYPE", f.Value)
		case fold(f.Name, "content-length"):
			b = appendRaw(b, "CONTENT_LENGTH", f.Value)
		case fold(f.Name, "host"):
			b = appendRaw(b, "HTTP_HOST", host)
			host = nil
		case fold(f.Name, "cookie"):
			b = appendJoined(b, h.Fields[i:], "; ") // RFC 9113, 8.2.3 says how cookies join
		default:
			b = appendJoined(b, h.Fields[i:], ",")
		}
	}
	if len(host) > 0 && h.Form == http1.AbsoluteForm {
		b = appendRaw(b, "HTTP_HOST", host)
	}
	return b, withheld
}

func withhold(name []byte) string {
	switch {
	case bytes.IndexByte(name, '_') >= 0:
		return "its name has an underscore, which could pass for another field"
	case fold(name, "proxy"):
		return "HTTP_PROXY is read as a setting by client libraries (httpoxy)"
	}
	return ""
}

func seenBefore(fields []http1.Field, i int) bool {
	for _, f := range fields[:i] {
		if len(f.Name) == len(fields[i].Name) && bytes.EqualFold(f.Name, fields[i].Name) {
			return true
		}
	}
	return false
}

// appendJoined appends the first of the fields with the values of all that share its name.
func appendJoined(b []byte, fields []http1.Field, sep string) []byte {
	name := fields[0].Name
	key := make([]byte, 0, 64)
	key = append(key, "HTTP_"...)
	for _, c := range name {
		switch {
		case c == '-':
			c = '_'
		case 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		}
		key = append(key, c)
	}
	b = marshal.AppendNative(b, key)
	value := fields[0].Value
	joined := false
	for _, f := range fields[1:] {
		if len(f.Name) != len(name) || !bytes.EqualFold(f.Name, name) {
			continue
		}
		if !joined {
			value, joined = append([]byte(nil), value...), true
		}
		value = append(append(value, sep...), f.Value...)
	}
	return marshal.AppendNative(b, value)
}

// fold says whether name is want, without regard to the case of ASCII letters.
func fold(name []byte, want string) bool {
	if len(name) != len(want) {
		return false
	}
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		w := want[i]
		if 'A' <= w && w <= 'Z' {
			w += 'a' - 'A'
		}
		if c != w {
			return false
		}
	}
	return true
}
