package main

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
)

// level is --log-level.
func (o *serveOptions) level() slog.Level {
	return map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warning": slog.LevelWarn, "error": slog.LevelError,
	}[o.logLevel.word]
}

// newLog makes the server's own log, a line at a time.
func newLog(level slog.Level, line func(control.Line)) *slog.Logger {
	return slog.New(&lineHandler{level: level, line: line})
}

// lineHandler writes a record as one line for people: the message, and its attributes.
type lineHandler struct {
	level slog.Level
	line  func(control.Line)
	attrs string
}

func (h *lineHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

func (h *lineHandler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	switch {
	case r.Level >= slog.LevelError:
		b.WriteString("error: ")
	case r.Level >= slog.LevelWarn:
		b.WriteString("warning: ")
	case r.Level < slog.LevelInfo:
		b.WriteString("debug: ")
	}
	b.WriteString(r.Message + h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(attribute(a))
		return true
	})
	at := r.Time
	if at.IsZero() {
		at = time.Now()
	}
	h.line(control.Line{At: at, Stream: "log", Text: b.String()})
	return nil
}

func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	for _, a := range attrs {
		with.attrs += attribute(a)
	}
	return &with
}

func (h *lineHandler) WithGroup(string) slog.Handler { return h }

func attribute(a slog.Attr) string { return ", " + a.Key + ": " + a.Value.Resolve().String() }
