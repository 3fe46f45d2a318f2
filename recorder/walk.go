package recorder

import (
	"context"
	"slices"
)

// Moments takes an exchange of the capture apart; see the function of that name. An id that is not there is
// [ErrNoExchange].
func (s *Store) Moments(ctx context.Context, id uint64) (*Walk, error) {
	events, err := s.Events(ctx, id)
	if err != nil {
		return nil, err
	}
	return Moments(events), nil
}

// Moments takes an exchange apart, under way or done.
func (r *Recorder) Moments(ctx context.Context, id uint64) (*Walk, error) {
	r.mu.Lock()
	if f := r.open[id]; f != nil {
		walk := Moments(slices.Clone(f.Events()))
		for i := range walk.Blocks { // the tail of merged blocks still grows, in place
			walk.Blocks[i].Bytes = slices.Clone(walk.Blocks[i].Bytes)
		}
		r.mu.Unlock()
		return walk, nil
	}
	r.mu.Unlock()
	return r.store.Moments(ctx, id)
}
