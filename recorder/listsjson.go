package recorder

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The lists and the tuples of an environ are arrays in JSON. Objects that have such values tell under "lists" which are lists,
// by pointers from there (RFC 6901): {"environ": {"a": [1], "b": [2]}, "lists": ["/environ/b"]}. It is left out for none.

// appendLists appends the pointers of the lists in a value that lies at a pointer itself, those around before those within.
func appendLists(pointers []string, at string, v any) []string {
	switch v := v.(type) {
	case List:
		return appendListsOf(append(pointers, at), at, v)
	case []any:
		return appendListsOf(pointers, at, v)
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			pointers = appendLists(pointers, at+"/"+escaped.Replace(key), v[key])
		}
	}
	return pointers
}

func appendListsOf(pointers []string, at string, values []any) []string {
	for i, v := range values {
		pointers = appendLists(pointers, at+"/"+strconv.Itoa(i), v)
	}
	return pointers
}

var escaped, unescaped = strings.NewReplacer("~", "~0", "/", "~1"), strings.NewReplacer("~1", "/", "~0", "~")

// asLists is a value with a list in the place of each array that one of the pointers is for. They lead from what is around it, and
// those that begin with its own are meant.
func asLists(v any, at string, pointers []string) any {
	for _, p := range pointers {
		if rest, within := strings.CutPrefix(p, at); within && (rest == "" || rest[0] == '/') {
			v = asList(v, rest)
		}
	}
	return v
}

func asList(v any, pointer string) any {
	if pointer == "" {
		if values, is := v.([]any); is {
			return List(values)
		}
		return v
	}
	token, rest, more := strings.Cut(pointer[1:], "/")
	if more {
		rest = "/" + rest
	}
	switch v := v.(type) {
	case List:
		inArray(v, token, rest)
	case []any:
		inArray(v, token, rest)
	case map[string]any:
		if inner, there := v[unescaped.Replace(token)]; there {
			v[unescaped.Replace(token)] = asList(inner, rest)
		}
	}
	return v
}

func inArray(values []any, token, rest string) {
	if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(values) {
		values[i] = asList(values[i], rest)
	}
}

// Lists are the pointers of the lists in an environ that lies at "/environ".
func (e Environ) Lists() (pointers []string) {
	for _, item := range e {
		pointers = appendLists(pointers, "/environ/"+escaped.Replace(item.Key), item.Value)
	}
	return pointers
}

// SetLists makes lists again of those values of an environ that was read from JSON.
func (e Environ) SetLists(pointers []string) {
	for i := range e {
		if len(pointers) > 0 {
			e[i].Value = asLists(e[i].Value, "/environ/"+escaped.Replace(e[i].Key), pointers)
		}
	}
}
