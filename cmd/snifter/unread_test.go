package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"
)

func TestAnOutputThatNobodyReadsHoldsUpNoEnd(t *testing.T) {
	read, write := io.Pipe()
	defer read.Close() // which ends the write under way
	over := make(chan struct{})
	l := &leaving{w: write, over: over, wait: time.Millisecond}
	failed := make(chan error)
	go func() {
		_, err := l.Write([]byte("more than fits"))
		failed <- err
	}()
	if _, err := io.ReadFull(read, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	close(over)
	if err := <-failed; !errors.Is(err, errUnread) {
		t.Errorf("what nobody reads is given up with %v", err)
	}
	if _, err := l.Write([]byte("x")); !errors.Is(err, errUnread) {
		t.Errorf("and then all is: %v", err)
	}
}

func TestAnOutputThatIsReadIsWrittenWhole(t *testing.T) {
	var out, messages bytes.Buffer
	ctx, end := context.WithCancel(t.Context())
	std := stdio{out: &out, err: &messages}.untilOver(ctx)
	std.note("serving")
	end()
	std.note("ending")
	if n, err := io.WriteString(std.out, "the last\n"); n != 9 || err != nil {
		t.Error(n, err)
	}
	if out.String() != "the last\n" || messages.String() != "snifter: serving\nsnifter: ending\n" {
		t.Errorf("%q, %q", out.String(), messages.String())
	}
}
