package detail

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/theme"
)

// environ lays out the environ: the request, its headers, wsgi's own keys, and what the server or middleware added.
func environ(b *build) {
	d := &b.doc
	if len(b.x.Environ) == 0 {
		d.Add(doc.L(doc.S(theme.Dim, "No environ was made: the request did not reach the application.")))
		if b.x.Reason != "" {
			d.Add(doc.Line{Hang: 2, Spans: []doc.Span{doc.S(theme.Bad, "⊘ "+b.x.Reason)}})
		}
		return
	}
	touches := environTouches(b.x)
	if b.raw { // in its own order
		d.Add(doc.L(doc.S(theme.Dim, "in the order of the dict")))
		addItems(b, b.x.Environ, touches)
		addMade(b, touches)
		return
	}
	var groups [4]recorder.Environ
	for _, item := range b.x.Environ {
		groups[groupOf(item.Key)] = append(groups[groupOf(item.Key)], item)
	}
	for i, name := range []string{"Request", "Headers", "wsgi", "Other"} {
		if len(groups[i]) > 0 {
			d.Title(name, doc.S(theme.Dim, " "+strconv.Itoa(len(groups[i]))))
			addItems(b, groups[i], touches)
		}
	}
	addMade(b, touches)
}

var cgi = []string{
	"REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH", "SERVER_NAME",
	"SERVER_PORT", "SERVER_PROTOCOL", "REMOTE_ADDR", "REMOTE_PORT", "REQUEST_URI", "RAW_URI",
}

func groupOf(key string) int {
	switch {
	case slices.Contains(cgi, key):
		return 0
	case strings.HasPrefix(key, "HTTP_"):
		return 1
	case strings.HasPrefix(key, "wsgi."):
		return 2
	}
	return 3
}

// addItems lays items out as the server gave them, and below each what stages made of it.
func addItems(b *build, items recorder.Environ, touches map[string][]*recorder.Touch) {
	var all []pair
	for _, item := range items {
		all = append(all, pair{name: item.Key, value: value(item.Value)})
		for _, t := range touches[item.Key] {
			all = append(all, touched(b.x, t))
		}
	}
	addPairsBeside(&b.doc, all, b.w)
}

// addMade lays out the keys that stages added, in the order in which they did.
func addMade(b *build, touches map[string][]*recorder.Touch) {
	given := map[string]bool{}
	for _, item := range b.x.Environ {
		given[item.Key] = true
	}
	var all []pair
	n := 0
	for i := range b.x.Blame.History {
		t := &b.x.Blame.History[i]
		if t.What != "environ" || given[t.Name] {
			continue
		}
		given[t.Name] = true
		n++
		for j, t := range touches[t.Name] {
			p := touched(b.x, t)
			if j == 0 {
				p.name = t.Name
				if !t.Removes() {
					p.value = value(t.New)
				}
			}
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return
	}
	b.doc.Title("Added by stages", doc.S(theme.Dim, " "+strconv.Itoa(n)))
	addPairsBeside(&b.doc, all, b.w)
}

// value shows a value as Python would, but for text, which stands without quotes.
func value(v any) []doc.Span {
	switch v := v.(type) {
	case string:
		if v == "" {
			return []doc.Span{doc.S(theme.Dim, "''")}
		}
		return native(theme.Plain, v)
	case nil:
		return []doc.Span{doc.S(theme.Keyword, "None")}
	case bool:
		if v {
			return []doc.Span{doc.S(theme.Keyword, "True")}
		}
		return []doc.Span{doc.S(theme.Keyword, "False")}
	case int64, int, float64, *big.Int:
		return []doc.Span{doc.S(theme.Number, fmt.Sprint(v))}
	case recorder.Repr:
		return []doc.Span{doc.S(theme.Dim, v.Repr)}
	}
	return []doc.Span{doc.S(theme.Plain, python(v, 0))}
}

const maxDepth = 8

func python(v any, depth int) string {
	if depth > maxDepth {
		return "..."
	}
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		return strconv.Quote(v)
	case recorder.Repr:
		return v.Repr
	case map[string]any:
		parts := make([]string, 0, len(v))
		for k, e := range v {
			parts = append(parts, strconv.Quote(k)+": "+python(e, depth+1))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if text, ok := recorder.Sequence(v, func(v any) string { return python(v, depth+1) }); ok {
		return text
	}
	return fmt.Sprint(v)
}
