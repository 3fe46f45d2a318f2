package wsgi

import "sync"

// carried is a failure that comes from another goroutine, with the stack it had there.
type carried struct {
	value  any
	frames []frame
}

// failures are those of a request that have come from other goroutines. Such a one goes on as the panic that it was there, so
// that whoever recovers from it finds the value that was panicked with; where it rose is known here alone.
type failures struct {
	mu      sync.Mutex
	carried []*carried
}

// failuresKey is the key under which a request's context has its failures.
type failuresKey struct{}

// failuresOf finds those of the request that an environ belongs to, nil where nobody asks for them.
func failuresOf(e Environ) *failures {
	f, _ := e.Context().Value(failuresKey{}).(*failures)
	return f
}

// mostCarried is how many failures of a request have their stacks kept.
const mostCarried = 64

// raise panics as the other goroutine did.
func (f *failures) raise(c *carried) {
	if f != nil {
		f.mu.Lock()
		if len(f.carried) < mostCarried {
			f.carried = append(f.carried, c)
		}
		f.mu.Unlock()
	}
	panic(c.value)
}

// of is the newest failure with a value, nil for none.
func (f *failures) of(v any) *carried {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := len(f.carried) - 1; i >= 0; i-- {
		if sameValue(f.carried[i].value, v) {
			return f.carried[i]
		}
	}
	return nil
}

// stack is where something has risen that was recovered from, or what it wraps, if that was in another goroutine; else it is
// what was found here.
func (f *failures) stack(v any, frames []frame) []frame {
	for range maxCauses {
		if c := f.of(v); c != nil {
			return c.frames
		}
		err, ok := v.(error)
		if !ok {
			break
		}
		if err = unwrap(err); err == nil {
			break
		}
		v = err
	}
	return frames
}
