package snifter

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"testing"
)

// Client is a browser without a screen: it keeps cookies and the last CSRF token that a page had, and follows no
// redirects.
type Client struct {
	t    testing.TB
	url  string
	http *http.Client
	csrf string
}

// Client makes a client of the server's.
func (s *Server) Client() *Client { return NewClient(s.t, s.URL) }

// NewClient makes a client of the server at an address.
func NewClient(t testing.TB, url string) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &Client{t: t, url: url, http: &http.Client{
		Jar: jar, Transport: transport, Timeout: Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Answer is a response, read whole. One that broke off has Err.
type Answer struct {
	Status int
	Header http.Header
	Body   string
	Err    error
}

var token = regexp.MustCompile(`name="?csrf(?:middleware)?_?token"? value="?([^">]+)`)

// Do sends a request: "POST /path". Headers are "Name: value" lines; {csrf} in the body stands for the token.
func (c *Client) Do(request, body string, headers ...string) Answer {
	c.t.Helper()
	method, target, _ := strings.Cut(request, " ")
	body = strings.ReplaceAll(body, "{csrf}", c.csrf)
	r, err := http.NewRequest(method, c.url+target, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	w, err := c.http.Do(r)
	if err != nil {
		return Answer{Err: err}
	}
	defer w.Body.Close()
	p, err := io.ReadAll(w.Body)
	if m := token.FindSubmatch(p); m != nil {
		c.csrf = string(m[1])
	}
	return Answer{Status: w.StatusCode, Header: w.Header, Body: string(p), Err: err}
}

// Get asks for a page, which must come whole, whatever its status.
func (c *Client) Get(target string) Answer {
	c.t.Helper()
	a := c.Do("GET "+target, "")
	if a.Err != nil {
		c.t.Fatalf("GET %s: %v", target, a.Err)
	}
	return a
}
