package devserver

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/snifter-dev/snifter/devserver/http1"
)

// trust is the set of peers whose X-Forwarded-* fields are believed. The zero value trusts nobody.
type trust struct {
	all      bool
	prefixes []netip.Prefix
}

// parseTrust reads addresses and networks ("127.0.0.1", "10.0.0.0/8"); "*" is everybody.
func parseTrust(peers []string) (trust, error) {
	var t trust
	for _, p := range peers {
		p = strings.TrimSpace(p)
		switch {
		case p == "":
			continue
		case p == "*":
			t.all = true
			continue
		}
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			addr, err2 := netip.ParseAddr(p)
			if err2 != nil {
				return trust{}, fmt.Errorf("forwarded-allow-ips: %q is neither an address, a network nor *", p)
			}
			prefix = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen())
		}
		t.prefixes = append(t.prefixes, prefix)
	}
	return t, nil
}

func (t trust) trusts(host string) bool {
	if t.all || len(t.prefixes) == 0 {
		return t.all
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range t.prefixes {
		if p.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// forwardedFor reads what a trusted proxy says of its client: the scheme, and the last address on the way that is not
// itself a trusted proxy.
func forwardedFor(h *http1.Head, t trust, scheme, addr, port string) (string, string, string) {
	var hops []string
	for _, f := range h.Fields {
		switch {
		case fold(f.Name, "x-forwarded-proto"):
			switch p := strings.ToLower(strings.TrimSpace(lastOf(string(f.Value)))); p {
			case "http", "https":
				scheme = p
			}
		case fold(f.Name, "x-forwarded-for"):
			hops = append(hops, strings.Split(string(f.Value), ",")...) // repeated fields are one list (RFC 9110, 5.3)
		}
	}
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		if _, err := netip.ParseAddr(hop); err != nil {
			break
		}
		addr, port = hop, ""
		if !t.trusts(hop) {
			break
		}
	}
	return scheme, addr, port
}

func lastOf(list string) string {
	return list[strings.LastIndexByte(list, ',')+1:]
}
