package http1

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// refuse answers a request that is refused, tells the handler, and says whether the connection can be closed in an
// orderly way. Only the connection's goroutine calls it, when no stream is open.
func (c *conn) refuse(why *BadHead) bool {
	r := Refusal{
		Raw:     c.refusedRaw(),
		Head:    c.refusing,
		Status:  why.Status,
		Reason:  why.Reason,
		Remote:  c.remote,
		TLS:     c.secure,
		Started: c.arrived,
	}
	ok := true
	if why.Status == 0 {
		c.srv.log.Warn(why.Reason, "remote", c.remote)
	} else {
		c.srv.log.Debug("refused a request", "remote", c.remote, "status", why.Status, "reason", why.Reason)
		r.WireHead, r.Body = c.srv.refusal(why)
		answer := append(append([]byte{}, r.WireHead...), r.Body...)
		if strings.HasPrefix(string(r.Raw[:min(len(r.Raw), 5)]), "HEAD ") {
			answer, r.Body = answer[:len(r.WireHead)], nil
		}
		_ = c.sock.SetReadDeadline(time.Time{})
		_ = c.sock.SetWriteDeadline(time.Now().Add(max(c.srv.limits.Linger, time.Second)))
		_, err := c.rwc.Write(answer)
		ok = err == nil
	}
	c.srv.Handler.Refused(r)
	return ok
}

// refusedRaw is a copy of what had come of the head.
func (c *conn) refusedRaw() []byte {
	if c.refusing != nil {
		return c.refusing.Raw
	}
	return append([]byte(nil), c.buf[c.r:c.w]...)
}

// refusal makes the answer.
func (srv *Server) refusal(why *BadHead) (head, body []byte) {
	body = []byte("The server refused this request: " + why.Reason + "\n")
	b := []byte("HTTP/1.1 " + strconv.Itoa(why.Status) + " " + http.StatusText(why.Status) +
		"\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n")
	return srv.appendCommon(b, given{}, false, false), body
}
