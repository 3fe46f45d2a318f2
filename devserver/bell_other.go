//go:build !linux

package devserver

func newBell() bell { return &paced{} }
