//go:build linux || darwin

package control

import "net"

// peerUID is the user that the other end of a Unix socket belongs to.
func peerUID(conn net.Conn) (uid int, known bool) {
	c, ok := conn.(*net.UnixConn)
	if !ok {
		return 0, false
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, false
	}
	if err2 := raw.Control(func(fd uintptr) { uid, err = socketUID(int(fd)) }); err2 != nil || err != nil {
		return -1, true // where it must be known, not knowing is a stranger
	}
	return uid, true
}
