package recorder

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
)

// finish gives an exchange its stages.
func (o *onion) finish(x *Exchange, duration time.Duration) {
	if !o.begun { // the server answered by itself, or nothing has come yet
		return
	}
	o.splitEdited()
	server, root := o.layers[0], o.layers[1]
	server.Stage = x.Stages[0]
	root.Closed = server.Closed && o.begun && !o.serverMade
	root.left = max(root.left, o.rootExit())
	// What leaves a body that stage 1 has passed on as it was goes to the server: it does not run then.
	if e := server.Exception; e != nil && e.Stage == 1 && isComplaint(e, x.Lint) {
		e.Stage = 0
	} else if e != nil && (e.Stage == 1 || root.sameAs == 0) {
		root.Exception, root.Rose = e, e.Stage == 1
	}
	o.spent(duration, x.State == Done)
	for l := root; root.Closed && l.sameAs > l.Index; {
		l = o.layers[l.sameAs]
		l.Closed = true // with the server's own close
	}
	for i := len(o.layers) - 1; i >= 0; i-- {
		l := o.layers[i]
		blocks, teller := o.blocksOf(i)
		if i > 0 && !(i == 1 && o.serverMade) {
			l.Chunks = chunks(blocks[l.got:])
		}
		if of := l.sameAs; of > 0 {
			if teller == i { // it wrote besides
				l.Chunks = append(l.Chunks, yielded(o.layers[of].Chunks)...)
			}
			l.Closed = l.Closed || o.layers[of].Closed
		}
		if teller > i {
			l.Chunks = yielded(l.Chunks) // what was written within, and came to it, is told of it, too
			l.Closed = l.Closed || o.layers[teller].Closed
		}
		l.Pauses = withUnfinished(l)
	}
	if o.untold != (Untold{}) {
		x.Untold = &o.untold
	}
	o.unread(x)
	o.annotate(x)
	x.Stages = make([]Stage, len(o.layers))
	for i, l := range o.layers {
		x.Stages[i] = l.Stage
	}
	x.Stages[0].Chunks = append(x.Stages[0].Chunks[:0:0], x.Response.Chunks...)
}

// yielded leaves out the blocks that came through write.
func yielded(all []Chunk) []Chunk {
	return slices.DeleteFunc(slices.Clone(all), func(c Chunk) bool { return c.Via == "write" })
}

// withUnfinished adds what was changed by hand where nothing tells yet how the request went on.
func withUnfinished(l *layer) []Pause {
	if len(l.pending) == 0 {
		return l.Pauses
	}
	return append(l.Pauses[:len(l.Pauses):len(l.Pauses)], Pause{Edited: l.pending})
}

// unread says how much of the request's body was left when a stage had read of it last. Of a long one that nobody read to its
// end the server may have got no more than a part.
func (o *onion) unread(x *Exchange) {
	size := x.Request.Body.Size
	for _, h := range x.Request.Headers {
		if n, err := strconv.ParseInt(h[1], 10, 64); err == nil && strings.EqualFold(h[0], "Content-Length") {
			size = max(size, n)
		}
	}
	for _, l := range o.layers[1:] {
		if l.Input.Reads > 0 && !l.instead {
			l.Input.Left = max(0, size-l.reached)
		}
	}
}

// blame says who is to blame for what.
func (o *onion) blame(x *Exchange) {
	b := &x.Blame
	b.Environ = o.environs.blame
	b.History = o.environs.history
	last := o.last
	if last != nil {
		b.Fields, b.Lines = append([]int{}, last.owners...), append([]int{}, last.lines...)
	} else {
		last = o.newest // it was on its way to the server
	}
	if last != nil {
		b.Status = last.statusBy
		for i, f := range last.fields {
			b.Headers[f.Name] = last.owners[i]
		}
		b.History = append(b.History, last.history()...)
	}
	rest := 0 // whose all is that was told before what is known of stages
	if o.begun {
		rest = 1
	}
	for len(b.Fields) < len(x.Response.Headers) {
		b.Fields, b.Lines = append(b.Fields, rest), append(b.Lines, 0)
	}
	o.blameServer(x)
	body, size := o.blameBody()
	b.Body = appendSpan(body, size, len(x.Response.Body.Bytes), rest)
	o.blameLayers(x)
}

// blameServer blames the server for the fields of the head that went out which the application did not give (Date, a
// Content-Length), and for those that it left out.
func (o *onion) blameServer(x *Exchange) {
	if len(x.Response.Head) == 0 || o.last == nil {
		return
	}
	b := &x.Blame
	given := make(map[string]bool, len(o.last.fields))
	for _, f := range o.last.fields {
		given[strings.ToLower(f.Name)] = true
	}
	sent := event.Response{Status: o.last.status, Headers: slices.Clone(o.last.fields)}
	names := map[string]bool{}
	for _, f := range event.ParseHead(x.Response.Head).Headers {
		name := strings.ToLower(f.Name)
		names[name] = true
		if !given[name] {
			b.Headers[f.Name] = 0
			sent.Headers = append(sent.Headers, f)
		}
	}
	sent.Headers = slices.DeleteFunc(sent.Headers, func(f event.Header) bool { return !names[strings.ToLower(f.Name)] })
	b.History = append(b.History, derive(o.last, &sent, 0, false).touches...)
}

// rose is the stage that an exception rose in, which the server was told of: the first that it left, or else, of one that was
// handled, the stage that was running as it was told: the one that the event has, if it was known, or the one that was entered
// last.
func (o *onion) rose(p *event.Raised, stage int) int {
	for i := len(o.raised) - 1; i >= max(0, len(o.raised)-lookBack); i-- {
		r := &o.raised[i]
		if r.message == p.Message && lastName(r.kind) == lastName(p.Type) || p.Handled && isMadeOf(p, r) {
			return r.stage
		}
	}
	running := o.layers[max(1, o.running)]
	if p.Handled && stage > 0 {
		if stage < len(o.layers) {
			running = o.layers[stage]
		}
		stage = 0
	}
	if stage > 0 || !o.begun && (!o.known || len(p.Frames) == 0) {
		return stage // the server's own
	}
	switch {
	case !p.Handled:
		return 1
	case slices.Contains(chained, running.Role):
		return o.application(running).Index // it is the framework that catches what rises within
	}
	return running.Index
}

// isMadeOf says that an error was made of what a stage has panicked with, which was none: start_response takes but errors.
func isMadeOf(p *event.Raised, r *passed) bool {
	return strings.HasPrefix(r.kind, "panic(") && r.message != "" && strings.HasSuffix(p.Message, r.message)
}

func lastName(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
