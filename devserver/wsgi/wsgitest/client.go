package wsgitest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// client is one connection of a case.
type client struct {
	server    *running
	dialled   time.Time
	conn      net.Conn
	r         *bufio.Reader
	key       string
	validated bool

	join  func() error // waits for what goes on beside the steps
	sent  []byte
	open  *message // the response that was begun last
	heads []*message
	// environs are those that the application told of, by their response.
	environs map[int]map[string]any
}

// patience bounds a case; it is met only by one that fails.
const patience = time.Minute

func newClient(s *running, conn net.Conn, dialled time.Time, key string) (*client, error) {
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	return &client{
		server: s, dialled: dialled, conn: conn, r: bufio.NewReader(conn), key: key, environs: map[int]map[string]any{},
	}, nil
}

func (c *client) run(steps []Step) error {
	for i, s := range steps {
		if err := s.take(c); err != nil {
			return fmt.Errorf("step %d, %T: %w", i+1, s, err)
		}
	}
	if c.join != nil {
		return c.join()
	}
	return nil
}

func (c *client) expand(s string) string {
	if !strings.Contains(s, "{") {
		return s
	}
	host, port, _ := net.SplitHostPort(c.server.address)
	_, own, _ := net.SplitHostPort(c.conn.LocalAddr().String())
	return strings.NewReplacer("{key}", c.key, "{host}", host, "{port}", port, "{client}", own).Replace(s)
}

// message is a response.
type message struct {
	raw              []byte // the head
	protocol, status string
	fields           [][2]string
	framing          Framing
	left             int64 // of Content-Length
	body             []byte
	chunks           []string
	ended            bool
}

func (m *message) values(name string) []string {
	var values []string
	for _, f := range m.fields {
		if strings.EqualFold(f[0], name) {
			values = append(values, f[1])
		}
	}
	return values
}

// readLine reads a line that ends with CRLF, as strictly as the server does.
func (c *client) readLine() (string, error) {
	line, err := c.r.ReadString('\n')
	if err != nil {
		if err == io.EOF && line != "" {
			err = io.ErrUnexpectedEOF
		}
		return "", err
	}
	text, ok := strings.CutSuffix(line, "\r\n")
	if !ok || strings.ContainsAny(text, "\r\x00") {
		return "", fmt.Errorf("the line %.200q is malformed", line)
	}
	return text, nil
}

func (c *client) readHead(bodiless bool) (*message, error) {
	m := &message{}
	line, err := c.readLine()
	if err != nil {
		return nil, err
	}
	m.protocol, m.status, _ = strings.Cut(line, " ")
	m.raw = append(append(m.raw, line...), "\r\n"...)
	for {
		if line, err = c.readLine(); err != nil {
			return nil, err
		}
		m.raw = append(append(m.raw, line...), "\r\n"...)
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			return nil, fmt.Errorf("the line %.200q is no field", line)
		}
		m.fields = append(m.fields, [2]string{name, value})
	}
	c.heads = append(c.heads, m)
	return m, m.frame(bodiless)
}

// frame settles how the body ends (RFC 9112, section 6.3).
func (m *message) frame(bodiless bool) error {
	lengths, encodings := m.values("Content-Length"), m.values("Transfer-Encoding")
	switch {
	case len(lengths) > 1 || len(encodings) > 1 || len(lengths)+len(encodings) > 1:
		return fmt.Errorf("Content-Length %q with Transfer-Encoding %q", lengths, encodings)
	case bodiless:
		m.framing, m.ended = Bodiless, true
	case len(encodings) == 1 && encodings[0] == "chunked":
		m.framing = Chunked
	case len(encodings) == 1:
		return fmt.Errorf("Transfer-Encoding %q", encodings)
	case len(lengths) == 1:
		m.framing = Length
		var err error
		if m.left, err = strconv.ParseInt(lengths[0], 10, 64); err != nil {
			return err
		}
		m.ended = m.left == 0
	default:
		m.framing = UntilClose
	}
	return nil
}

// readBody reads what is left of the body.
func (c *client) readBody(m *message) error {
	for !m.ended {
		if _, err := c.readPart(m, 64<<10); err != nil && (err != io.EOF || !m.ended) {
			return err
		}
	}
	return nil
}

var errNothingBegun = errors.New("no response was begun")

// readPart reads the next chunk, or at most n bytes where the body is not chunked. At its end it returns io.EOF.
func (c *client) readPart(m *message, n int) (string, error) {
	if m == nil {
		return "", errNothingBegun
	}
	if m.ended {
		return "", io.EOF
	}
	if m.framing == Chunked {
		return c.readChunk(m)
	}
	p := make([]byte, n)
	if m.framing == Length {
		p = p[:min(int64(n), m.left)]
	}
	got, err := io.ReadFull(c.r, p)
	m.body = append(m.body, p[:got]...)
	m.left -= int64(got)
	ending := err == io.EOF || err == io.ErrUnexpectedEOF //nolint:errorlint // io's contract
	switch {
	case m.framing == UntilClose && ending:
		m.ended = true
		err = nil
	case ending:
		err = io.ErrUnexpectedEOF
	case err == nil && m.framing == Length:
		m.ended = m.left == 0
	}
	return string(p[:got]), err
}

func (c *client) readChunk(m *message) (string, error) {
	line, err := c.readLine()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return "", err
	}
	size, err := strconv.ParseInt(line, 16, 32)
	if err != nil {
		return "", fmt.Errorf("the size of a chunk: %w", err)
	}
	p := make([]byte, size+2)
	if _, err := io.ReadFull(c.r, p); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return "", err
	}
	if string(p[size:]) != "\r\n" {
		return "", fmt.Errorf("a chunk of %d bytes ends with %q", size, p[size:])
	}
	if size == 0 {
		m.ended = true
		return "", io.EOF
	}
	chunk := string(p[:size])
	m.body = append(m.body, chunk...)
	m.chunks = append(m.chunks, chunk)
	return chunk, nil
}
