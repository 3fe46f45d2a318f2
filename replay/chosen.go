package replay

import (
	"iter"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
)

// Chosen leaves out of what a filter finds that which can't be an origin, or is no traffic of its own: exchanges under way;
// replays, unless the filter asks for them (~replay); and those that somebody had a hand in at a breakpoint, which come out
// otherwise by themselves, unless it asks for what was stopped (~paused) or marked (~marked). Of the last left is told, each time
// that the exchanges are gone through; nil is nobody.
func Chosen(
	filter string, exchanges iter.Seq2[*recorder.Exchange, error], left func(*recorder.Exchange),
) iter.Seq2[*recorder.Exchange, error] {
	replays := strings.Contains(filter, "~replay")
	handled := strings.Contains(filter, "~paused") || strings.Contains(filter, "~marked")
	return func(yield func(*recorder.Exchange, error) bool) {
		for x, err := range exchanges {
			if err == nil && (x.State == recorder.Open || x.Origin != nil && !replays) {
				continue
			}
			if err == nil && !handled && x.ByHand() != "" {
				if left != nil {
					left(x)
				}
				continue
			}
			if !yield(x, err) {
				return
			}
		}
	}
}
