package recorder

import "github.com/snifter-dev/snifter/devserver/event"

// Bounds of what is kept of one exchange. What is beyond them is merged or counted, so that an exchange that never
// ends, or has a million chunks, takes bounded room.
const (
	// MaxChunks is how many chunks each way keep their own boundary and time; later ones are merged into the last.
	MaxChunks = 10_000
	// MaxNotes is how many other events (output, errors, lint, exceptions) are kept; later ones are counted as lost.
	MaxNotes = 10_000
	// MaxNoteBytes bounds the text of those events.
	MaxNoteBytes = 1 << 20
	// MaxStageEvents is how many events of inner stages are kept beside their blocks, of which MaxChunks are; what ends
	// something that is kept has room for as many again. MaxStageBytes bounds what they hold: beyond it a block keeps its
	// size alone.
	MaxStageEvents = 20_000
	MaxStageBytes  = 4 << 20
)

// Fold makes an exchange of its events. It is pure: the same events give the same exchange, and nothing else goes in.
// It never fails: what is missing stays empty, and Lost counts it.
func Fold(events []event.Event) *Exchange {
	b := newBuilder()
	b.addAll(events)
	return b.finish()
}

// foldForFilter leaves out who is to blame, of which a filter never asks.
func foldForFilter(events []event.Event) *Exchange {
	b := newBuilder()
	b.blameless = true
	b.addAll(events)
	return b.finish()
}

// Folder takes the events of one exchange as they come. It keeps a row of the exchange up to date cheaply, and the
// events within the bounds above. The zero value is ready. A Folder is for one goroutine at a time.
type Folder struct {
	events []event.Event
	row    rowState
	// Merging: the places in events of the last chunk each way once MaxChunks are there, and their buffers.
	inputs, chunks   int
	inputTail        *tail
	chunkTail        *tail
	notes, noteBytes int
	stages           *stageBounds // nil while there was no event of an inner stage, bounds then
	bounds           stageBounds
	bytes            int // roughly what is kept, for the recorder's bound
	entered, ended   bool
	marked           bool
	added            int // events, kept or not
}

// tail is the chunk that later ones are merged into.
type tail struct {
	at   int // its place in events
	data event.Data
}

// Add takes the next event.
func (f *Folder) Add(e event.Event) {
	f.added++
	if !f.admit(&e) {
		return // its number in the sequence is missing from now on, and so it counts as lost
	}
	f.row.add(&e)
	switch p := e.Payload.(type) {
	case *event.Request:
		if e.Kind == event.Enter && e.Stage == 0 {
			f.entered = true
		}
		f.bytes += len(p.Head) + len(p.Environ)
	case *event.Block:
		if f.mergeBlock(e, p) {
			return
		}
	case *event.Data:
		f.bytes += len(p.Bytes)
		if e.Kind == event.Input {
			f.inputs++
			if f.inputs > MaxChunks {
				f.inputTail = f.merge(f.inputTail, e, p)
				return
			}
		} else {
			f.chunks++
			if f.stages != nil {
				f.stages.arrived(f.chunks-1, p.Bytes)
			}
			if f.chunks > MaxChunks {
				f.chunkTail = f.merge(f.chunkTail, e, p)
				return
			}
		}
	case *event.Ending:
		f.ended = f.ended || e.Stage == 0 && e.Kind == event.Exit
	}
	f.events = append(f.events, e)
}

// admit keeps the notes of an exchange within their bounds. A call of start_response has room when all else is full.
func (f *Folder) admit(e *event.Event) bool {
	room := 1
	switch e.Payload.(type) {
	case *event.Request, *event.Data, *event.Ending, *event.Surplus:
		return true
	case *event.Entered, *event.EnvironChange, *event.Read, *event.Block, *event.Left, *event.Passed, *event.Times,
		*event.Pause, *event.Edit:
		return f.admitStage(e)
	case *event.Response:
		if e.Stage != 0 {
			return f.admitStage(e)
		}
		room = 2
	}
	n := noteSize(e.Payload)
	if f.notes >= room*MaxNotes || f.noteBytes+n > room*MaxNoteBytes {
		return false
	}
	f.notes++
	f.noteBytes += n
	f.bytes += n
	return true
}

// merge adds a chunk to the tail. The first one beyond the bound opens the tail and keeps its place.
func (f *Folder) merge(t *tail, e event.Event, p *event.Data) *tail {
	if t == nil {
		t = &tail{at: len(f.events), data: event.Data{Bytes: append([]byte(nil), p.Bytes...), Size: p.Size, Merged: p.Merged}}
		e.Payload = &t.data
		f.events = append(f.events, e)
		return t
	}
	t.data.Bytes = append(t.data.Bytes, p.Bytes...)
	t.data.Size += p.Size
	t.data.Merged += 1 + p.Merged
	return t
}

// noteSize is the size of the text of an event that is not a chunk.
func noteSize(payload any) int {
	switch p := payload.(type) {
	case *event.Text:
		return len(p.Text)
	case *event.Finding:
		return len(p.Message)
	case *event.Raised:
		n := 0
		for depth := 0; p != nil && depth < maxCauses; depth++ {
			n += len(p.Text) + len(p.Message)
			for _, fr := range p.Frames {
				n += len(fr.Source) + len(fr.File)
			}
			p = p.Cause
		}
		return n
	case *event.Response:
		n := len(p.Status)
		for _, h := range p.Headers {
			n += len(h.Name) + len(h.Value)
		}
		return n
	}
	return 0
}

// Events are the events kept so far. They are shared: the tail of merged chunks still grows.
func (f *Folder) Events() []event.Event { return f.events }

// Exchange folds what has come so far.
func (f *Folder) Exchange() *Exchange {
	x := Fold(f.events)
	x.Marked = f.marked
	return x
}

// Row is the exchange so far in one line.
func (f *Folder) Row() Row {
	r := f.row.row()
	r.Marked = f.marked
	return r
}

// Ended says whether the last event of the exchange has come.
func (f *Folder) Ended() bool { return f.ended }

// cutOff ends an exchange that snifter will not see the end of.
func (f *Folder) cutOff() *Folder {
	var seq uint32
	if n := len(f.events); n > 0 {
		last := f.events[n-1]
		seq = last.Seq + 1
		switch p := last.Payload.(type) {
		case *event.Data:
			seq += uint32(p.Merged)
		case *event.Block:
			seq += uint32(p.Merged)
		}
	}
	f.Add(event.Event{
		Exchange: f.row.r.ID, Seq: seq, Kind: event.Exit, At: f.row.duration,
		Payload: &event.Ending{Outcome: event.Broken, Reason: "snifter ended before the exchange did"},
	})
	return f
}

// reset makes the folder ready for another exchange, keeping its memory.
func (f *Folder) reset() {
	clear(f.events)
	events := f.events[:0]
	if cap(events) > 256 {
		events = nil
	}
	*f = Folder{events: events}
}
