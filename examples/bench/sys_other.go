//go:build !linux

package main

import (
	"context"
	"errors"
	"net/netip"
	"syscall"
	"time"
)

// supported says whether this system can be measured on: what is measured comes from epoll and /proc.
const supported = false

type usage struct {
	cpu time.Duration
	rss int64
}

func load(context.Context, netip.AddrPort, []byte, int, time.Duration) (round, error) {
	return round{}, errors.ErrUnsupported
}

func usageOf(int) (usage, error) { return usage{}, errors.ErrUnsupported }

const tick = 10 * time.Millisecond

func ownGroup() *syscall.SysProcAttr { return nil }

func signalGroup(int, syscall.Signal) {}
