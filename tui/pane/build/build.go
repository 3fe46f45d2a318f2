// Package build is the dialog that shows why a build failed.
package build

import (
	"strconv"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/tui/doc"
	"github.com/snifter-dev/snifter/tui/human"
	"github.com/snifter-dev/snifter/tui/theme"
	"github.com/snifter-dev/snifter/tui/traceback"
)

// Title names the dialog.
const Title = "Build"

// Doc lays the state of a build out.
func Doc(s *control.Status) *doc.Doc {
	var d doc.Doc
	b := &s.Build
	id := "build " + strconv.Itoa(b.ID)
	why := ""
	if b.Why != "" {
		why = "(" + b.Why + ")"
	}
	switch b.State {
	case "failed":
		d.Add(doc.L(doc.S(theme.Bad, "✗ "+id+" failed"), doc.S(theme.Dim, "  "+why)))
		if !b.At.IsZero() {
			d.Add(doc.L(doc.S(theme.Dim, "  at "+b.At.Local().Format(time.TimeOnly)+", after "+human.Millis(b.MS))))
		}
		d.Blank()
		d.Add(doc.L(doc.S(theme.Plain, "Requests are answered with this error until the next good save.")))
		if b.Error != nil {
			d.Blank()
			traceback.Add(&d, b.Error)
			if len(b.Error.Frames) == 0 && b.Error.Text != "" {
				d.Blank()
				traceback.AddRaw(&d, b.Error)
			}
		}
	case "building":
		d.Add(doc.L(doc.S(theme.Info, id+" is being made"), doc.S(theme.Dim, "  "+why)))
	case "ok":
		d.Add(doc.L(doc.S(theme.Good, "✓ "+id), doc.S(theme.Dim, "  loaded in "+human.Millis(b.MS)+"  "+why)))
		d.Blank()
		for _, l := range [][2]string{{"app", s.App}, {"found", s.Why}, {"runtime", s.Runtime}} {
			if l[1] != "" {
				d.Add(doc.Line{Hang: 9, Spans: []doc.Span{doc.S(theme.Key, l[0]+strings.Repeat(" ", 9-len(l[0]))), doc.S(theme.Plain, l[1])}})
			}
		}
	default:
		d.Add(doc.L(doc.S(theme.Dim, "Nothing was built.")))
	}
	return &d
}

// LastLine is the error of a failed build in one line: what was raised, and where.
func LastLine(x *recorder.Exception) string {
	if x == nil {
		return "for an unknown reason"
	}
	message, _, _ := strings.Cut(strings.TrimSpace(x.Message), "\n")
	out := x.Type
	if message != "" {
		if out != "" {
			out += ": "
		}
		out += message
	}
	if n := len(x.Frames); n > 0 && !strings.Contains(message, "line ") {
		f := x.Frames[n-1]
		file := f.File
		if i := strings.LastIndexAny(file, `/\`); i >= 0 {
			file = file[i+1:]
		}
		out += " (" + file + ":" + strconv.Itoa(f.Line) + ")"
	}
	return out
}
