//go:build !linux && !darwin

package control

import "net"

// peerUID is not known here: the folder's rights must do.
func peerUID(net.Conn) (uid int, known bool) { return 0, false }
