package main

import (
	"context"
	"fmt"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
)

// underWay is an exchange that a capture does not hold yet, as the snifter has it that records it.
type underWay struct {
	control.Client
	x      *recorder.Exchange
	parked *control.Parked // nil where it is not
}

// stillUnderWay asks those that record into a capture for an exchange; nil where none has it. It is to be closed. It may have
// ended meanwhile.
func stillUnderWay(ctx context.Context, capture string, id uint64) *underWay {
	servers, err := control.Discover(ctx)
	if err != nil {
		return nil
	}
	for _, s := range servers {
		if !sameFile(s.Capture, capture) {
			continue
		}
		client, err := control.Dial(ctx, s.Socket)
		if err != nil {
			continue // it has ended meanwhile
		}
		if x, err := client.Exchange(ctx, id); err == nil {
			u := &underWay{Client: client, x: x}
			if x.State == recorder.Open {
				u.parked, _ = parkedNow(ctx, client, id) // that no request can park there is no news
			}
			return u
		}
		_ = client.Close()
	}
	return nil
}

// state says how far it is, and what shows that; "" where it has ended meanwhile.
func (u *underWay) state() (state, shownBy string) {
	switch {
	case u.x.State != recorder.Open:
		return "", ""
	case u.parked != nil:
		return fmt.Sprintf("exchange %d is parked at %s", u.x.ID, whereOf(u.parked)), fmt.Sprintf("snifter step %d", u.x.ID)
	}
	return fmt.Sprintf("exchange %d is still under way", u.x.ID), fmt.Sprintf("snifter show %d", u.x.ID)
}

// note says of what is shown that it is not all.
func (u *underWay) note(std stdio) {
	switch state, shownBy := u.state(); {
	case u.parked != nil:
		std.note("%s: this is what was told of it so far; %s shows it as it stands", state, shownBy)
	case state != "":
		std.note("%s: this is what was told of it so far", state)
	}
}
