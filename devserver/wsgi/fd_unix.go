//go:build unix

package wsgi

import "syscall"

func closeOnExec(fd int) { syscall.CloseOnExec(fd) }
