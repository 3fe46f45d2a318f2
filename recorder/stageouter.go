package recorder

import (
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// response takes what the server was given, or made itself.
func (o *onion) response(e *event.Event, p *event.Response) {
	if p.Server {
		o.serverMade = true
		o.worked(o.shift.at, 0, e.At)
		o.last = derive(o.newest, p, 0, false)
		o.last.ownAll()
		o.walk.answer(o.last)
		o.walk.moment(o.layers[0], event.StartResponse, e.At)
		return
	}
	o.serverMade = false
	o.called()
	root := o.layers[1]
	if p.Entered > 0 && root.at == 0 {
		root.at = p.Entered
		root.work -= min(root.work, p.Entered)
	}
	o.worked(1, o.caller(root), e.At)
	if !o.leftTold {
		root.left = e.At
	}
	edited := root.editing && root.told != nil
	told := root.told
	o.gives(root, p)
	if edited || told == nil || !told.isLike(root.out) {
		o.startsAt(root, e.At, edited)
	} // else the call was told of, though nothing of the response was edited in it
	if o.unsized != nil {
		o.walk.shorten(root.out, root.out, o.sized(root.given, p.Status))
	}
	root.told = nil
}

// starts takes what stage 1 gave to start_response, where the server may never get that: it was changed by hand then, or
// nobody waits for it any more.
func (o *onion) starts(root *layer, p *event.Response, at time.Duration) {
	edited := root.editing && root.told != nil
	o.makes(root, p)
	root.told = root.out
	o.walk.answer(root.out)
	o.startsAt(root, at, edited)
}

// startsAt notes the moment at which stage 1 called start_response. One that was told of before is it, where what was given
// was edited since.
func (o *onion) startsAt(root *layer, at time.Duration, edited bool) {
	if !edited || !o.walk.amend(root, event.StartResponse) {
		o.walk.moment(root, event.StartResponse, at)
	}
}

// data takes a block that came to the server, or one that it made itself.
func (o *onion) data(e *event.Event, p *event.Data) {
	server := o.layers[0]
	via := "yield"
	if e.Kind == event.Write {
		via = "write"
	}
	server.blocks = append(server.blocks, block{at: e.At, size: p.Size, via: via, bytes: p.Bytes, merged: p.Merged})
	if o.firstBlock < 0 {
		o.firstBlock = e.At
	}
	from := server
	if !o.serverMade {
		o.called()
		from = o.layers[1]
		o.atWork = max(o.atWork, e.At)
		o.tookBlock(e)
		if e.Kind == event.Chunk {
			from.exited = true
			o.leftRoot(e.At)
		}
	}
	o.walk.block(from, e.Kind, e.At, blockKey{0, len(server.blocks) - 1}, p.Size)
}

// broke takes an exception that left stage 1.
func (o *onion) broke(at time.Duration, x *Exception) {
	o.called()
	o.atWork = max(o.atWork, at)
	o.worked(1, 0, at)
	o.layers[1].exited = true
	if x.Where != event.InCall.String() {
		o.leftRoot(at)
	} else if o.walk != nil {
		o.walk.rootLeft = true
	}
	if x.Where == event.InCall.String() {
		o.layers[1].left = max(o.layers[1].left, at)
	}
	o.walk.raised(o.layers[1], at, x)
}

func (o *onion) close(at time.Duration) {
	if o.begun && !o.serverMade && !o.closed {
		o.closed, o.layers[1].exited = true, true
		o.worked(o.shift.at, 1, at)
		o.leftRoot(at)
		o.walk.moment(o.layers[1], event.Close, at)
	}
}

// end takes the end of the exchange. A close that was not told by itself was right before.
func (o *onion) end(at time.Duration, closed, done bool) {
	if closed {
		o.close(at)
	}
	o.worked(o.shift.at, 0, at)
	if done || o.layers[1].exited {
		o.leftRoot(at)
	}
	o.walk.exit(o.layers[0], at, "")
}

// leftRoot puts the moment at which the call of stage 1 returned before the first thing that is known to come after.
func (o *onion) leftRoot(at time.Duration) {
	if o.walk != nil && o.begun && !o.walk.rootLeft {
		o.walk.rootLeft = true
		o.walk.exit(o.layers[1], min(at, max(o.rootExit(), o.walk.last)), o.layers[1].Result)
	}
}

// rootExit is when the call of stage 1 returned, as far as that can be told: nothing tells of it where it has returned blocks.
func (o *onion) rootExit() time.Duration {
	root := o.layers[1]
	if o.leftTold {
		return root.left
	}
	left := max(root.at, root.left, o.childLeft)
	if o.firstBlock >= 0 {
		left = min(left, max(o.firstBlock, root.at))
	}
	return left
}
