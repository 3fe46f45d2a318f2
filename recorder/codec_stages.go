package recorder

import (
	"slices"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// The tags of the payloads that only inner stages have. They are stored: they never change.
const (
	tagEntered = 11
	tagEnviron = 12
	tagRead    = 13
	tagBlock   = 14
	tagLeft    = 15
	tagPassed  = 16
	tagTimes   = 17
	tagPause   = 18
	tagEdit    = 19
	tagUntold  = 20
	tagAnswers = 21 // an exception with responses
	tagTimesOf = 22 // of a stage, and Times
	tagEditNth = 23 // which block, and an Edit
	tagCopy    = 24 // of a stage, and an EnvironChange
	tagInstead = 25 // what is left, and a Read

	tagPauseSize = 27 // of a block, and a Pause
)

// The flags of a block.
const (
	blockSame   = 1
	blockTyped  = 2
	blockMerged = 4
	blockGiven  = 8
	blockFlags  = blockSame | blockTyped | blockMerged | blockGiven
)

// The flags of what a stage has left behind.
const (
	leftSame     = 1
	leftFile     = 2
	leftResponse = 4
	leftGiven    = 8
	leftFlags    = leftSame | leftFile | leftResponse | leftGiven
)

// lookBack bounds how many stages are looked through for one that was written before.
const lookBack = 64

// info writes which stage it is. Each is written once in a blob, unless there are very many: 0 stands for none, a number
// for one that was written before, and the next number for a new one, which follows.
func (w *writer) info(p *event.StageInfo) {
	if p == nil {
		w.uint(0)
		return
	}
	for i := len(w.infos) - 1; i >= max(0, len(w.infos)-lookBack); i-- {
		if w.infos[i] == p {
			w.uint(uint64(i) + 1)
			return
		}
	}
	w.infos = append(w.infos, p)
	w.uint(uint64(len(w.infos)))
	w.text(p.Name)
	w.text(p.Kind)
	w.text(p.Role)
	w.text(p.File)
	w.int(int64(p.Line))
}

// stagePayload writes a payload of an inner stage. It says whether it knows it.
func (w *writer) stagePayload(v any) bool {
	switch p := v.(type) {
	case *event.Entered:
		w.b = append(w.b, tagEntered)
		w.info(p.Stage)
		w.uint(uint64(p.Within))
		w.flag(p.Copied)
	case *event.EnvironChange:
		if p.Of > 0 {
			w.b = append(w.b, tagCopy)
			w.uint(uint64(p.Of))
		} else {
			w.b = append(w.b, tagEnviron)
		}
		w.environ(p)
	case *event.Read:
		if p.Instead {
			w.b = append(w.b, tagInstead)
			w.int(p.Left)
		} else {
			w.b = append(w.b, tagRead)
		}
		w.int(int64(p.Reads))
		w.int(p.Size)
		w.int(int64(p.Over))
	case *event.Block:
		w.b = append(w.b, tagBlock)
		w.block(p)
	case *event.Left:
		w.b = append(w.b, tagLeft)
		w.left(p)
	case *event.Passed:
		w.passed(p)
	case *event.Times:
		if p.Of > 0 {
			w.b = append(w.b, tagTimesOf)
			w.uint(uint64(p.Of))
		} else {
			w.b = append(w.b, tagTimes)
		}
		w.int(int64(p.Total))
		w.int(int64(p.Self))
	case *event.Pause:
		if p.Size > 0 {
			w.b = append(w.b, tagPauseSize)
			w.int(int64(p.Size))
		} else {
			w.b = append(w.b, tagPause)
		}
		w.b = append(w.b, byte(p.Boundary))
		w.int(int64(p.Took))
		w.int(int64(p.Breakpoint))
		w.text(p.Then)
	case *event.Surplus:
		w.b = append(w.b, tagUntold)
		w.int(int64(p.Passes))
		w.int(int64(p.Events))
	case *event.Edit:
		if p.Nth > 0 {
			w.b = append(w.b, tagEditNth)
			w.int(int64(p.Nth))
		} else {
			w.b = append(w.b, tagEdit)
		}
		w.edit(p)
	default:
		return false
	}
	return true
}

func (w *writer) environ(p *event.EnvironChange) {
	w.bytes(p.Set)
	w.texts(p.Objects)
	w.uint(uint64(len(p.Removed)))
	for _, key := range p.Removed {
		w.text(key)
	}
	w.flag(p.Inner)
}

// texts writes a map in the order of its keys, so that equal ones are written the same.
func (w *writer) texts(m map[string]string) {
	w.uint(uint64(len(m)))
	if len(m) == 0 {
		return
	}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		w.text(k)
		w.text(m[k])
	}
}

func (w *writer) block(p *event.Block) {
	var flags byte
	if p.Same {
		flags |= blockSame
	}
	if p.Type != "" {
		flags |= blockTyped
	}
	if p.Merged != 0 {
		flags |= blockMerged
	}
	if p.Given {
		flags |= blockGiven
	}
	w.b = append(w.b, flags)
	w.int(int64(p.Size))
	w.bytes(p.Bytes)
	if p.Same {
		w.uint(uint64(p.Of))
		w.uint(uint64(p.Nth))
	}
	if p.Type != "" {
		w.text(p.Type)
	}
	if p.Merged != 0 {
		w.int(int64(p.Merged))
	}
}

func (w *writer) passed(p *event.Passed) {
	flags := responseFlags(p.Response, p.Given)
	if flags == 0 {
		w.b = append(w.b, tagPassed)
	} else {
		w.b = append(w.b, tagAnswers, flags)
	}
	w.b = append(w.b, byte(p.Where))
	w.text(p.Type)
	w.text(p.Message)
	w.uint(uint64(p.Number))
	w.frames(p.Frames)
	w.responses(p.Response, p.Given)
}

// responseFlags are those of what a framework's layer gave and was given.
func responseFlags(response, given *event.Response) (flags byte) {
	if response != nil {
		flags |= leftResponse
	}
	if given != nil {
		flags |= leftGiven
	}
	return flags
}

func (w *writer) responses(all ...*event.Response) {
	for _, p := range all {
		if p != nil {
			w.response(p)
		}
	}
}

func (w *writer) left(p *event.Left) {
	flags := responseFlags(p.Response, p.Given)
	if p.Same {
		flags |= leftSame
	}
	if p.File {
		flags |= leftFile
	}
	w.b = append(w.b, flags)
	w.text(p.Result)
	if p.Same {
		w.uint(uint64(p.Of))
	}
	w.responses(p.Response, p.Given)
}

func (w *writer) edit(p *event.Edit) {
	w.b = append(w.b, byte(p.Boundary))
	w.flag(p.Environ != nil)
	if p.Environ != nil {
		w.environ(p.Environ)
	}
	w.text(p.Status)
	w.flag(p.Headers != nil)
	if p.Headers != nil {
		w.headers(p.Headers)
	}
	w.flag(p.Block != nil)
	if p.Block != nil {
		w.data(p.Block)
	}
	w.flag(p.Respond)
	w.text(p.Raise)
}

func (r *reader) info() *event.StageInfo {
	n := r.uint()
	switch {
	case n == 0 || r.failed != "":
		return nil
	case n <= uint64(len(r.infos)):
		return r.infos[n-1]
	case n > uint64(len(r.infos))+1:
		r.fail("a stage that was not named")
		return nil
	}
	p := &event.StageInfo{Name: r.text(), Kind: r.text(), Role: r.text(), File: r.text(), Line: r.small()}
	r.infos = append(r.infos, p)
	return p
}

// stagePayload reads a payload of an inner stage by its tag, nil for a tag that is none.
func (r *reader) stagePayload(tag byte) any {
	switch tag {
	case tagEntered:
		return &event.Entered{Stage: r.info(), Within: r.stage(), Copied: r.flag()}
	case tagEnviron:
		return r.environ()
	case tagCopy:
		of := r.stage()
		p := r.environ()
		p.Of = of
		return p
	case tagRead:
		return r.read()
	case tagInstead:
		left := r.int()
		p := r.read()
		p.Instead, p.Left = true, left
		return p
	case tagBlock:
		return r.block()
	case tagLeft:
		return r.left()
	case tagPassed:
		return r.passed()
	case tagAnswers:
		flags := r.byte()
		if flags&^(leftResponse|leftGiven) != 0 {
			r.fail("an exception of no kind")
		}
		p := r.passed()
		p.Response, p.Given = r.responses(flags)
		return p
	case tagTimes:
		return &event.Times{Total: time.Duration(r.int()), Self: time.Duration(r.int())}
	case tagTimesOf:
		return &event.Times{Of: r.stage(), Total: time.Duration(r.int()), Self: time.Duration(r.int())}
	case tagPause:
		return r.pause(0)
	case tagPauseSize:
		return r.pause(r.small())
	case tagUntold:
		return &event.Surplus{Passes: r.small(), Events: r.small()}
	case tagEdit:
		return r.edit()
	case tagEditNth:
		nth := r.small()
		p := r.edit()
		p.Nth = nth
		return p
	}
	r.fail("an unknown payload")
	return nil
}

func (r *reader) read() *event.Read {
	return &event.Read{Reads: r.small(), Size: r.int(), Over: r.small()}
}

func (r *reader) environ() *event.EnvironChange {
	p := &event.EnvironChange{Set: r.bytes(), Objects: r.texts()}
	for range r.size(1) {
		p.Removed = append(p.Removed, r.text())
	}
	p.Inner = r.flag()
	return p
}

func (r *reader) texts() map[string]string {
	n := r.size(2)
	if n == 0 {
		return nil
	}
	m := make(map[string]string, min(n, 64))
	for range n {
		k := r.text()
		m[k] = r.text()
		if r.failed != "" {
			break
		}
	}
	return m
}

func (r *reader) block() *event.Block {
	flags := r.byte()
	if flags&^blockFlags != 0 {
		r.fail("a block of no kind")
	}
	p := &event.Block{Size: r.small(), Bytes: r.bytes(), Given: flags&blockGiven != 0}
	if flags&blockSame != 0 {
		p.Same, p.Of, p.Nth = true, r.stage(), r.uint32()
	}
	if flags&blockTyped != 0 {
		p.Type = r.text()
	}
	if flags&blockMerged != 0 {
		p.Merged = r.small()
	}
	return p
}

func (r *reader) left() *event.Left {
	flags := r.byte()
	if flags&^leftFlags != 0 {
		r.fail("an exit of no kind")
	}
	p := &event.Left{Result: r.text(), File: flags&leftFile != 0}
	if flags&leftSame != 0 {
		p.Same, p.Of = true, r.stage()
	}
	p.Response, p.Given = r.responses(flags)
	return p
}

func (r *reader) passed() *event.Passed {
	return &event.Passed{Where: event.Where(r.byte()), Type: r.text(), Message: r.text(), Number: r.uint32(), Frames: r.frames()}
}

// responses reads what a framework's layer gave and was given, by their flags.
func (r *reader) responses(flags byte) (response, given *event.Response) {
	if flags&leftResponse != 0 {
		response = r.response()
	}
	if flags&leftGiven != 0 {
		given = r.response()
	}
	return response, given
}

func (r *reader) edit() *event.Edit {
	p := &event.Edit{Boundary: event.Kind(r.byte())}
	if r.flag() {
		p.Environ = r.environ()
	}
	p.Status = r.text()
	if r.flag() {
		p.Headers = some(r.headers())
	}
	if r.flag() {
		p.Block = r.data()
	}
	p.Respond, p.Raise = r.flag(), r.text()
	return p
}

func (r *reader) pause(size int) *event.Pause {
	return &event.Pause{
		Boundary: event.Kind(r.byte()), Took: time.Duration(r.int()), Breakpoint: r.small(), Then: r.text(), Size: size,
	}
}
