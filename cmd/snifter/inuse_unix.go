//go:build unix

package main

import "syscall"

var errAddressInUse error = syscall.EADDRINUSE
