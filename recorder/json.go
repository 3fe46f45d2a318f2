package recorder

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// bodyJSON is a Body as other programs read it.
type bodyJSON struct {
	Size     int64  `json:"size"`
	SHA256   string `json:"sha256"`
	Cut      bool   `json:"cut"`
	Encoding string `json:"encoding"`
	Data     string `json:"data"`
}

// MarshalJSON writes the body as text where it is UTF-8, else in base64.
func (b Body) MarshalJSON() ([]byte, error) {
	j := bodyJSON{Size: b.Size, SHA256: b.SHA256, Cut: b.Cut, Encoding: "utf-8"}
	if utf8.Valid(b.Bytes) {
		j.Data = string(b.Bytes)
	} else {
		j.Encoding, j.Data = "base64", base64.StdEncoding.EncodeToString(b.Bytes)
	}
	return appendJSON(nil, j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (b *Body) UnmarshalJSON(p []byte) error {
	var j bodyJSON
	if err := json.Unmarshal(p, &j); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	data := []byte(j.Data)
	switch j.Encoding {
	case "utf-8", "":
	case "base64":
		var err error
		if data, err = base64.StdEncoding.DecodeString(j.Data); err != nil {
			return fmt.Errorf("body: %w", err)
		}
	default:
		return fmt.Errorf("body: unknown encoding %q", j.Encoding)
	}
	*b = Body{Size: j.Size, SHA256: j.SHA256, Cut: j.Cut, Bytes: data}
	return nil
}

// MarshalJSON writes the environ as an object, in its order.
func (e Environ) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, item := range e {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendPair(b, item.Key, item.Value); err != nil {
			return nil, fmt.Errorf("environ %q: %w", item.Key, err)
		}
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads an object, keeping its order.
func (e *Environ) UnmarshalJSON(p []byte) error {
	dec := json.NewDecoder(bytes.NewReader(p))
	dec.UseNumber()
	t, err := dec.Token()
	if err != nil {
		return fmt.Errorf("environ: %w", err)
	}
	*e = Environ{}
	if t == nil {
		return nil
	}
	if t != json.Delim('{') {
		return fmt.Errorf("environ: %v where an object is due", t)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return fmt.Errorf("environ: %w", err)
		}
		var v any
		if err := dec.Decode(&v); err != nil {
			return fmt.Errorf("environ: %w", err)
		}
		if v, err = fromJSON(v); err != nil {
			return fmt.Errorf("environ %q: %w", key, err)
		}
		name, _ := key.(string)
		*e = append(*e, EnvironItem{Key: name, Value: v})
	}
	return nil
}

// Get returns a value by its key.
func (e Environ) Get(key string) (any, bool) {
	for i := range e {
		if e[i].Key == key {
			return e[i].Value, true
		}
	}
	return nil, false
}

// MarshalJSON writes every list as a list and every object as an object, also in an exchange that was made by hand.
func (x Exchange) MarshalJSON() ([]byte, error) {
	type plain Exchange
	x.Environ = some(x.Environ)
	x.Request.Headers, x.Request.Withheld = some(x.Request.Headers), some(x.Request.Withheld)
	x.Response.Headers, x.Response.Chunks = some(x.Response.Headers), some(x.Response.Chunks)
	x.Output, x.Lint = some(x.Output), some(x.Lint)
	if x.Blame.Headers == nil {
		x.Blame.Headers = map[string]int{}
	}
	if x.Blame.Environ == nil {
		x.Blame.Environ = map[string]int{}
	}
	x.Blame.Fields, x.Blame.Lines = some(x.Blame.Fields), some(x.Blame.Lines)
	x.Blame.Body, x.Blame.History = some(x.Blame.Body), some(x.Blame.History)
	stages := make([]Stage, len(x.Stages))
	for i, s := range x.Stages {
		s.Headers, s.Chunks = some(s.Headers), some(s.Chunks)
		stages[i] = s
	}
	x.Stages = stages
	return appendJSON(nil, struct {
		plain
		Lists []string `json:"lists,omitempty"`
	}{plain(x), x.Environ.Lists()})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (x *Exchange) UnmarshalJSON(p []byte) error {
	type plain Exchange
	told := struct {
		*plain
		Lists []string
	}{plain: (*plain)(x)}
	if err := json.Unmarshal(p, &told); err != nil {
		return fmt.Errorf("exchange: %w", err)
	}
	x.Environ.SetLists(told.Lists)
	return nil
}

// MarshalJSON tells the lists of the environ from its tuples.
func (w Walk) MarshalJSON() ([]byte, error) {
	type plain Walk
	return appendJSON(nil, struct {
		plain
		Lists []string `json:"lists,omitempty"`
	}{plain(w), w.Environ.Lists()})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (w *Walk) UnmarshalJSON(p []byte) error {
	type plain Walk
	told := struct {
		*plain
		Lists []string
	}{plain: (*plain)(w)}
	if err := json.Unmarshal(p, &told); err != nil {
		return fmt.Errorf("moments: %w", err)
	}
	w.Environ.SetLists(told.Lists)
	return nil
}

// appendJSON writes a value as it is: "<" as itself and not as \u003c, since what reads it is no HTML page.
func appendJSON(b []byte, v any) ([]byte, error) {
	w := bytes.NewBuffer(b)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(w.Bytes(), []byte("\n")), nil
}

func some[S ~[]E, E any](s S) S {
	if s == nil {
		return S{}
	}
	return s
}
