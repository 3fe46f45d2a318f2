package http1

import (
	"bytes"
	"net/netip"
)

var (
	slash    = []byte("/")
	asterisk = []byte("*")
)

// splitTarget sets the form, path, query and authority of a head whose Method is known.
func (h *Head) splitTarget(target []byte) *BadHead {
	switch {
	case h.Method == "CONNECT":
		// authority-form is CONNECT's, and CONNECT has no other (RFC 9112, section 3.2.3).
		if !validAuthority(target, true) {
			return bad("the target %s of CONNECT is not host:port (RFC 9112, section 3.2.3)", show(target))
		}
		h.Form, h.Authority = AuthorityForm, target
		return nil
	case target[0] == '/':
		h.Form = OriginForm
		h.splitPath(target)
		return nil
	case len(target) == 1 && target[0] == '*':
		if h.Method != "OPTIONS" {
			return bad("the target * is for OPTIONS alone (RFC 9112, section 3.2.4)")
		}
		h.Form, h.Path = AsteriskForm, asterisk
		return nil
	}
	return h.splitAbsolute(target)
}

// splitAbsolute takes http://authority/path?query apart (RFC 9112, section 3.2.2).
func (h *Head) splitAbsolute(target []byte) *BadHead {
	i := bytes.Index(target, []byte("://"))
	if i < 0 || !equalFold(target[:i], "http") && !equalFold(target[:i], "https") {
		return bad("the target %s is neither a path nor an http URI (RFC 9112, section 3.2)", show(target))
	}
	rest := target[i+3:]
	end := bytes.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	// An http URI without a host, or with user information, is invalid (RFC 9110, sections 4.2.1 and 4.2.4).
	if !validAuthority(rest[:end], false) || end == 0 || rest[0] == ':' {
		return bad("the target's authority %s is not a host (RFC 9110, section 4.2.1)", show(rest[:end]))
	}
	h.Form, h.Authority = AbsoluteForm, rest[:end]
	h.splitPath(rest[end:])
	if len(h.Path) == 0 {
		h.Path = slash
	}
	return nil
}

// splitPath cuts the fragment, which a client should not have sent, and splits off the query.
func (h *Head) splitPath(p []byte) {
	if i := bytes.IndexByte(p, '#'); i >= 0 {
		p = p[:i]
	}
	h.Path = p
	if i := bytes.IndexByte(p, '?'); i >= 0 {
		h.Path, h.Query, h.HasQuery = p[:i], p[i+1:], true
	}
}

// validAuthority says whether p is uri-host [ ":" port ] (RFC 9110, section 7.2); needPort is for the authority-form.
// An empty host is in order, as Host has it where the target has no authority.
func validAuthority(p []byte, needPort bool) bool {
	host, port, hasPort := p, []byte(nil), false
	if len(p) > 0 && p[0] == '[' {
		end := bytes.IndexByte(p, ']')
		if end < 0 || !validLiteral(p[1:end]) {
			return false
		}
		host = nil
		if rest := p[end+1:]; len(rest) > 0 {
			if rest[0] != ':' {
				return false
			}
			port, hasPort = rest[1:], true
		}
	} else if i := bytes.IndexByte(p, ':'); i >= 0 {
		host, port, hasPort = p[:i], p[i+1:], true
	}
	if hasPort && !validPort(port) || needPort && (len(port) == 0 || p[0] == ':') {
		return false
	}
	for i := 0; i < len(host); i++ {
		if classes[host[i]]&hostChar != 0 {
			continue
		}
		if host[i] != '%' || i+2 >= len(host) || classes[host[i+1]]&classes[host[i+2]]&hexDigit == 0 {
			return false
		}
		i += 2
	}
	return true
}

func validPort(p []byte) bool {
	n := 0
	for _, c := range p {
		if !digit(c) {
			return false
		}
		if n = n*10 + int(c-'0'); n > 65535 {
			return false
		}
	}
	return true
}

// validLiteral judges what stands between the brackets of an IP literal. A zone is not for the wire (RFC 6874).
func validLiteral(p []byte) bool {
	if len(p) > 0 && (p[0] == 'v' || p[0] == 'V') {
		dot := bytes.IndexByte(p, '.')
		return dot > 1 && dot < len(p)-1 && is(p[1:dot], hexDigit) && futureAddress(p[dot+1:])
	}
	a, err := netip.ParseAddr(string(p))
	return err == nil && a.Is6() && a.Zone() == ""
}

func futureAddress(p []byte) bool {
	for _, c := range p {
		if c != ':' && classes[c]&hostChar == 0 {
			return false
		}
	}
	return true
}
