package watch

import "context"

// Examine has files judged as if their change had just been notified, and waits until they, and all that is pending with
// them, are. It returns the number of the newest batch that this came to, or that was given out before: who has had that
// batch knows of every change. A file that does not count is not looked at.
func (w *Watcher) Examine(ctx context.Context, files ...string) (batch int, err error) {
	answer := make(chan int, 1)
	err = w.call(func() error {
		for _, f := range files {
			if w.files[f] != nil {
				w.pending.add(f)
			}
		}
		if len(w.pending.paths) == 0 {
			answer <- w.newest()
			return nil
		}
		w.asking = append(w.asking, answer)
		return nil
	})
	if err != nil {
		return 0, err
	}
	select {
	case batch = <-answer:
		return batch, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-w.stopped:
		return 0, ErrClosed
	}
}

func (w *Watcher) tellSettled() {
	for _, answer := range w.asking {
		answer <- w.newest()
	}
	w.asking = nil
}

// newest is the number of the last batch, or of the one that waits to be received.
func (w *Watcher) newest() int {
	if len(w.changed) > 0 {
		return w.given + 1
	}
	return w.given
}
