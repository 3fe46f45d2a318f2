package wsgitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/google/go-cmp/cmp"
)

// Step is one thing that the client of a case does, or waits for.
type Step interface{ take(c *client) error }

// Send sends bytes. {key} stands for the case, {host} and {port} for the server's address, {client} for the port of the
// connection.
type Send string

func (s Send) take(c *client) error {
	p := []byte(c.expand(string(s)))
	c.sent = append(c.sent, p...)
	_, err := c.conn.Write(p)
	return err
}

// Finish ends the client's side of the connection; the other stays open.
type Finish struct{}

func (Finish) take(c *client) error {
	half, ok := c.conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.New("the connection has no half to close")
	}
	return half.CloseWrite()
}

// Leave goes away with a reset, in the midst of things.
type Leave struct{}

func (Leave) take(c *client) error {
	if t, ok := c.conn.(*net.TCPConn); ok {
		if err := t.SetLinger(0); err != nil {
			return err
		}
	}
	return c.conn.Close()
}

// Framing is how the end of a response's body is told.
type Framing string

// The framings.
const (
	Any        Framing = ""
	Length     Framing = "length"
	Chunked    Framing = "chunked"
	UntilClose Framing = "until close"
	Bodiless   Framing = "bodiless" // no body goes out, whatever the head says: HEAD, 204, 304
)

// Want waits for a whole response.
type Want struct {
	Status  string // "" is "200 OK"
	Body    string
	Framing Framing
	// Chunks are the HTTP chunks of the body, which Body need not repeat.
	Chunks []string
	// Contains, where the body is not known to the byte.
	Contains []string
	// Headers must be there, each with this value alone; Absent must not.
	Headers map[string]string
	Absent  []string
	// Lines are lines of the head, in this order, to the byte, though others may stand between them.
	Lines []string
	// Broken: the body breaks off after what is wanted, so that a client can tell.
	Broken bool
}

func (w Want) take(c *client) error {
	if err := w.head().take(c); err != nil {
		return err
	}
	m := c.open
	c.open = nil
	err := c.readBody(m)
	if w.Broken != (err != nil) || err != nil && !brokenOff(err) {
		return fmt.Errorf("the body, %.200q, ended with %v; broken off should be %v", m.body, err, w.Broken)
	}
	body := w.Body + strings.Join(w.Chunks, "")
	if len(w.Contains) == 0 && string(m.body) != body {
		return fmt.Errorf("body %.500q, want %.500q", m.body, body)
	}
	for _, part := range w.Contains {
		if !strings.Contains(string(m.body), part) {
			return fmt.Errorf("the body has no %q:\n%.3000s", part, m.body)
		}
	}
	if w.Chunks != nil && !c.validated && !slices.Equal(m.chunks, w.Chunks) {
		return fmt.Errorf("chunks %.500q, want %.500q", m.chunks, w.Chunks)
	}
	return nil
}

func (w Want) head() Begin {
	if w.Chunks != nil {
		w.Framing = Chunked
	}
	return Begin{Status: w.Status, Framing: w.Framing, Headers: w.Headers, Absent: w.Absent, Lines: w.Lines}
}

// Begin waits for the head of a response. What it says is as in Want.
type Begin struct {
	Status  string
	Framing Framing
	Headers map[string]string
	Absent  []string
	Lines   []string
}

func (b Begin) take(c *client) error {
	m, err := c.readHead(b.Framing == Bodiless)
	if err != nil {
		return fmt.Errorf("the head of a response: %w", err)
	}
	c.open = m
	status := b.Status
	if status == "" {
		status = "200 OK"
	}
	if m.protocol != "HTTP/1.1" || m.status != status {
		return fmt.Errorf("status line %q %q, want %q", m.protocol, m.status, status)
	}
	// A validator between the server and the application hides what the server could tell of the body's size.
	if b.Framing != Any && m.framing != b.Framing && !c.validated {
		return fmt.Errorf("the body is framed by %q, want %q:\n%s", m.framing, b.Framing, m.raw)
	}
	for _, name := range slices.Sorted(maps.Keys(b.Headers)) {
		if c.validated && ofFraming(name) {
			continue
		}
		if got, want := m.values(name), c.expand(b.Headers[name]); len(got) != 1 || got[0] != want {
			return fmt.Errorf("header %s is %q, want %q", name, got, want)
		}
	}
	for _, name := range b.Absent {
		if got := m.values(name); len(got) > 0 && (!c.validated || !ofFraming(name)) {
			return fmt.Errorf("header %s is there: %q", name, got)
		}
	}
	return inOrder(string(m.raw), b.Lines)
}

func ofFraming(name string) bool {
	return name == "Content-Length" || name == "Transfer-Encoding" || name == "Connection"
}

func inOrder(head string, lines []string) error {
	rest := head
	for _, line := range lines {
		_, after, found := strings.Cut(rest, "\r\n"+line+"\r\n")
		if !found {
			return fmt.Errorf("the head has no line %q, or not in this place:\n%q", line, head)
		}
		rest = "\r\n" + after
	}
	return nil
}

// Interim waits for an interim response: its status, "100 Continue".
type Interim string

func (i Interim) take(c *client) error {
	m, err := c.readHead(true)
	if err != nil {
		return fmt.Errorf("an interim response: %w", err)
	}
	c.heads = c.heads[:len(c.heads)-1]
	if m.status != string(i) {
		return fmt.Errorf("status %q, want %q", m.status, string(i))
	}
	return nil
}

// Part waits for the next bytes of the body of the response that was begun; where it is chunked, for one chunk.
type Part string

func (p Part) take(c *client) error {
	got, err := c.readPart(c.open, len(p))
	if err != nil {
		return fmt.Errorf("a part of the body, %q: %w", string(p), err)
	}
	if got != string(p) {
		return fmt.Errorf("a part of the body is %.200q, want %.200q", got, string(p))
	}
	return nil
}

// End waits for the end of the body that was begun, and nothing before it.
type End struct{}

func (End) take(c *client) error {
	before := len(c.open.body)
	if err := c.readBody(c.open); err != nil {
		return fmt.Errorf("the end of the body: %w", err)
	}
	if more := c.open.body[before:]; len(more) > 0 {
		return fmt.Errorf("more of the body, %.200q, where its end is due", more)
	}
	return nil
}

// Broken waits for the body that was begun to break off.
type Broken struct{}

func (Broken) take(c *client) error {
	if err := c.readBody(c.open); !brokenOff(err) {
		return fmt.Errorf("the body, %.200q, ended with %v, and should have broken off", c.open.body, err)
	}
	return nil
}

// Reset waits for a reset of the connection, whatever comes before it: a body that ends where the connection does can
// break off in no other way.
type Reset struct{}

func (Reset) take(c *client) error {
	got, err := io.ReadAll(c.r)
	if !errors.Is(err, syscall.ECONNRESET) {
		return fmt.Errorf("the connection ended with %v after %.200q, and not with a reset", err, got)
	}
	return nil
}

// Closed waits for the server to close the connection, in order and with nothing said before.
type Closed struct{}

func (Closed) take(c *client) error {
	got, err := io.ReadAll(c.r)
	if err != nil || len(got) > 0 {
		return fmt.Errorf("the connection ended with %v after %.300q, and should have been closed", err, got)
	}
	return nil
}

// Side takes steps on another connection to the same server.
type Side []Step

func (s Side) take(c *client) error {
	side, err := c.server.dial(c.key)
	if err != nil {
		return err
	}
	defer side.conn.Close() //nolint:errcheck // it has served
	side.validated = c.validated
	return side.run(s)
}

// Environ waits for the answer of the fixture environ.
type Environ struct {
	// Has are keys with their values, text or what they are in JSON. {key}, {host}, {port} and {client} are as in Send.
	Has    map[string]any
	Absent []string
}

func (e Environ) take(c *client) error {
	if err := (Begin{}).take(c); err != nil {
		return err
	}
	if err := c.readBody(c.open); err != nil {
		return err
	}
	var told struct {
		Type    string
		Environ map[string]any
		Objects []string
	}
	if err := json.Unmarshal(c.open.body, &told); err != nil {
		return fmt.Errorf("%w in %.300q", err, c.open.body)
	}
	c.environs[len(c.heads)-1] = told.Environ
	if told.Type != "dict" {
		return fmt.Errorf("the environ is a %s", told.Type)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Has)) {
		want := e.Has[name]
		if s, ok := want.(string); ok {
			want = c.expand(s)
		}
		got, ok := told.Environ[name]
		if !ok || fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", want, want) {
			return fmt.Errorf("%s is %#v, want %#v", name, got, want)
		}
	}
	for _, name := range e.Absent {
		if got, ok := told.Environ[name]; ok {
			return fmt.Errorf("%s is there: %q", name, got)
		}
	}
	return onlyKnown(told.Environ, told.Objects)
}

// always are the keys that every environ has; sometimes those that it may have besides.
var (
	always = []string{
		"REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL",
		"SERVER_SOFTWARE", "REMOTE_ADDR", "REMOTE_PORT", "REQUEST_URI", "RAW_URI", "wsgi.version", "wsgi.url_scheme",
		"wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once", "wsgi.input_terminated",
	}
	sometimes = []string{"CONTENT_TYPE", "CONTENT_LENGTH"}
	streams   = []string{"wsgi.errors", "wsgi.file_wrapper", "wsgi.input"}
)

// onlyKnown says that an environ has what it must, and nothing of the process's own environment.
func onlyKnown(environ map[string]any, objects []string) error {
	for _, name := range always {
		if _, ok := environ[name]; !ok {
			return fmt.Errorf("the environ has no %s", name)
		}
	}
	for name := range environ {
		if !strings.HasPrefix(name, "HTTP_") && !slices.Contains(always, name) && !slices.Contains(sometimes, name) {
			return fmt.Errorf("the environ has a key %s, which nobody knows", name)
		}
	}
	objects = slices.DeleteFunc(objects, func(name string) bool { return name == "snifter.context" })
	if !slices.Equal(objects, streams) {
		return fmt.Errorf("the environ's objects are %s, want %s", objects, streams)
	}
	return nil
}

// brokenOff says whether a body ended in a way that a client can tell from its end.
func brokenOff(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

// JSON waits for a response whose body is this value in JSON, however it is spaced.
type JSON string

func (j JSON) take(c *client) error {
	if err := (Begin{}).take(c); err != nil {
		return err
	}
	if err := c.readBody(c.open); err != nil {
		return err
	}
	var got, want any
	if err := errors.Join(json.Unmarshal(c.open.body, &got), json.Unmarshal([]byte(j), &want)); err != nil {
		return fmt.Errorf("%w in %.300q", err, c.open.body)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return errors.New("the value differs (-want +got):\n" + diff)
	}
	return nil
}
