package replay

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
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

// ErrCut means that a request can't be replayed since its body was not recorded whole.
var ErrCut = errors.New("the recorded body is cut; raise --max-body")

// Received is what came back.
type Received struct {
	// ID is the exchange that the snifter at the target recorded; 0 where it named none.
	ID uint64
	// Sent is the head as it was sent, without the origin.
	Sent []byte
	// Body is the body as it was sent, without framing.
	Body    []byte
	Started time.Time
	Took    time.Duration
	Remote  string // this side's address
	// Head is the head of the response byte for byte, Status and Headers what it says, native text.
	Head    []byte
	Status  string
	Headers []recorder.Header
	Chunks  []ReceivedChunk
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
// began and was not whole, Received.Err does.
func (s *Sender) Send(ctx context.Context, x *recorder.Exchange) (*Received, error) {
	return nil, errors.ErrUnsupported
}
