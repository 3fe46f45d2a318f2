package wsgitest

import (
	"fmt"
	"net"

	"github.com/snifter-dev/snifter/devserver/event"
)

// rounds is how many other requests a server answers before it is taken for one that does no more of its own accord.
const rounds = 100

// Flood sends a body of zeroes that nobody reads as yet, and wants the server to take no more of it than AtMost. The
// sending goes on until the case ends.
type Flood struct{ Size, AtMost int }

func (f *Flood) take(c *client) error {
	failed := make(chan error, 1)
	go func() {
		block := make([]byte, 64<<10)
		for sent := 0; sent < f.Size; sent += len(block) {
			if _, err := c.conn.Write(block); err != nil {
				failed <- err
				return
			}
		}
		failed <- nil
	}()
	c.join = func() error { return <-failed }
	for range rounds {
		if err := (Side{get("hello"), Want{Body: "hello"}}).take(c); err != nil {
			return err
		}
	}
	exchanges, _ := c.server.tape.of(c)
	taken := 0
	for _, events := range exchanges {
		for _, e := range events {
			if d, ok := e.Payload.(*event.Data); ok && e.Kind == event.Input {
				taken += d.Size
			}
		}
	}
	if taken == 0 || taken > f.AtMost {
		return fmt.Errorf("the server took %d bytes of a body that nobody reads, and %d are the most", taken, f.AtMost)
	}
	return nil
}

// Crowd opens many connections, each of which sends a byte of a head before each of the steps.
type Crowd struct {
	Size  int
	Steps []Step
}

func (w Crowd) take(c *client) error {
	crowd := make([]net.Conn, 0, w.Size)
	defer func() {
		for _, conn := range crowd {
			_ = conn.Close()
		}
	}()
	for range w.Size {
		conn, err := c.server.connect()
		if err != nil {
			return err
		}
		crowd = append(crowd, conn)
	}
	for i, s := range w.Steps {
		for _, conn := range crowd {
			if _, err := conn.Write([]byte{"GET / HTTP/1.1"[i%14]}); err != nil {
				return fmt.Errorf("one of the crowd: %w", err)
			}
		}
		if err := s.take(c); err != nil {
			return err
		}
	}
	return nil
}

// Same waits for a response whose body is the same each time in one case.
type Same struct{}

func (Same) take(c *client) error {
	if err := (Begin{}).take(c); err != nil {
		return err
	}
	if err := c.readBody(c.open); err != nil {
		return err
	}
	before, _ := c.server.same.LoadOrStore(c.key, string(c.open.body))
	if got := string(c.open.body); got != before || got == "" {
		return fmt.Errorf("the answer is %q, and was %q before", got, before)
	}
	return nil
}
