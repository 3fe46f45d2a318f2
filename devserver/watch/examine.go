package watch

import "context"

// Examine has files judged as if their change had just been notified, and waits until they, and all that is pending with
// them, are. It says whether anything has changed: then a batch that holds it is on its way, or was given out already.
// A file that does not count is not looked at.
func (w *Watcher) Examine(ctx context.Context, files ...string) (changed bool, err error) {
	answer := make(chan bool, 1)
	err = w.call(func() error {
		for _, f := range files {
			if w.files[f] != nil {
				w.pending.add(f)
			}
		}
		if len(w.pending.paths) == 0 {
			answer <- len(w.changed) > 0
			return nil
		}
		w.asking = append(w.asking, answer)
		return nil
	})
	if err != nil {
		return false, err
	}
	select {
	case changed = <-answer:
		return changed, nil
	case <-ctx.Done():
		return false, ctx.Err()
	case <-w.stopped:
		return false, ErrClosed
	}
}

func (w *Watcher) tellSettled(changed bool) {
	for _, answer := range w.asking {
		answer <- changed
	}
	w.asking = nil
}
