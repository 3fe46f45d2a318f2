package http1

import "time"

// Limits bounds what a client may ask of the server. A zero field stands for its default; a negative duration means
// no limit.
type Limits struct {
	// RequestLine is the longest request line, without its CRLF: 8 KiB. A longer one is answered with 414.
	RequestLine int
	// HeaderBlock is the size of all field lines together, with the empty line: 64 KiB. More is 431.
	HeaderBlock int
	// Fields is the number of field lines: 100. More is 431.
	Fields int
	// ChunkLine is the longest line of a chunk's size and extensions: 4 KiB.
	ChunkLine int
	// ChunkExtensions is the size of all chunk extensions of a body together: 16 KiB.
	ChunkExtensions int
	// Trailers is the size of a chunked body's trailer section: 16 KiB. Fields bounds their number.
	Trailers int
	// Drain is how much of a body that the handler did not take is read and thrown away so that the connection can
	// be kept: 64 KiB. Where more is left the connection closes after the answer.
	Drain int

	// HeadTime is how long a head may take from its first byte: 10 s. Then 408.
	HeadTime time.Duration
	// IdleTime is how long a connection may be open without a request: 60 s.
	IdleTime time.Duration
	// BodyStall is how long the client may send nothing while the handler waits for its body: 60 s.
	BodyStall time.Duration
	// WriteStall is how long the client may take nothing of a response that waits for it: 60 s. Then it is gone.
	WriteStall time.Duration
	// Handshake is how long a TLS handshake may take: 10 s.
	Handshake time.Duration
	// Linger is how long the server, having closed its side, reads on so that the client sees the answer: 2 s. And it is
	// after how long a receiver is told that its response is open though the client closed its side and has all of it.
	Linger time.Duration
}

func (l Limits) withDefaults() Limits {
	size := func(p *int, n int) {
		if *p <= 0 {
			*p = n
		}
	}
	span := func(p *time.Duration, d time.Duration) {
		if *p == 0 {
			*p = d
		}
	}
	size(&l.RequestLine, 8<<10)
	size(&l.HeaderBlock, 64<<10)
	size(&l.Fields, 100)
	size(&l.ChunkLine, 4<<10)
	size(&l.ChunkExtensions, 16<<10)
	size(&l.Trailers, 16<<10)
	size(&l.Drain, 64<<10)
	span(&l.HeadTime, 10*time.Second)
	span(&l.IdleTime, 60*time.Second)
	span(&l.BodyStall, 60*time.Second)
	span(&l.WriteStall, 60*time.Second)
	span(&l.Handshake, 10*time.Second)
	span(&l.Linger, 2*time.Second)
	return l
}
