// Package onion says of the stages of an exchange, in few words, what they are and what they did.
package onion

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
)

var factories = regexp.MustCompile(`\.(create|make)_app\.<locals>\.`)

// Short is the name of a stage without its module: "ProxyFix" for "werkzeug.middleware.proxy_fix.ProxyFix", "make.inner"
// for "app.make.<locals>.inner", "(*Auth).Wrap" for "example.com/site.(*Auth).Wrap". What lies in an application's factory,
// as Flask knows those by name, is named as if it lay in the module.
func Short(name string) string {
	name = factories.ReplaceAllString(name, ".")
	name = together.Replace(name)
	if i := strings.LastIndexByte(name, '/'); i >= 0 && i < len(name)-1 {
		name = name[i+1:]
	}
	parts := strings.Split(name, ".")
	from := len(parts) - 1
	for i, p := range parts {
		if p != "" && (p[0] >= 'A' && p[0] <= 'Z' || p[0] == '(') {
			from = i
			break
		}
	}
	return apart.Replace(strings.Join(parts[from:], "."))
}

// What these separate, or belong to, stays together.
var (
	together = strings.NewReplacer(".<locals>.", "\x00", "[...]", "\x01")
	apart    = strings.NewReplacer("\x00", ".", "\x01", "[...]")
)

// Find is the stage with an index, or nil.
func Find(x *recorder.Exchange, index int) *recorder.Stage {
	if index >= 0 && index < len(x.Stages) && x.Stages[index].Index == index {
		return &x.Stages[index]
	}
	for i := range x.Stages {
		if x.Stages[i].Index == index {
			return &x.Stages[i]
		}
	}
	return nil
}

// Label is a stage's index and short name: "2 Auth".
func Label(x *recorder.Exchange, index int) string {
	if index == recorder.UnknownStage {
		return "? not known"
	}
	s := Find(x, index)
	if s == nil || s.Name == "" {
		return "stage " + strconv.Itoa(index)
	}
	return LabelOf(index, s.Name)
}

// LabelOf is Label of a stage that is told by itself.
func LabelOf(index int, name string) string { return strconv.Itoa(index) + " " + Short(name) }

// What is the kind of a stage, and what it is for: "wsgi", "django middleware".
func What(kind, role string) string {
	if role == "" {
		return kind
	}
	return kind + " " + role
}

// Place is where a stage's source is: "/home/me/app.py:31", or "" where that is not known.
func Place(file string, line int) string {
	if file == "" {
		return ""
	}
	if line <= 0 {
		return file
	}
	return file + ":" + strconv.Itoa(line)
}

// ShortPlace is Place with the file's name alone.
func ShortPlace(file string, line int) string {
	if file == "" {
		return ""
	}
	return Place(filepath.Base(strings.ReplaceAll(file, `\`, "/")), line)
}

// Depth is how many stages a stage is within, the server not counted.
func Depth(x *recorder.Exchange, s *recorder.Stage) int {
	n := 0
	for s != nil && s.Within != s.Index && s.Within > 0 && n < len(x.Stages) {
		s = Find(x, s.Within)
		n++
	}
	return n
}

// Got is the stage whose response a stage got: the last one within it that gave a status. Where there is none, and a
// framework hands a response from one of its layers to the next, it is the layer before. It is nil where the stage made its
// response itself.
func Got(x *recorder.Exchange, index int) *recorder.Stage {
	if inner := got(x, index, 0); inner != nil {
		return inner
	}
	s := Find(x, index)
	if s == nil {
		return nil
	}
	for i := len(x.Stages) - 1; i >= 0; i-- {
		if b := &x.Stages[i]; b.Within == s.Within && b.Index < index && b.Index != s.Within && b.Status != "" {
			if framework(b) { // a WSGI application is handed nothing by one that was called before it
				return b
			}
			return nil
		}
	}
	return nil
}

// framework says that a stage is a framework's layer.
func framework(s *recorder.Stage) bool { return s.Kind != "wsgi" && s.Kind != "server" }

// maxDepth bounds how deep stages are followed, whatever a capture says.
const maxDepth = 500

func got(x *recorder.Exchange, index, depth int) *recorder.Stage {
	if depth > maxDepth {
		return nil
	}
	for i := len(x.Stages) - 1; i >= 0; i-- {
		s := &x.Stages[i]
		if s.Within != index || s.Index <= index {
			continue
		}
		if s.Status != "" {
			return s
		}
		if inner := got(x, s.Index, depth+1); inner != nil {
			return inner
		}
	}
	return nil
}

// Deeds are what a stage did to an exchange.
type Deeds struct {
	Environ, Status, Headers, Body bool
	Raised                         bool // an exception rose in it
	Passed                         bool // one from within left it
	Lint                           int
	Paused, Edited                 bool
}

// Did sums up what a stage did.
func Did(x *recorder.Exchange, s *recorder.Stage) Deeds {
	c := &s.EnvironChanges
	d := Deeds{
		Environ: len(c.Added)+len(c.Changed)+len(c.Removed) > 0,
		Raised:  s.Exception != nil && s.Rose, Passed: s.Exception != nil && !s.Rose, Paused: len(s.Pauses) > 0,
	}
	for _, p := range s.Pauses {
		d.Edited = d.Edited || len(p.Edited) > 0
	}
	for _, l := range x.Lint {
		if l.Stage == s.Index {
			d.Lint++
		}
	}
	for i := range x.Blame.History {
		if t := &x.Blame.History[i]; t.Stage == s.Index && s.Index > 0 {
			switch t.What {
			case "status":
				d.Status = true
			case "header":
				d.Headers = true
			case "environ":
				d.Environ = true
			}
		}
	}
	for _, b := range x.Blame.Body {
		d.Body = d.Body || b.Stage == s.Index && s.Index > 0 && b.End > b.Start
	}
	return d
}

// Change is how a header differs between what a stage got and what it gave.
type Change struct {
	Sign  byte // '+' added, '-' dropped, ' ' the same
	Name  string
	Value string
}

// Headers compares two lists of headers: what was given, in its order, and after it what was dropped.
func Headers(old, given []recorder.Header) []Change {
	left := append([]recorder.Header(nil), old...)
	var out []Change
	for _, h := range given {
		sign := byte('+')
		for i, o := range left {
			if strings.EqualFold(o[0], h[0]) && o[1] == h[1] {
				left = append(left[:i], left[i+1:]...)
				sign = ' '
				break
			}
		}
		out = append(out, Change{sign, h[0], h[1]})
	}
	for _, h := range left {
		out = append(out, Change{'-', h[0], h[1]})
	}
	return out
}
