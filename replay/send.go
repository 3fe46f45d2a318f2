package replay

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/snifter-dev/snifter/recorder"
)

// Sender sends recorded requests to one address, each on a connection of its own, byte for byte as far as they were
// recorded: method, target, field names in their order and case, and the body with its framing. Fields may be set
// until the first Send; Send may be called from several goroutines.
type Sender struct {
	Target Target
	// Token is the secret of the snifter that serves the target. "" is for a foreign server: no origin is sent.
	Token string
	// Timeout bounds one exchange whole; 0 is DefaultTimeout.
	Timeout time.Duration
	// Held says that the target holds a replay of this exchange back, at a breakpoint: it has its time anew then. Nil is never.
	Held func(origin uint64) bool
	// MaxBody is how many bytes of a response's body are kept; 0 is DefaultMaxBody. More are counted and hashed.
	MaxBody int
	// TLS is used for a target with TLS; nil verifies the target's name as usual.
	TLS *tls.Config
	// Dial opens connections; nil is a net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// The defaults of a Sender.
const (
	DefaultTimeout = 60 * time.Second
	DefaultMaxBody = 1 << 20
)

// continueWait is how long a body waits for "100 Continue" before it is sent all the same (RFC 9110, 10.1.1).
const continueWait = time.Second

// ErrCut means that a request can't be replayed since its body was not recorded whole.
var ErrCut = errors.New("the recorded body is cut; raise --max-body")

// Received is what came back.
type Received struct {
	// ID is the exchange that the snifter at the target recorded; 0 where it named none.
	ID uint64
	// SentHead is the head as it was sent, without the origin; SentBody the body, without framing.
	SentHead []byte
	SentBody []byte
	Started  time.Time
	Took     time.Duration
	Remote   string // the address of this side, as the server sees it
	// Head is the head of the response byte for byte; Status and Headers are what it says, native text.
	Head    []byte
	Status  string
	Headers []recorder.Header
	Chunks  []ReceivedChunk
	Size    int64  // of the whole body
	SHA256  string // of the whole body, hexadecimal
	// Err says why the response is not whole; nil where it is.
	Err error
}

// ReceivedChunk is a block of the response's body.
type ReceivedChunk struct {
	At    time.Duration
	Bytes []byte // what was kept
	Size  int
}

// Send sends the request of x and reads the response. The error says why there is no response at all; where one
// began and was not whole, or the server has named the exchange that came to nothing, Received.Err does.
func (s *Sender) Send(ctx context.Context, x *recorder.Exchange) (*Received, error) {
	q, err := newRequest(x)
	if err != nil {
		return nil, err
	}
	return s.send(ctx, q, x.ID, "")
}

// send sends a request, with the key of its surgery or "".
func (s *Sender) send(ctx context.Context, q *request, origin uint64, surgery string) (*Received, error) {
	timeout := s.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	held := func() bool { return s.Held != nil && s.Held(origin) }
	ctx, cancel := patient(ctx, timeout, fmt.Errorf("it took longer than %v", timeout), held)
	defer cancel()
	conn, err := s.dial(ctx)
	if err != nil {
		return nil, because(ctx, fmt.Errorf("connecting to %s: %w", s.Target, err))
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()

	out := &Received{SentHead: q.head, SentBody: q.body, Started: time.Now(), Remote: conn.LocalAddr().String()}
	p := newResponseReader(conn, out.Started, s.maxBody(), out)
	proceed := make(chan struct{}, 1)
	p.onInterim = func(code int, headers []recorder.Header) {
		if code != 100 {
			s.takeID(out, headers)
			return
		}
		select {
		case proceed <- struct{}{}:
		default:
		}
	}
	var sendErr error
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		sendErr = q.write(ctx, conn, q.withOrigin(origin, s.Token, surgery), proceed)
	}()

	if err := p.head(); err != nil {
		err = because(ctx, err)
		_ = conn.Close() // ends the writer
		<-sent
		if err = noResponse(err, sendErr); out.ID != 0 {
			out.Err = err
			return out, nil
		}
		return nil, err
	}
	s.takeID(out, out.Headers)
	if out.ID != 0 {
		p.keep = 0 // the body is read again from the recording
	}
	if err := p.body(q.method); err != nil {
		out.Err = because(ctx, err)
	}
	out.Took = time.Since(out.Started)
	out.SHA256 = hex.EncodeToString(p.sum.Sum(nil))
	cancel()
	_ = conn.Close()
	<-sent
	return out, nil
}

func (s *Sender) maxBody() int {
	if s.MaxBody > 0 {
		return s.MaxBody
	}
	return DefaultMaxBody
}

func (s *Sender) dial(ctx context.Context) (net.Conn, error) {
	dial := s.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, s.Target.Network, s.Target.Address)
	if err != nil || !s.Target.TLS {
		return conn, err
	}
	config := &tls.Config{}
	if s.TLS != nil {
		config = s.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = s.Target.Name
	}
	config.NextProtos = []string{"http/1.1"}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

// takeID takes the id that a snifter answers a replay with. From a server that was sent no origin it means nothing.
func (s *Sender) takeID(out *Received, headers []recorder.Header) {
	if s.Token == "" {
		return
	}
	if v, ok := headerValue(headers, ExchangeHeader); ok {
		out.ID, _ = strconv.ParseUint(v, 10, 64)
	}
}

// write sends the request. It returns early where the connection is closed under it.
func (q *request) write(ctx context.Context, conn net.Conn, head []byte, proceed <-chan struct{}) error {
	w := bufio.NewWriterSize(conn, 64<<10)
	_, _ = w.Write(head) // Flush tells
	if q.expect {
		if err := w.Flush(); err != nil {
			return err
		}
		wait := time.NewTimer(continueWait)
		defer wait.Stop()
		select {
		case <-proceed:
		case <-wait.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	_, _ = w.Write(q.framed())
	if err := w.Flush(); err != nil {
		return err
	}
	if half, ok := conn.(interface{ CloseWrite() error }); ok && q.short {
		return half.CloseWrite()
	}
	return nil
}

// because prefers the reason why the context ended over its symptom on the connection.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("no answer in time: %w", err)
	}
	return err
}

func noResponse(read, write error) error {
	switch {
	case errors.Is(read, errResponse):
		return read
	case errors.Is(read, io.EOF), errors.Is(read, io.ErrUnexpectedEOF):
		return fmt.Errorf("the connection was closed without an answer: %w", read)
	case write != nil && !errors.Is(write, net.ErrClosed) && !errors.Is(write, context.Canceled):
		return fmt.Errorf("sending the request: %w", write)
	}
	return fmt.Errorf("no answer: %w", read)
}
