package tui

import (
	"context"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui/effect"
)

// news is what happened since the last one, merged.
type news struct {
	control.Updates
	// Gap says that rows were lost on the way, since the screen was too slow for too many of them.
	Gap bool
}

// parted says that the server is gone.
type parted struct{ err error }

// interval keeps the screen at 30 drawings a second: the program draws after every message.
const interval = time.Second / 30

// Bounds of what waits for the screen.
const (
	maxWaitingRows  = 10_000
	maxWaitingLines = 5_000
)

// mailbox holds what has happened until the screen takes it. Updates of one row are merged, so that a slow terminal
// costs no memory and loses nothing but rows beyond maxWaitingRows, which are then asked for again.
type mailbox struct {
	wake chan struct{}

	mu   sync.Mutex
	news news
	at   map[uint64]int // place of a row in news.Rows
}

func newMailbox() *mailbox {
	return &mailbox{wake: make(chan struct{}, 1), at: map[uint64]int{}}
}

func (b *mailbox) put(u control.Updates) {
	b.mu.Lock()
	n := &b.news
	for _, r := range u.Rows {
		if i, ok := b.at[r.ID]; ok {
			n.Rows[i] = r
			continue
		}
		if len(n.Rows) >= maxWaitingRows {
			n.Rows, n.Gap = nil, true
			clear(b.at)
		}
		b.at[r.ID] = len(n.Rows)
		n.Rows = append(n.Rows, r)
	}
	n.Removed = bounded(append(n.Removed, u.Removed...), 10*maxWaitingRows)
	n.Verdicts = bounded(append(n.Verdicts, u.Verdicts...), maxWaitingRows)
	n.Output = bounded(append(n.Output, u.Output...), maxWaitingLines)
	if u.Status != nil {
		n.Status = u.Status
	}
	if u.Stepping != nil {
		n.Stepping = u.Stepping
	}
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// bounded keeps the newest of a list.
func bounded[T any](list []T, most int) []T {
	if extra := len(list) - most; extra > 0 {
		return append([]T(nil), list[extra:]...)
	}
	return list
}

func (b *mailbox) take() news {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.news
	b.news = news{}
	clear(b.at)
	return out
}

// pump carries the mail to the program, at most 30 times a second, until the context ends.
func (b *mailbox) pump(ctx context.Context, send func(tea.Msg)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-b.wake:
		case <-ctx.Done():
			return
		}
		send(b.take())
		timer.Reset(interval)
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

// watch fills the mailbox until the context or the connection ends.
func watch(ctx context.Context, client control.Client, b *mailbox, send func(tea.Msg)) {
	msg := effect.Do(func() tea.Msg { return parted{client.Watch(ctx, b.put)} })()
	if ctx.Err() == nil {
		send(msg)
	}
}
