package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/tui/effect"
)

// NewTimed is New with a timer that tests hold.
func NewTimed(ctx context.Context, client control.Client, opts Options, timer func(time.Duration, any) tea.Cmd) *Model {
	opts.timer = effect.Timer(timer)
	return New(ctx, client, opts)
}

// News is the message by which updates reach the model.
func News(u control.Updates) tea.Msg { return news{Updates: u} }

// NewsWithGap is News after rows were lost.
func NewsWithGap(u control.Updates) tea.Msg { return news{Updates: u, Gap: true} }

// Parted is the message that the server is gone.
func Parted(err error) tea.Msg { return parted{err} }

// Mailbox is the mailbox.
type Mailbox struct{ *mailbox }

// NewMailbox makes one.
func NewMailbox() Mailbox { return Mailbox{newMailbox()} }

// Put puts updates.
func (b Mailbox) Put(u control.Updates) { b.put(u) }

// Take takes what is there.
func (b Mailbox) Take() (control.Updates, bool) {
	n := b.take()
	return n.Updates, n.Gap
}

// Pump carries the mail.
func (b Mailbox) Pump(ctx context.Context, send func(tea.Msg)) { b.pump(ctx, send) }

// UpdatesOf is what a message of Pump holds.
func UpdatesOf(msg tea.Msg) control.Updates { return msg.(news).Updates }

// MaxWaitingRows bounds the mailbox.
const MaxWaitingRows = maxWaitingRows
