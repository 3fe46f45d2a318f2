package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"time"
)

// handshake does the TLS handshake within its time.
func (c *conn) handshake() bool {
	ctx := context.Background()
	if limit := c.srv.limits.Handshake; limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	err := c.rwc.(*tls.Conn).HandshakeContext(ctx)
	if err == nil {
		return true
	}
	var record tls.RecordHeaderError
	if errors.As(err, &record) && record.Conn != nil && plainRequest(record.RecordHeader[:]) {
		c.srv.log.Warn("a plain HTTP request came in on an HTTPS port: is the client using http:// ?", "remote", c.remote)
		_ = c.sock.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = c.sock.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n" +
			"A plain HTTP request was sent to an HTTPS port.\n"))
		c.rwc, c.secure = c.sock, false
		c.buf = make([]byte, smallBuffer)
		c.linger()
		return false
	}
	c.srv.log.Info("TLS handshake failed", "remote", c.remote, "error", err)
	return false
}

// plainRequest says whether what should be a TLS record looks like the begin of a request line.
func plainRequest(p []byte) bool {
	for _, b := range p {
		if (b < 'A' || b > 'Z') && b != ' ' && b != '/' {
			return false
		}
	}
	return true
}
