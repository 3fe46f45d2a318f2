package wire

import "github.com/snifter-dev/snifter/devserver/marshal"

// Stage is one layer of an application, as Ready lists them.
type Stage struct {
	Index  int64  // from 1, the outermost; the server boundary is stage 0
	Within int64  // the index of the stage that it lies within, 0 for the outermost
	Name   string // "werkzeug.middleware.proxy_fix.ProxyFix", "main.Logging"
	Kind   string // "wsgi", or the framework whose layer it is; "compiled" is there, and no event tells of it
	Role   string // what a framework has it for: "middleware", "before_request", "view"; "" for a WSGI stage
	File   string
	Line   int64
}

func stageList(stages []Stage) marshal.List {
	list := make(marshal.List, len(stages))
	for i, s := range stages {
		list[i] = marshal.Dict{
			{Key: "index", Value: s.Index}, {Key: "within", Value: s.Within}, {Key: "name", Value: s.Name},
			{Key: "kind", Value: s.Kind}, {Key: "role", Value: s.Role}, {Key: "file", Value: s.File},
			{Key: "line", Value: s.Line},
		}
	}
	return list
}

func readStages(v any) []Stage {
	list, _ := sequence(v)
	var stages []Stage
	for _, e := range list {
		if d, ok := e.(marshal.Dict); ok {
			stages = append(stages, Stage{
				Index: d.Int("index"), Within: d.Int("within"), Name: d.Str("name"), Kind: d.Str("kind"),
				Role: d.Str("role"), File: marshal.ToSystem(d.Str("file")), Line: d.Int("line"),
			})
		}
	}
	return stages
}
