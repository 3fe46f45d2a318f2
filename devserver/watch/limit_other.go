//go:build !linux

package watch

// limitReached: only inotify has limits that a setting raises.
func limitReached(string, error) *LimitError { return nil }
