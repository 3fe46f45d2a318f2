package main

import "golang.org/x/sys/windows"

var errAddressInUse error = windows.WSAEADDRINUSE
