package fake

import (
	"time"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
)

// Onion fills a server with exchanges through several stages: one that went well (1), one in which an exception rose (2),
// and one that is parked (3).
func Onion(c *Client) {
	for _, x := range Layered() {
		c.Put(x)
	}
	c.SetMoments(Walk())
	c.SetStepping(control.Stepping{
		Breakpoints: []control.Breakpoint{
			{ID: 1, Stage: "site.auth.Auth", Boundary: "enter", Filter: "~m POST", Hits: 3},
			{ID: 2, Stage: "Nobody*", Boundary: "*", Unknown: true},
		},
		Parked: []control.Parked{Parked()},
	})
}

// Layered is the exchanges of Onion.
func Layered() []*recorder.Exchange { return []*recorder.Exchange{layered(), broken(), waiting()} }

// Hostile is a server of one exchange (1) and one parked request (2) in which all that an application can give drives a
// terminal, or tries to.
func Hostile(c *Client) {
	const evil = "\x1b]52;c;aGk=\x07\u202e\u009b2J\x1b[2J\u200b\n"
	x := layered()
	x.Reason, x.Request.Target = evil, "/"+evil
	for i := range x.Stages {
		s := &x.Stages[i]
		s.Name, s.Kind, s.Role, s.File, s.Result, s.Status = s.Name+evil, s.Kind+evil, evil, evil, evil, evil
		s.Notes = []string{evil}
		s.Headers = []recorder.Header{{evil, evil}}
		s.EnvironChanges = recorder.EnvironChanges{
			Added:   map[string]any{evil: evil, "a": recorder.Repr{Repr: evil}},
			Changed: map[string][2]any{evil: {evil, map[string]any{evil: []any{evil}}}}, Removed: []string{evil},
		}
		s.Exception = &recorder.Exception{Type: evil, Message: evil}
		s.Pauses = []recorder.Pause{{Boundary: evil, Then: evil, Edited: []string{evil}}}
	}
	x.Lint = []recorder.Lint{{Stage: 2, Rule: evil, Message: evil, PEP: evil}}
	x.Exception = &recorder.Exception{Stage: 6, Type: evil, Message: evil}
	x.Response.Headers = []recorder.Header{{evil, evil}}
	x.Response.Body = bodyOf([]byte("text " + evil + evil))
	x.Blame.Fields, x.Blame.Lines, x.Blame.Body = []int{2}, []int{1}, []recorder.Span{{Start: 0, End: 9, Stage: 2}, {Start: 9, End: 60, Stage: 3}}
	for i := range x.Blame.History {
		t := &x.Blame.History[i]
		t.Name, t.Old, t.New = t.Name+evil, evil, evil
	}
	c.Put(x)
	w := Walk()
	for i := range w.Moments {
		m := &w.Moments[i]
		m.Boundary, m.Result, m.Exception = evil, evil, x.Exception
		m.Changes = recorder.Changes{
			Environ: x.Stages[0].EnvironChanges, Status: &[2]string{evil, evil},
			Headers: recorder.HeaderDelta{Added: x.Response.Headers, Removed: x.Response.Headers},
		}
	}
	w.Environ = append(w.Environ, recorder.EnvironItem{Key: evil, Value: evil})
	c.SetMoments(w)
	p := ParkedAtAnswer()
	p.ID, p.Method, p.Target, p.Stage.Name, p.Stage.File, p.Boundary, p.Result = 2, evil, evil, evil, evil, evil, evil
	p.Status, p.Headers, p.Trouble, p.Exception = evil, x.Response.Headers, evil, x.Exception
	p.Environ, p.Chunk = w.Environ, &x.Response.Body
	p.Changes = w.Moments[0].Changes
	c.SetStepping(control.Stepping{
		Breakpoints: []control.Breakpoint{{ID: 1, Stage: evil, Boundary: evil, Filter: evil}}, Parked: []control.Parked{p},
	})
}

const libraries = "/home/me/.venv/lib/python3.11/site-packages/"

func layers() []recorder.Stage {
	return []recorder.Stage{
		{Index: 0, Name: "server", Kind: "server"},
		{Index: 1, Within: 0, Name: "werkzeug.middleware.proxy_fix.ProxyFix", Kind: "wsgi", File: libraries + "werkzeug/middleware/proxy_fix.py", Line: 28},
		{Index: 2, Within: 1, Name: "site.auth.Auth", Kind: "wsgi", File: "/home/me/site/auth.py", Line: 14},
		{Index: 3, Within: 2, Name: "site.zip.gzipped.<locals>.inner", Kind: "wsgi", File: "/home/me/site/zip.py", Line: 9},
		{Index: 4, Within: 3, Name: "flask.app.Flask", Kind: "wsgi", File: libraries + "flask/app.py", Line: 108},
		{Index: 5, Within: 4, Name: "site.views.load_user", Kind: "flask", Role: "before_request", File: "/home/me/site/views.py", Line: 21, Result: "NoneType"},
		{Index: 6, Within: 4, Name: "site.views.orders", Kind: "flask", Role: "view", File: "/home/me/site/views.py", Line: 40},
	}
}

func layered() *recorder.Exchange {
	x := exchange(1, "POST", "/orders", "200 OK", 12.4)
	s := layers()
	times := [][4]float64{{0, 12.4, 12.4, 0.4}, {0.3, 9.9, 11.6, 0.2}, {0.5, 9.8, 11.4, 1.3}, {1.8, 9.8, 10.0, 1.5}, {1.9, 8.4, 6.6, 1.3}, {2.4, 3.4, 1, 1}, {3.7, 8, 4.3, 4.3}}
	for i, t := range times {
		s[i].EnterMS, s[i].ExitMS, s[i].TotalMS, s[i].SelfMS = t[0], t[1], t[2], t[3]
	}
	s[1].EnvironChanges = recorder.EnvironChanges{
		Added:   map[string]any{"werkzeug.proxy_fix.orig": recorder.Repr{Repr: "{'REMOTE_ADDR': '127.0.0.1'}"}},
		Changed: map[string][2]any{"REMOTE_ADDR": {"127.0.0.1", "203.0.113.9"}, "wsgi.url_scheme": {"http", "https"}},
	}
	s[2].EnvironChanges = recorder.EnvironChanges{Added: map[string]any{"REMOTE_USER": "alice"}, Removed: []string{"HTTP_AUTHORIZATION"}}
	s[4].Input = recorder.Input{Reads: 2, Bytes: 43, Over: 1}
	s[4].Status, s[4].Headers = "201 CREATED", []recorder.Header{{"Content-Type", "text/html; charset=utf-8"}, {"Content-Length", "2040"}, {"X-Debug", "1"}}
	s[4].Chunks = []recorder.Chunk{{AtMS: 8.6, Size: 1000, Via: "yield"}, {AtMS: 9.1, Size: 1040, Via: "yield"}}
	s[4].Result, s[4].Closed = "werkzeug.wsgi.ClosingIterator", true
	s[3].Status, s[3].Headers = "201 CREATED", []recorder.Header{{"Content-Type", "text/html; charset=utf-8"}, {"X-Debug", "1"}, {"Content-Encoding", "gzip"}, {"Content-Length", "311"}}
	s[3].Chunks, s[3].Result = []recorder.Chunk{{AtMS: 9.8, Size: 311, Via: "yield"}}, "list"
	s[3].Notes = []string{"it took all 2 chunks before it gave its first"}
	s[2].Status = "200 OK"
	s[2].Headers = []recorder.Header{{"Content-Type", "text/html; charset=utf-8"}, {"Content-Encoding", "gzip"}, {"Content-Length", "311"}, {"Set-Cookie", "seen=1; Path=/"}}
	s[2].Chunks, s[2].Result, s[2].SameAs = s[3].Chunks, "list", 3
	s[2].Pauses = []recorder.Pause{{AtMS: 0.5, Boundary: "enter", TookMS: 48200, Breakpoint: 1, Then: "continue", Edited: []string{"environ REMOTE_USER"}}}
	for _, i := range []int{1, 0} {
		s[i].Status, s[i].Headers, s[i].Chunks, s[i].Closed = s[2].Status, s[2].Headers, s[3].Chunks, true
	}
	s[1].SameAs, s[1].Result = 3, "list"
	x.Stages = s
	x.Response.Headers = s[2].Headers
	x.Response.Chunks = s[3].Chunks
	x.Response.Body = bodyOf([]byte("<h1>Orders</h1>\n<p>order 17 is made</p>\n<!-- by zip -->\n<p>thank you</p>\n"))
	x.Environ = append(x.Environ, recorder.EnvironItem{Key: "HTTP_AUTHORIZATION", Value: "Basic YWxpY2U6"})
	x.Lint = []recorder.Lint{{Stage: 3, Rule: "close-not-called", Message: "the iterable of stage 4 was not closed", PEP: "PEP 3333: Specification Details"}}
	x.Blame = recorder.Blame{
		Status: 2, Headers: map[string]int{"Content-Type": 4, "Content-Encoding": 3, "Content-Length": 3, "Set-Cookie": 2},
		Environ: map[string]int{"REMOTE_ADDR": 1, "wsgi.url_scheme": 1, "werkzeug.proxy_fix.orig": 1, "REMOTE_USER": 2, "HTTP_AUTHORIZATION": 2},
		Fields:  []int{4, 3, 3, 2},
		Lines:   []int{1, 4, 2, 5},
		Body:    []recorder.Span{{Start: 0, End: 16, Stage: 4}, {Start: 16, End: 24, Stage: 6}, {Start: 24, End: 41, Stage: 4}, {Start: 41, End: 57, Stage: 3}, {Start: 57, End: 74, Stage: 4}},
		History: []recorder.Touch{
			{Stage: 1, What: "environ", Name: "REMOTE_ADDR", How: "changed", Old: "127.0.0.1", New: "203.0.113.9"},
			{Stage: 1, What: "environ", Name: "wsgi.url_scheme", How: "changed", Old: "http", New: "https"},
			{Stage: 1, What: "environ", Name: "werkzeug.proxy_fix.orig", How: "set", New: recorder.Repr{Repr: "{'REMOTE_ADDR': '127.0.0.1'}"}},
			{Stage: 2, What: "environ", Name: "HTTP_AUTHORIZATION", How: "dropped", Old: "Basic YWxpY2U6"},
			{Stage: 2, What: "environ", Name: "REMOTE_USER", How: "edited", New: "alice"},
			{Stage: 4, What: "status", How: "set", New: "201 CREATED"},
			{Stage: 4, What: "header", Name: "Content-Type", How: "set", New: "text/html; charset=utf-8", Line: 1},
			{Stage: 4, What: "header", Name: "Content-Length", How: "set", New: "2040", Line: 2},
			{Stage: 4, What: "header", Name: "X-Debug", How: "set", New: "1", Line: 3},
			{Stage: 3, What: "header", Name: "Content-Length", How: "changed", Old: "2040", New: "311", Line: 2},
			{Stage: 3, What: "header", Name: "Content-Encoding", How: "set", New: "gzip", Line: 4},
			{Stage: 2, What: "status", How: "changed", Old: "201 CREATED", New: "200 OK"},
			{Stage: 2, What: "header", Name: "X-Debug", How: "dropped", Old: "1", Line: 3},
			{Stage: 2, What: "header", Name: "Set-Cookie", How: "set", New: "seen=1; Path=/", Line: 5},
		},
	}
	return x
}

func broken() *recorder.Exchange {
	x := exchange(2, "GET", "/orders/17", "500 INTERNAL SERVER ERROR", 6.2)
	s := layers()
	for i := range s {
		s[i].EnterMS, s[i].ExitMS = float64(i)*0.3, 6.2-float64(i)*0.2
		s[i].TotalMS, s[i].SelfMS = s[i].ExitMS-s[i].EnterMS, 0.5
	}
	e := keyError()
	e.Stage = 6
	for i := 1; i < len(s); i++ {
		if i != 5 {
			s[i].Exception = &recorder.Exception{Where: "call", Stage: 6, Type: e.Type, Message: e.Message}
		}
	}
	s[6].Exception, s[6].Rose = e, true
	x.Stages, x.Exception, x.Response.Server = s, e, true
	return x
}

func waiting() *recorder.Exchange {
	x := exchange(3, "POST", "/login", "", 0)
	x.State, x.Response = recorder.Open, recorder.Response{}
	x.Started = Noon.Add(48 * time.Second)
	x.Stages = layers()[:3]
	return x
}

// Parked is a request that stands at the enter of a stage.
func Parked() control.Parked {
	x := waiting()
	until := Noon.Add(108 * time.Second)
	return control.Parked{
		ID: 3, Method: "POST", Target: "/login", Boundary: "enter", Breakpoints: []int{1}, Stop: 1,
		Since: Noon.Add(48 * time.Second), Until: &until,
		Stage:   control.ParkedStage{Index: 2, Name: "site.auth.Auth", Kind: "wsgi", File: "/home/me/site/auth.py", Line: 14},
		Environ: append(x.Environ, recorder.EnvironItem{Key: "REMOTE_USER", Value: "bob"}),
		Changes: control.Changes{Environ: recorder.EnvironChanges{
			Added: map[string]any{"REMOTE_USER": "bob"}, Changed: map[string][2]any{"REMOTE_ADDR": {"127.0.0.1", "203.0.113.9"}},
		}},
		Edits: []string{"environ", "respond", "raise"},
	}
}

// ParkedAtAnswer is a request that stands where a stage calls start_response.
func ParkedAtAnswer() control.Parked {
	p := Parked()
	p.ID, p.Target, p.Boundary, p.Breakpoints, p.Until = 4, "/orders", "start_response", nil, nil
	p.Stage = control.ParkedStage{Index: 4, Name: "flask.app.Flask", Kind: "wsgi", File: libraries + "flask/app.py", Line: 108}
	p.Status, p.Headers = "200 OK", []recorder.Header{{"Content-Type", "text/html"}, {"Set-Cookie", "a=1"}}
	p.Changes = control.Changes{Status: &[2]string{"", "200 OK"}, Headers: control.HeaderDelta{Added: p.Headers}}
	p.Edits = []string{"environ", "status", "headers", "respond", "raise"}
	return p
}

// Walk is the first exchange, boundary by boundary.
func Walk() *recorder.Walk {
	x := layered()
	answer := func(i int) recorder.Answer {
		return recorder.Answer{Stage: i, Status: x.Stages[i].Status, Headers: x.Stages[i].Headers}
	}
	html := bodyOf([]byte("<h1>Orders</h1>\n<p>order 17 is made</p>\n"))
	w := &recorder.Walk{
		ID: 1, Environ: x.Environ, Answers: []recorder.Answer{answer(4), answer(3), answer(2)},
		Blocks: []recorder.Body{html, bodyOf([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3})},
		Environs: []recorder.EnvironVersion{
			{At: 1, Changes: x.Stages[1].EnvironChanges}, {At: 2, Changes: x.Stages[2].EnvironChanges},
		},
		Moments: []recorder.Moment{
			{Stage: 1, Boundary: "enter", Depth: 1, AtMS: 0.3},
			{Stage: 2, Boundary: "enter", Depth: 2, AtMS: 0.5, Changes: recorder.Changes{Environ: x.Stages[1].EnvironChanges}, Pause: &x.Stages[2].Pauses[0]},
			{Stage: 3, Boundary: "enter", Depth: 3, AtMS: 1.8, Changes: recorder.Changes{Environ: x.Stages[2].EnvironChanges}},
			{Stage: 4, Boundary: "enter", Depth: 4, AtMS: 1.9},
			{Stage: 4, Boundary: "input", Depth: 4, AtMS: 2.2, Size: 43},
			{Stage: 5, Boundary: "enter", Depth: 5, AtMS: 2.4},
			{Stage: 5, Boundary: "exit", Depth: 5, AtMS: 3.4, Result: "NoneType"},
			{Stage: 6, Boundary: "enter", Depth: 5, AtMS: 3.7},
			{Stage: 6, Boundary: "exit", Depth: 5, AtMS: 8, Result: "str"},
			{Stage: 4, Boundary: "start_response", Depth: 4, AtMS: 8.2, Answer: 1, Changes: recorder.Changes{
				Status: &[2]string{"", "201 CREATED"}, Headers: recorder.HeaderDelta{Added: x.Stages[4].Headers}}},
			{Stage: 4, Boundary: "exit", Depth: 4, AtMS: 8.4, Answer: 1, Result: "werkzeug.wsgi.ClosingIterator"},
			{Stage: 4, Boundary: "chunk", Depth: 4, AtMS: 8.6, Answer: 1, Block: 1, Size: html.Size},
			{Stage: 3, Boundary: "start_response", Depth: 3, AtMS: 9.6, Answer: 2, Changes: recorder.Changes{Headers: recorder.HeaderDelta{
				Added:   []recorder.Header{{"Content-Encoding", "gzip"}, {"Content-Length", "311"}},
				Removed: []recorder.Header{{"Content-Length", "2040"}},
			}}},
			{Stage: 3, Boundary: "exit", Depth: 3, AtMS: 9.8, Answer: 2, Result: "list"},
			{Stage: 2, Boundary: "start_response", Depth: 2, AtMS: 9.8, Answer: 3, Changes: recorder.Changes{
				Status: &[2]string{"201 CREATED", "200 OK"}, Headers: recorder.HeaderDelta{
					Added: []recorder.Header{{"Set-Cookie", "seen=1; Path=/"}}, Removed: []recorder.Header{{"X-Debug", "1"}},
				}}},
			{Stage: 1, Boundary: "exit", Depth: 1, AtMS: 9.9, Answer: 3, Result: "list"},
			{Stage: 1, Boundary: "chunk", Depth: 1, AtMS: 10, Answer: 3, Block: 2, Size: 10},
			{Stage: 1, Boundary: "close", Depth: 1, AtMS: 11.9, Answer: 3},
		},
	}
	return w
}
