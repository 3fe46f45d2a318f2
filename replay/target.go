package replay

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Target is an address that replays are sent to.
type Target struct {
	Network string // "tcp" or "unix"
	Address string // "127.0.0.1:8000", or a path
	TLS     bool
	Name    string // the host's name, for TLS
}

// ParseTarget reads "HOST:PORT", "unix:PATH", or an http or https URL without a path.
func ParseTarget(s string) (Target, error) {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		if path = strings.TrimPrefix(path, "//"); path == "" {
			return Target{}, errors.New("unix: needs the path of a socket")
		}
		return Target{Network: "unix", Address: path}, nil
	}
	if !strings.Contains(s, "://") {
		host, port, err := net.SplitHostPort(s)
		if err != nil || port == "" {
			return Target{}, fmt.Errorf("%q is not an address: HOST:PORT, unix:PATH or http://HOST[:PORT]", s)
		}
		if host == "" {
			host = "127.0.0.1"
		}
		return Target{Network: "tcp", Address: net.JoinHostPort(host, port), Name: host}, nil
	}
	return parseTargetURL(s)
}

func parseTargetURL(s string) (Target, error) {
	u, err := url.Parse(s)
	if err != nil {
		return Target{}, fmt.Errorf("the address of the server: %w", err)
	}
	ports := map[string]string{"http": "80", "https": "443"}
	port, ok := ports[u.Scheme]
	switch {
	case !ok:
		return Target{}, fmt.Errorf("%q: the scheme must be http or https", s)
	case u.Hostname() == "":
		return Target{}, fmt.Errorf("%q names no host", s)
	case u.User != nil:
		return Target{}, fmt.Errorf("%q: a name and password can't be sent; requests go out as they were recorded", s)
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return Target{}, fmt.Errorf("%q: give the server's address alone; paths are sent as they were recorded", s)
	}
	if p := u.Port(); p != "" {
		port = p
	}
	return Target{
		Network: "tcp",
		Address: net.JoinHostPort(u.Hostname(), port),
		TLS:     u.Scheme == "https",
		Name:    u.Hostname(),
	}, nil
}

func (t Target) String() string {
	switch {
	case t.Network == "unix":
		return "unix:" + t.Address
	case t.TLS:
		return "https://" + t.Address
	}
	return "http://" + t.Address
}
