package main

import "runtime/debug"

// The garbage collector's settings. What is live in a server is small, some ten megabytes, and much of what a request
// allocates is gone in a moment: at Go's defaults the collector runs many times a second and takes a tenth of the time
// of a server under load. The limit keeps a large heap as close as the defaults do.
const (
	collectAt   = 400       // per cent
	memoryLimit = 192 << 20 // bytes, beyond which it is collected as at the defaults, or sooner
)

// tuneCollector sets the garbage collector, unless the environment does.
func tuneCollector(std stdio) {
	if std.getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if std.getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
