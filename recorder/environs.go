package recorder

import (
	"maps"
	"reflect"
	"slices"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
)

// environs follows what becomes of an environ: each dict that stages pass on is an object of its own.
type environs struct {
	server  Environ
	first   *environObject
	objects int
	blame   map[string]int
	history []Touch
}

// environObject is one dict. values is made when it is first needed.
type environObject struct {
	number int
	values map[string]any
	past   map[string][]any // values that a key had before
}

func newEnvirons(server Environ) environs {
	return environs{server: server, first: &environObject{}, objects: 1, blame: map[string]int{}}
}

func (v *environs) open(o *environObject) {
	if o.values != nil {
		return
	}
	o.values = make(map[string]any, len(v.server)+8)
	for _, item := range v.server {
		o.values[item.Key] = item.Value
	}
}

func (v *environs) copy(from *environObject, w *walker) *environObject {
	v.open(from)
	o := &environObject{number: v.objects, values: maps.Clone(from.values), past: maps.Clone(from.past)}
	v.objects++
	w.copied(o.number, from.number)
	return o
}

// apply has a stage change a dict; byHand is true where it was changed while the request was stopped there. It returns
// what was changed, in words.
func (v *environs) apply(l *layer, o *environObject, p *event.EnvironChange, w *walker, byHand bool) (changed []string) {
	v.open(o)
	var version EnvironChanges
	set := func(key string, value any) {
		old, had := o.values[key]
		if had && same(old, value) {
			return
		}
		o.values[key] = value
		how := "changed"
		if !had {
			old, how = nil, "set"
		}
		if v.had(o, key, value) {
			how = "restored"
		}
		if had {
			o.lose(key, old)
		}
		v.touch(l, Touch{What: "environ", Name: key, How: how, Old: old, New: value}, byHand)
		if !byHand {
			l.EnvironChanges.set(key, old, value, had)
		}
		version.set(key, old, value, had)
		changed = append(changed, "environ "+key)
	}
	eachSet(p, set)
	for _, key := range p.Removed {
		old, had := o.values[key]
		if !had {
			continue
		}
		delete(o.values, key)
		o.lose(key, old)
		v.touch(l, Touch{What: "environ", Name: key, How: "dropped", Old: old}, byHand)
		if !byHand {
			l.EnvironChanges.remove(key)
		}
		version.remove(key)
		changed = append(changed, "environ "+key)
	}
	w.changed(o.number, version)
	return changed
}

// learn takes note of how a dict is by what others have changed in its values, of which it was told.
func (v *environs) learn(o *environObject, p *event.EnvironChange, w *walker) {
	v.open(o)
	var version EnvironChanges
	eachSet(p, func(key string, value any) {
		old, had := o.values[key]
		if had && same(old, value) {
			return
		}
		o.values[key] = value
		version.set(key, old, value, had)
	})
	w.learned(o.number, version)
}

// eachSet tells of each key that was set, and to what.
func eachSet(p *event.EnvironChange, set func(key string, value any)) {
	if len(p.Set) > 0 {
		d, _, _ := marshal.DecodeDict(p.Set) // what cannot be read is left out
		for _, pair := range d {
			set(keyText(pair.Key), fromPython(pair.Value))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Objects)) {
		set(key, Repr{p.Objects[key]})
	}
}

// had says whether a key had a value before, which it then has again.
func (v *environs) had(o *environObject, key string, value any) bool {
	for _, old := range o.past[key] {
		if same(old, value) {
			return true
		}
	}
	return false
}

// pastValues bounds how many values of a key are known to have been there before.
const pastValues = 8

func (o *environObject) lose(key string, old any) {
	if o.past == nil {
		o.past = map[string][]any{}
	}
	past := o.past[key]
	if len(past) >= pastValues {
		past = past[1:]
	}
	o.past[key] = append(past[:len(past):len(past)], old)
}

func (v *environs) touch(l *layer, t Touch, byHand bool) {
	t.Stage = l.Index
	if byHand {
		t.How = "edited"
	}
	v.blame[t.Name] = l.Index
	v.history = append(v.history, t)
}

// set notes a value that was set. What is put back in the end was still passed on as it was in between, so the first
// change of a key is kept then.
func (c *EnvironChanges) set(key string, old, value any, had bool) {
	if _, added := c.Added[key]; added {
		c.Added[key] = value
		return
	}
	if before, there := c.Changed[key]; there {
		if !same(before[0], value) {
			c.Changed[key] = [2]any{before[0], value}
		}
		return
	}
	if i := slices.Index(c.Removed, key); i >= 0 && !had {
		return // it had it before, and has it again
	}
	if had {
		if c.Changed == nil {
			c.Changed = map[string][2]any{}
		}
		c.Changed[key] = [2]any{old, value}
		return
	}
	if c.Added == nil {
		c.Added = map[string]any{}
	}
	c.Added[key] = value
}

func (c *EnvironChanges) remove(key string) {
	if !slices.Contains(c.Removed, key) {
		c.Removed = append(c.Removed, key)
	}
}

// add notes what was changed after that.
func (c *EnvironChanges) add(later EnvironChanges) {
	for key, v := range later.Added {
		c.set(key, nil, v, false)
	}
	for key, v := range later.Changed {
		c.set(key, v[0], v[1], true)
	}
	for _, key := range later.Removed {
		c.remove(key)
	}
}

// same says whether two values of an environ are equal. The repr of an object names the object.
func same(a, b any) bool {
	if x, ok := a.(string); ok {
		y, ok := b.(string)
		return ok && x == y
	}
	return reflect.DeepEqual(a, b)
}
