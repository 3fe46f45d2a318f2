package http1

import "sync"

const smallBuffer, largeBuffer = 4 << 10, 64 << 10

var largeBuffers = sync.Pool{New: func() any {
	b := make([]byte, largeBuffer)
	return &b
}}

// makeRoom makes space at the end of the buffer.
func (c *conn) makeRoom() {
	switch {
	case c.r == c.w:
		c.r, c.w = 0, 0
		c.useSmall()
	case c.w < len(c.buf):
	case c.r > 0:
		c.w = copy(c.buf, c.buf[c.r:c.w])
		c.r = 0
	case c.large == nil:
		c.useLarge()
	default:
		// A head may be larger than the large buffer where the limits say so.
		b := make([]byte, 2*len(c.buf))
		c.w = copy(b, c.buf[:c.w])
		c.buf = b
	}
}

// useLarge puts a large buffer in place of the small one, for a long head or a body.
func (c *conn) useLarge() {
	if c.large != nil {
		return
	}
	c.large, c.small = largeBuffers.Get().(*[]byte), c.buf
	c.buf = *c.large
	c.w = copy(c.buf, c.small[c.r:c.w])
	c.r = 0
}

// useSmall gives the large buffer back, once it is empty.
func (c *conn) useSmall() {
	if c.large == nil {
		return
	}
	largeBuffers.Put(c.large)
	c.buf, c.small, c.large = c.small, nil, nil
}
