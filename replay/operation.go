package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/snifter-dev/snifter/devserver/stepping"
	"github.com/snifter-dev/snifter/recorder"
)

// operation is a Surgery as it is to be done to the replay of one exchange.
type operation struct {
	stepping.Surgery
	left []int    // the stages of the origin, by index, that are left out
	lost []string // keys of the environ that it is entered without, since their values are objects
}

// plan finds out what is to be done to the replay of an exchange. walk is the exchange taken apart, wanted for Enter. What it
// has not passed need not be left out.
func (s Surgery) plan(x *recorder.Exchange, walk *recorder.Walk) (*operation, error) {
	op := &operation{}
	for _, pattern := range s.Skip {
		wrong := s.fault(x, pattern)
		if wrong != nil && (len(wrong.Stages) == 0 || wrong.Why != "") {
			return nil, wrong
		}
		for _, stage := range matching(x, pattern) {
			op.skip(x, stage)
		}
	}
	if s.Enter == "" {
		op.tellApart(x, nil)
		return op, nil
	}
	at, wrong := entered(x, s.Enter)
	if wrong != nil {
		return nil, wrong
	}
	op.tellApart(x, at)
	moment, err := entrance(walk, at.Index)
	if err != nil {
		return nil, fmt.Errorf("%s of exchange %d: %w", at.Name, x.ID, err)
	}
	environ := walk.At(moment).Environ
	op.Enter, op.Environ = at.Name, marshalled(environ)
	op.lost = objects(environ, walk.Environ)
	if isServers(environ, walk.Environ) {
		op.Read = readBefore(walk, moment)
		if op.Read >= x.Request.Body.Size && keepsObjects(walk, moment) {
			op.Read = 0
		}
	} else if _, is := inputOf(environ); is {
		before, is := behind(walk, moment, environ, x.Request.Body.Size)
		op.Instead, op.Read = true, before+readInstead(walk, moment)
		if !is {
			op.lost = append(op.lost, "wsgi.input")
		}
	}
	for outer := around(x, at); outer != nil; outer = around(x, outer) {
		op.left = append(op.left, outer.Index)
		if outer.Kind == "wsgi" {
			if op.Around == nil {
				op.Mount = mount(walk, outer, environ)
			}
			op.Around = append(op.Around, outer.Name)
		}
	}
	slices.Reverse(op.Around)
	op.Within = called(x, at)
	return op, nil
}

// skip has a stage of an exchange passed over.
func (op *operation) skip(x *recorder.Exchange, stage *recorder.Stage) {
	if slices.Contains(op.left, stage.Index) {
		return
	}
	if !slices.Contains(op.Skip, stage.Name) {
		op.Skip = append(op.Skip, stage.Name)
	}
	op.left = append(op.left, stage.Index)
	for _, name := range called(x, stage) {
		if !slices.Contains(op.Called[stage.Name], name) {
			op.called(stage.Name, name)
		}
	}
}

// tellApart counts, where a number has named one of several stages that have the same name, which of them is meant: the
// request comes to those of that name, within the one that it enters, in the order of their indices.
func (op *operation) tellApart(x *recorder.Exchange, entered *recorder.Stage) {
	for _, name := range slices.Clone(op.Skip) {
		var nth []int
		all, come := true, 0
		for i := range x.Stages {
			s := &x.Stages[i]
			if s.Name != name || s.Index == 0 {
				continue
			}
			left := slices.Contains(op.left, s.Index)
			all = all && left
			if entered == nil || s.Index == entered.Index || stands(x, s, entered) {
				if come++; left {
					nth = append(nth, come)
				}
			}
		}
		switch {
		case all:
		case nth == nil: // it lies around the one that is entered, and is left out with that
			op.Skip = slices.DeleteFunc(op.Skip, func(other string) bool { return other == name })
		case op.Nth == nil:
			op.Nth = map[string][]int{name: nth}
		default:
			op.Nth[name] = nth
		}
	}
}

// stands says whether a stage was called within another, however deep.
func stands(x *recorder.Exchange, s, within *recorder.Stage) bool {
	for outer := around(x, s); outer != nil; outer = around(x, outer) {
		if outer.Index == within.Index {
			return true
		}
	}
	return false
}

// possible finds fault with a stage to be skipped that the application has no more: a replay through all stages has not come
// to it. One that was answered otherwise may have had no cause to.
func (op *operation) possible(x, whole *recorder.Exchange) error {
	if !staged(whole) || whole.Response.Status != x.Response.Status {
		return nil
	}
	for _, name := range op.Skip {
		if !slices.ContainsFunc(whole.Stages, func(s recorder.Stage) bool { return s.Name == name }) {
			return fmt.Errorf("%s can't be skipped: the same request, sent through all stages, does not come to it any more", name)
		}
	}
	return nil
}

// called notes that a stage which is passed over had called another.
func (op *operation) called(stage, inner string) {
	if op.Called == nil {
		op.Called = map[string][]string{}
	}
	op.Called[stage] = append(op.Called[stage], inner)
}

// called are the names of the WSGI stages that one has called, in order.
func called(x *recorder.Exchange, at *recorder.Stage) []string {
	var names []string
	for i := range x.Stages {
		if s := &x.Stages[i]; s.Kind == "wsgi" && s.Within == at.Index && s.Index != at.Index {
			names = append(names, s.Name)
		}
	}
	return names
}

// operation plans the surgery of an exchange's replay; nil for none.
func (r *run) operation(ctx context.Context, x *recorder.Exchange) (*operation, error) {
	if r.Surgery.None() {
		return nil, nil
	}
	if r.Surgeries == nil {
		return nil, errors.New("the server can't send a request through its stages otherwise than they were built")
	}
	var walk *recorder.Walk
	if r.Surgery.Enter != "" && r.Moments != nil {
		var err error
		if walk, err = r.Moments(ctx, x.ID); err != nil {
			return nil, err
		}
	}
	return r.Surgery.plan(x, walk)
}
