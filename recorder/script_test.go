package recorder_test

import (
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/event"
	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

// script writes the events of an exchange, a microsecond apart. Stages are called A (1), B, C and so on, each within the
// one before unless it is said otherwise.
type script struct {
	events []event.Event
	at     time.Duration
}

func newScript(environ marshal.Dict) *script {
	s := &script{}
	return s.add(0, event.Enter, &event.Request{Started: epoch, Build: 1, Head: []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		Environ: marshal.Append(nil, environ), App: info("A")})
}

func info(name string) *event.StageInfo {
	return &event.StageInfo{Name: name, Kind: "wsgi", File: name + ".py", Line: 1}
}

func (s *script) add(stage int, kind event.Kind, payload any) *script {
	s.at += time.Microsecond
	s.events = append(s.events, event.Event{Exchange: 9, Seq: uint32(len(s.events)), Stage: uint16(stage), Kind: kind, At: s.at, Payload: payload})
	return s
}

func (s *script) enter(stage int) *script { return s.enterIn(stage, stage-1, "wsgi") }

// enterIn has a stage entered within another; kind may be followed by a role.
func (s *script) enterIn(stage, within int, kind string) *script {
	i := info(string(rune('A' + stage - 1)))
	i.Kind, i.Role, _ = strings.Cut(kind, " ")
	return s.add(stage, event.Enter, &event.Entered{Stage: i, Within: uint16(within)})
}

// answer has a stage give a response, fields as "Name: value".
func (s *script) answer(stage int, status string, fields ...string) *script {
	r := &event.Response{Status: status, Headers: fieldsOf(fields)}
	if stage == 1 {
		stage, r.Entered = 0, time.Microsecond
	}
	return s.add(stage, event.StartResponse, r)
}

func fieldsOf(fields []string) (out []event.Header) {
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		out = append(out, event.Header{Name: name, Value: value})
	}
	return out
}

func (s *script) exit(stage int) *script {
	return s.add(stage, event.Exit, &event.Left{Result: "generator"})
}

func (s *script) chunk(stage int, text string) *script {
	if stage == 1 {
		return s.add(0, event.Chunk, &event.Data{Bytes: []byte(text), Size: len(text)})
	}
	return s.add(stage, event.Chunk, &event.Block{Bytes: []byte(text), Size: len(text)})
}

// passOn has a stage give a block that another gave or will give.
func (s *script) passOn(stage, of, nth, size int) *script {
	return s.add(stage, event.Chunk, &event.Block{Same: true, Of: uint16(of), Nth: uint32(nth), Size: size})
}

func (s *script) environ(stage int, set marshal.Dict, removed ...string) *script {
	return s.add(stage, event.EnvironChanged, &event.EnvironChange{Set: marshal.Append(nil, set), Removed: removed})
}

func (s *script) fold() *recorder.Exchange {
	s.add(0, event.Close, nil)
	s.add(0, event.Exit, &event.Ending{Closed: true})
	return recorder.Fold(s.events)
}
