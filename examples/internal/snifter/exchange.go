package snifter

import (
	"encoding/base64"
	"encoding/json"
	"testing"
)

// Exchange is what `snifter show --json` prints, by the names of DESIGN.md section 5. It is written down here once more
// and not taken from the recorder, so that a name that changes there is noticed.
type Exchange struct {
	ID       int             `json:"id"`
	Build    int             `json:"build"`
	Origin   *int            `json:"origin"`
	State    string          `json:"state"`
	Started  string          `json:"started"`
	Duration float64         `json:"duration_ms"`
	Request  Request         `json:"request"`
	Environ  map[string]any  `json:"environ"`
	Response Response        `json:"response"`
	Stages   []Stage         `json:"stages"`
	Blame    json.RawMessage `json:"blame"`
	Errors   string          `json:"errors"`
	Output   []Output        `json:"output"`
	Raised   *Exception      `json:"exception"`
	Lint     []Lint          `json:"lint"`
}

// Request is an exchange's request.
type Request struct {
	Method   string      `json:"method"`
	Target   string      `json:"target"`
	Protocol string      `json:"protocol"`
	Remote   string      `json:"remote"`
	Headers  [][2]string `json:"headers"`
	Body     Body        `json:"body"`
}

// Response is an exchange's response.
type Response struct {
	Status  string      `json:"status"`
	Headers [][2]string `json:"headers"`
	Chunks  []Chunk     `json:"chunks"`
	Body    Body        `json:"body"`
}

// Chunk is a piece of a body, as the application gave it.
type Chunk struct {
	At   float64 `json:"at_ms"`
	Size int     `json:"size"`
	Via  string  `json:"via"`
}

// Body is a body as far as it was recorded.
type Body struct {
	Size     int64  `json:"size"`
	SHA256   string `json:"sha256"`
	Cut      bool   `json:"cut"`
	Encoding string `json:"encoding"`
	Data     string `json:"data"`
}

// Bytes are the bytes of the body.
func (b Body) Bytes(t testing.TB) string {
	t.Helper()
	if b.Encoding == "utf-8" {
		return b.Data
	}
	p, err := base64.StdEncoding.DecodeString(b.Data)
	if err != nil {
		t.Error(err)
	}
	return string(p)
}

// Stage is one WSGI layer.
type Stage struct {
	Index  int    `json:"index"`
	Within int    `json:"within"`
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Role   string `json:"role"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Input  struct {
		Reads int   `json:"reads"`
		Bytes int64 `json:"bytes"`
	} `json:"input"`
	Status string  `json:"status"`
	Closed bool    `json:"closed"`
	Exit   float64 `json:"exit_ms"`
	Self   float64 `json:"self_ms"`
	Rose   bool    `json:"rose"`
}

// Output is what the worker printed while it was busy with the exchange.
type Output struct {
	Stream string `json:"stream"`
	Text   string `json:"text"`
}

// Exception is what was raised.
type Exception struct {
	Where   string `json:"where"`
	Stage   int    `json:"stage"`
	Type    string `json:"type"`
	Message string `json:"message"`
	Frames  []struct {
		File     string `json:"file"`
		Line     int    `json:"line"`
		Function string `json:"function"`
		Source   string `json:"source"`
	} `json:"frames"`
	Cause   *Exception `json:"cause"`
	Handled bool       `json:"handled"`
}

// Lint is a breach of PEP 3333.
type Lint struct {
	Stage   int    `json:"stage"`
	Rule    string `json:"rule"`
	Message string `json:"message"`
	PEP     string `json:"pep"`
}

// Said is all text that the application wrote beside its answer.
func (x *Exchange) Said() string {
	said := x.Errors
	for _, o := range x.Output {
		said += o.Text
	}
	return said
}

// Header is the value of a header field, or "".
func (r Response) Header(name string) string {
	for _, f := range r.Headers {
		if f[0] == name {
			return f[1]
		}
	}
	return ""
}

var names = map[string][]string{
	"":         {"id", "build", "origin", "state", "started", "duration_ms", "request", "environ", "response", "stages", "blame", "errors", "exception", "lint"},
	"request":  {"method", "target", "protocol", "remote", "headers", "body"},
	"response": {"status", "headers", "chunks", "body"},
}

func decode(t testing.TB, text string) *Exchange {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	for part, want := range names {
		members := all
		if part != "" {
			members = nil
			if err := json.Unmarshal(all[part], &members); err != nil {
				t.Fatalf("%s: %v", part, err)
			}
		}
		for _, name := range want {
			if members[name] == nil {
				t.Errorf("show --json has no %s in %q", name, part)
			}
		}
	}
	var x Exchange
	if err := json.Unmarshal([]byte(text), &x); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return &x
}
