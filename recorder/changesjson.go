package recorder

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// MarshalJSON writes the values as those of an environ are written, and every list and object as one.
func (c EnvironChanges) MarshalJSON() ([]byte, error) {
	changed := make(map[string]any, len(c.Changed))
	for key, pair := range c.Changed {
		changed[key] = []any{pair[0], pair[1]}
	}
	b := []byte(`{"added":`)
	b, err := appendValue(b, c.Added)
	if err != nil {
		return nil, fmt.Errorf("changes of the environ: %w", err)
	}
	if b, err = appendValue(append(b, `,"changed":`...), changed); err != nil {
		return nil, fmt.Errorf("changes of the environ: %w", err)
	}
	if b, err = appendJSON(append(b, `,"removed":`...), some(c.Removed)); err != nil {
		return nil, fmt.Errorf("changes of the environ: %w", err)
	}
	if lists := appendLists(appendLists(nil, "/added", c.Added), "/changed", changed); len(lists) > 0 {
		if b, err = appendJSON(append(b, `,"lists":`...), lists); err != nil {
			return nil, fmt.Errorf("changes of the environ: %w", err)
		}
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON has written: the values are again what they were.
func (c *EnvironChanges) UnmarshalJSON(p []byte) error {
	var j struct {
		Added   map[string]any
		Changed map[string][2]any
		Removed []string
		Lists   []string
	}
	if err := unmarshalValues(p, &j); err != nil {
		return fmt.Errorf("changes of the environ: %w", err)
	}
	*c = EnvironChanges{Added: map[string]any{}, Changed: map[string][2]any{}, Removed: some(j.Removed)}
	var err error
	for key, v := range j.Added {
		if v, err = fromJSON(v); err != nil {
			return fmt.Errorf("changes of the environ, %q: %w", key, err)
		}
		c.Added[key] = asLists(v, "/added/"+escaped.Replace(key), j.Lists)
	}
	for key, pair := range j.Changed {
		for i := range pair {
			if pair[i], err = fromJSON(pair[i]); err != nil {
				return fmt.Errorf("changes of the environ, %q: %w", key, err)
			}
			pair[i] = asLists(pair[i], "/changed/"+escaped.Replace(key)+"/"+strconv.Itoa(i), j.Lists)
		}
		c.Changed[key] = pair
	}
	return nil
}

// UnmarshalJSON reads what was old and new as the values of an environ that they may be.
func (t *Touch) UnmarshalJSON(p []byte) error {
	type plain Touch
	told := struct {
		*plain
		Lists []string
	}{plain: (*plain)(t)}
	if err := unmarshalValues(p, &told); err != nil {
		return err
	}
	var err error
	if t.Old, err = fromJSON(t.Old); err != nil {
		return err
	}
	if t.New, err = fromJSON(t.New); err != nil {
		return err
	}
	t.Old, t.New = asLists(t.Old, "/old", told.Lists), asLists(t.New, "/new", told.Lists)
	return nil
}

// unmarshalValues keeps numbers as they are written, so that a whole number is not read as a float.
func unmarshalValues(p []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(p))
	d.UseNumber()
	return d.Decode(into)
}

// MarshalJSON writes what was old and new as values of an environ.
func (t Touch) MarshalJSON() ([]byte, error) {
	type plain Touch
	lists := appendLists(appendLists(nil, "/old", t.Old), "/new", t.New)
	for _, v := range []*any{&t.Old, &t.New} {
		p, err := appendValue(nil, *v)
		if err != nil {
			return nil, fmt.Errorf("history of %s %q: %w", t.What, t.Name, err)
		}
		*v = json.RawMessage(p)
	}
	return appendJSON(nil, struct {
		plain
		Lists []string `json:"lists,omitempty"`
	}{plain(t), lists})
}

// MarshalJSON writes both lists.
func (d HeaderDelta) MarshalJSON() ([]byte, error) {
	type plain HeaderDelta
	return appendJSON(nil, plain{some(d.Added), some(d.Removed), d.Moved})
}
