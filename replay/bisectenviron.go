package replay

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
)

// environs compares what the server gave.
func (s *bisecting) environs(a, b recorder.Environ) []Difference {
	var parts []Difference
	for _, item := range a {
		now, there := b.Get(item.Key)
		if !there {
			parts = append(parts, s.key(item.Key, item.Value, absent{}, "removed"))
		} else if !reflect.DeepEqual(item.Value, now) {
			parts = append(parts, s.key(item.Key, item.Value, now, "changed"))
		}
	}
	for _, item := range b {
		if _, there := a.Get(item.Key); !there {
			parts = append(parts, s.key(item.Key, absent{}, item.Value, "added"))
		}
	}
	return parts
}

// requestBodies compares what the clients sent, as responses are compared: by its type.
func (s *bisecting) requestBodies() []Difference {
	sent := func(r *recorder.Request) *recorder.Exchange {
		return &recorder.Exchange{Response: recorder.Response{Headers: r.Headers, Body: r.Body}}
	}
	c := &comparer{a: sent(&s.a.Exchange.Request), b: sent(&s.b.Exchange.Request), o: Options{Noise: s.o.Noise}}
	c.body()
	for i := range c.parts {
		c.parts[i].Part = "request body"
	}
	return c.parts
}

// reads compares how much of the request's body one stage has read, or that in the place of it: nil is one that was not passed.
// Only what those within it find is of interest.
func (s *bisecting) reads(a, b *recorder.Stage) []Difference {
	read := func(x *recorder.Exchange, stage *recorder.Stage) (size int64, hands bool) {
		if stage == nil {
			return 0, false
		}
		return stage.Input.Bytes, callsSome(x, stage.Index)
	}
	before, had := read(s.a.Exchange, a)
	after, has := read(s.b.Exchange, b)
	if before == after || !had && !has {
		return nil
	}
	return []Difference{{
		Part: "environ", Where: "wsgi.input", Old: fmt.Sprintf("%d bytes read", before), New: fmt.Sprintf("%d bytes read", after), Kind: "changed",
	}}
}

type (
	// absent stands for a key that is not there, or was left alone; gone for one that a stage has removed.
	absent struct{}
	gone   struct{}
)

// changes compares what two passes through the stage of a name did to the environ, by what each has left of a key.
func (s *bisecting) changes(stage string, a, b recorder.EnvironChanges) []Difference {
	before, after := effects(a), effects(b)
	all := maps.Clone(before)
	maps.Copy(all, after)
	var parts []Difference
	add := func(key string, old, now any, kind string) {
		d := s.key(key, old, now, kind)
		if why := s.o.Masks.stage(placeAt(stage, &d), kind); why != "" && !d.Noise {
			d.Noise, d.NoiseWhy = true, why
		}
		parts = append(parts, d)
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		old, did := before[key]
		now, does := after[key]
		switch {
		case !did:
			add(key, absent{}, now, "added")
		case !does:
			add(key, old, absent{}, "removed")
		case !reflect.DeepEqual(old, now):
			add(key, old, now, "changed")
		}
	}
	return parts
}

func effects(c recorder.EnvironChanges) map[string]any {
	all := map[string]any{}
	for key, value := range c.Added {
		all[key] = value
	}
	for key, pair := range c.Changed {
		all[key] = pair[1]
	}
	for _, key := range c.Removed {
		all[key] = gone{}
	}
	return all
}

// volatileKeys are keys of the environ that differ between any two requests.
var volatileKeys = map[string]string{"REMOTE_PORT": "another connection", "SERVER_PORT": "another run of the server"}

// key is a difference in one key of the environ.
func (s *bisecting) key(key string, old, now any, kind string) Difference {
	d := Difference{Part: "environ", Where: key, Old: clip(valueText(old), maxValue), New: clip(valueText(now), maxValue), Kind: kind}
	why := volatileKeys[key]
	if _, isRepr := now.(recorder.Repr); isRepr && kind == "changed" && s.mask(d.Old) == s.mask(d.New) {
		why = "the same but for an address"
	}
	if key == "HTTP_HOST" && kind == "changed" && hostOf(d.Old) == hostOf(d.New) {
		why = "another run of the server"
	}
	d.Noise, d.NoiseWhy = why != "", why
	return d
}

func hostOf(text string) string {
	host, _, _ := strings.Cut(strings.Trim(text, "'"), ":")
	return host
}

// valueText is a value of the environ as Python would show it.
func valueText(v any) string {
	switch v := v.(type) {
	case absent:
		return ""
	case nil:
		return "None"
	case gone:
		return "(removed)"
	case recorder.Repr:
		return v.Repr
	case string:
		return "'" + v + "'"
	case map[string]any:
		parts := make([]string, 0, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, "'"+key+"': "+valueText(v[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	}
	if text, ok := recorder.Sequence(v, valueText); ok {
		return text
	}
	return fmt.Sprint(v)
}

// mask is a text without what differs from run to run.
func (s *bisecting) mask(text string) string { return (&comparer{o: s.o}).rules().mask(text) }
