package replay

import (
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
)

// Surgery is how replays go through the stages otherwise than their origins: entering at one, with the environ that it was
// recorded with, or past some. Stages are named by patterns, see [stepping.Matches], held against those of the origin.
type Surgery struct {
	Enter string   `json:"enter,omitempty"`
	Skip  []string `json:"skip,omitempty"`
}

// None is true where nothing is to be done.
func (s Surgery) None() bool { return s.Enter == "" && len(s.Skip) == 0 }

// ErrStage is what every [StageError] is.
var ErrStage = errors.New("the stages can't be passed so")

// StageError says that an exchange has no stage that a pattern matches, or none that can be meant.
type StageError struct {
	Exchange uint64 // 0 for each of those that were chosen
	Pattern  string
	Why      string   // "" for there is none
	Stages   []string // those that there are, once each, in the order in which they were entered
	Skip     []string // where the one can't be skipped, those of them that can be, as far as is known
	Enter    string   // where it can't be entered, the one around it that can be
}

func (e *StageError) Error() string {
	why := e.Why
	if why == "" {
		why = "has no such stage"
	}
	who, has := fmt.Sprintf("exchange %d", e.Exchange), "it has"
	if e.Exchange == 0 {
		who, has = "each of the exchanges", "they have"
	}
	text := fmt.Sprintf("%s: %s %s", e.Pattern, who, why)
	switch {
	case e.Enter != "":
		return text
	case len(e.Stages) == 0:
		return text + "; its stages were not recorded"
	case len(e.Skip) > 0:
		return text + "; what can be skipped is " + listed(e.Skip)
	}
	return text + "; " + has + " " + listed(e.Stages)
}

// mostListed is how long a list of names may be, in bytes. Who wants them all looks at the exchange.
const mostListed = 200

// listed are the first of some names, and how many there are besides.
func listed(names []string) string {
	text := names[0]
	for i, name := range names[1:] {
		if len(text)+len(name) > mostListed {
			return fmt.Sprintf("%s and %d more", text, len(names)-1-i)
		}
		text += ", " + name
	}
	return text
}

func (e *StageError) Unwrap() error { return ErrStage }

// possible finds fault with a stage that none of the exchanges has, or none can be entered at: the name is wrong. It reads
// no more of them than it takes to know; those whose stages were not recorded tell nothing.
func (s Surgery) possible(exchanges iter.Seq2[*recorder.Exchange, error]) error {
	wrong := map[string]*StageError{} // by pattern; nil as long as no exchange tells
	for _, pattern := range s.patterns() {
		wrong[pattern] = nil
	}
	for x, err := range exchanges {
		if err != nil {
			return err
		}
		for pattern, before := range wrong {
			switch found := s.fault(x, pattern); {
			case found == nil:
				delete(wrong, pattern)
			case len(found.Stages) > 0:
				wrong[pattern] = before.and(found)
			}
		}
		if len(wrong) == 0 {
			return nil
		}
	}
	for _, pattern := range s.patterns() {
		if wrong[pattern] != nil {
			return wrong[pattern]
		}
	}
	return nil
}

func (s Surgery) patterns() []string {
	if s.Enter == "" {
		return s.Skip
	}
	return append(slices.Clone(s.Skip), s.Enter)
}

// fault is what is wrong with a pattern for an exchange.
func (s Surgery) fault(x *recorder.Exchange, pattern string) *StageError {
	if pattern == s.Enter {
		_, wrong := entered(x, pattern)
		return wrong
	}
	found := matching(x, pattern)
	if len(found) == 0 {
		return noStage(x, pattern, "")
	}
	for _, at := range found {
		if why := last(x, at); why != "" && s.Enter == "" { // else it need not be come to
			wrong := noStage(x, pattern, fmt.Sprintf("can't be sent past %s: %s", at.Name, why))
			wrong.Skip = skippable(x)
			return wrong
		}
	}
	return nil
}

// and is what two exchanges have to say of one pattern. That it is there, and can't be meant, says more than that it is not.
func (e *StageError) and(other *StageError) *StageError {
	switch {
	case e == nil:
		return other
	case e.Why != "":
		return e
	case other.Why != "":
		return other
	}
	both := &StageError{Pattern: e.Pattern, Stages: slices.Clone(e.Stages)}
	for _, name := range other.Stages {
		if !slices.Contains(both.Stages, name) {
			both.Stages = append(both.Stages, name)
		}
	}
	return both
}

// entered is the stage of an exchange that is to be entered by a pattern, the first of several of one name.
func entered(x *recorder.Exchange, pattern string) (*recorder.Stage, *StageError) {
	found := matching(x, pattern)
	if len(found) == 0 {
		return nil, noStage(x, pattern, "")
	}
	at := found[0]
	if i := slices.IndexFunc(found, func(other *recorder.Stage) bool { return other.Name != at.Name }); i >= 0 {
		return nil, noStage(x, pattern, fmt.Sprintf("has more than one such stage, %s and %s", at.Name, found[i].Name))
	}
	if at.Kind == "wsgi" {
		return at, nil
	}
	outer := around(x, at)
	for outer != nil && outer.Kind != "wsgi" {
		outer = around(x, outer)
	}
	why, enter := "can't be entered there", ""
	if outer != nil {
		enter = outer.Name
		why += ", but at " + enter + " around it"
	}
	wrong := noStage(x, pattern, fmt.Sprintf("%s: %s is a layer within %s, which alone can call it", why, at.Name, at.Kind))
	wrong.Enter = enter
	return nil, wrong
}

// matching are the stages of an exchange that a pattern is for.
func matching(x *recorder.Exchange, pattern string) []*recorder.Stage {
	var found []*recorder.Stage
	for i := range x.Stages {
		if s := &x.Stages[i]; x.Means(pattern, s) {
			found = append(found, s)
		}
	}
	return found
}

// around is the stage that a stage was called in, nil for the outermost.
func around(x *recorder.Exchange, s *recorder.Stage) *recorder.Stage {
	if s.Within <= 0 || s.Within >= s.Index {
		return nil
	}
	return stageAt(x, s.Within)
}

func stageAt(x *recorder.Exchange, index int) *recorder.Stage {
	i := slices.IndexFunc(x.Stages, func(s recorder.Stage) bool { return s.Index == index })
	if i < 0 {
		return nil
	}
	return &x.Stages[i]
}

func noStage(x *recorder.Exchange, pattern, why string) *StageError {
	if why == "" && (pattern == "server" || pattern == "0") {
		why = "goes through the server itself, whose stage can't be left out or entered"
	}
	e := &StageError{Exchange: x.ID, Pattern: pattern, Why: why}
	for _, s := range x.Stages {
		if s.Index > 0 && s.Kind != "server" && !slices.Contains(e.Stages, s.Name) {
			e.Stages = append(e.Stages, s.Name)
		}
	}
	return e
}

var errNoEnvironAt = errors.New("the environ that it was entered with was not recorded")

// entrance is the moment at which a stage was entered.
func entrance(walk *recorder.Walk, stage int) (int, error) {
	if walk == nil {
		return 0, errNoEnvironAt
	}
	at := slices.IndexFunc(walk.Moments, func(m recorder.Moment) bool { return m.Stage == stage && m.Boundary == "enter" })
	if at < 0 {
		return 0, errNoEnvironAt
	}
	return at, nil
}

// marshalled is an environ in marshal format. Values that were recorded as a repr alone are left out: those of the server are
// given anew.
func marshalled(environ recorder.Environ) []byte {
	b := marshal.AppendDictStart(nil)
	for _, item := range environ {
		if value, ok := python(item.Value); ok {
			b = marshal.Append(marshal.AppendText(b, item.Key), value)
		}
	}
	return marshal.AppendDictEnd(b)
}

// objects are the keys of an environ that can't be given in a replay: the server has none of that name either.
func objects(environ, server recorder.Environ) []string {
	var keys []string
	for _, item := range environ {
		_, plain := python(item.Value)
		if _, known := server.Get(item.Key); !plain && !known {
			keys = append(keys, item.Key)
		}
	}
	slices.Sort(keys)
	return keys
}

// putBack is how the server's own wsgi.input begins in Python where a stage has set it.
const putBack = "<Input object at 0x"

// isServers says whether wsgi.input is what the server had given. Where it is another object, which has what was read of the
// server's, or reads that itself, the body is given whole: there is no other that could be given. It is given in a buffer, as that
// is as a rule: it can be gone back in.
func isServers(environ, server recorder.Environ) bool {
	object, is := inputOf(environ)
	own, known := inputOf(server)
	return is && known && (object == own || strings.HasPrefix(object.Repr, putBack))
}

// keepsObjects says whether a stage that was entered at a moment found something in its environ that can't be given in a
// replay, and was put there since the first read. Where the whole body had been read it may be what was made of that, as a
// form: the body is given for it to be made anew.
func keepsObjects(walk *recorder.Walk, moment int) bool {
	read := slices.IndexFunc(walk.Moments[:moment], isRead)
	if read < 0 {
		return false
	}
	before := walk.At(read).Environ
	return slices.ContainsFunc(walk.At(moment).Environ, func(item recorder.EnvironItem) bool {
		_, plain := python(item.Value)
		_, known := before.Get(item.Key)
		return !plain && !known
	})
}

// mount is what a stage has added to SCRIPT_NAME for the one that it has called with an environ: the path that this is mounted at.
func mount(walk *recorder.Walk, outer *recorder.Stage, environ recorder.Environ) string {
	moment, err := entrance(walk, outer.Index)
	if err != nil {
		return ""
	}
	before, _ := walk.At(moment).Environ.Get("SCRIPT_NAME")
	after, _ := environ.Get("SCRIPT_NAME")
	from, _ := before.(string)
	to, _ := after.(string)
	added, further := strings.CutPrefix(to, from)
	if !further {
		return ""
	}
	return added
}

func inputOf(environ recorder.Environ) (object recorder.Repr, is bool) {
	value, _ := environ.Get("wsgi.input")
	object, is = value.(recorder.Repr)
	return object, is
}

// readBefore is how much of the request's body stages had read before a moment, in the exchanges that this replays by entering
// a stage, too. What the server reads is what comes.
func readBefore(walk *recorder.Walk, moment int) (size int64) {
	size = walk.Behind
	for _, m := range walk.Moments[:moment] {
		if isRead(m) {
			size += m.Size
		}
	}
	return size
}

// behind is how much of the request's body, of which there were so many bytes, is not in the buffer that a stage finds at a moment
// in the place of wsgi.input, since it was read before the rest was put there; and whether that is so. As long as the buffer is
// said to be, by CONTENT_LENGTH, it is the whole body or the rest of it behind some read. Else it is something that was made of
// it, and only whoever has made it knows what: the whole body is given in its place.
func behind(walk *recorder.Walk, moment int, environ recorder.Environ, size int64) (before int64, is bool) {
	text, _ := environ.Get("CONTENT_LENGTH")
	said, _ := text.(string)
	length, err := strconv.ParseInt(said, 10, 64)
	if err != nil || length == size {
		return 0, true
	}
	before = walk.Behind
	for i := 0; before+length != size; i++ {
		for i < moment && !isRead(walk.Moments[i]) {
			i++
		}
		if i == moment {
			return 0, false
		}
		before += walk.Moments[i].Size
	}
	return before, true
}

func isRead(m recorder.Moment) bool { return m.Stage > 0 && m.Boundary == "input" && !m.Instead }

// readInstead is how much of a buffer in the place of wsgi.input stages had read before a moment.
func readInstead(walk *recorder.Walk, moment int) (size int64) {
	for _, m := range walk.Moments[:moment] {
		if m.Instead {
			size += m.Size
		}
	}
	return size
}

// python is a value of an environ as marshal has it; false for one of which only the repr is known.
func python(v any) (any, bool) {
	switch v := v.(type) {
	case recorder.Repr:
		return nil, false
	case []any:
		values, ok := pythons(v)
		return marshal.Tuple(values), ok
	case recorder.List:
		values, ok := pythons(v)
		return marshal.List(values), ok
	case map[string]any:
		dict := make(marshal.Dict, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) { // the same in each replay
			plain, ok := python(v[key])
			if !ok {
				return nil, false
			}
			dict = append(dict, marshal.Pair{Key: key, Value: plain})
		}
		return dict, true
	}
	return v, true
}

func pythons(vs []any) ([]any, bool) {
	out := make([]any, len(vs))
	for i := range vs {
		var ok bool
		if out[i], ok = python(vs[i]); !ok {
			return nil, false
		}
	}
	return out, true
}

// Surgeries are those of the replays under way. A replay names its own by a key, which nobody can guess. A server looks it
// up by Find.
type Surgeries struct {
	mu  sync.Mutex
	all map[string]stepping.Surgery
}

// Find returns the surgery of a key.
func (s *Surgeries) Find(key string) (stepping.Surgery, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.all[key]
	return found, ok
}

// add keeps a surgery until it is removed.
func (s *Surgeries) add(surgery stepping.Surgery) (key string, remove func()) {
	key = rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]stepping.Surgery{}
	}
	s.all[key] = surgery
	return key, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.all, key)
	}
}

// surgeryFailed is the type of the exception that a worker tells where a surgery can't be done.
const surgeryFailed = "snifter.Surgery"

// refusal is why the worker has not done the surgery that a replay was sent with, nil where it has, or there was none.
func refusal(replayed *recorder.Exchange) error {
	if e := replayed.Exception; e != nil && e.Type == surgeryFailed {
		return errors.New(e.Message)
	}
	return nil
}

// incomparable is a replay that the application has not answered as it was to: how it differs from its origin says nothing.
func incomparable(origin, replayed *recorder.Exchange, why error) *Comparison {
	return &Comparison{A: origin.ID, B: replayed.ID, Verdict: Broken, Reasons: []string{why.Error()}, Parts: []Difference{}}
}
