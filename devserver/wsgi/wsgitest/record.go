package wsgitest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
)

// records holds what was recorded of a case's connection to what it must be.
func (c *client) records(ctx context.Context, cs *Case, language string) error {
	want := cs.Records
	if want == nil {
		want = make([]Record, len(c.heads))
	}
	exchanges, err := c.server.tape.await(ctx, c, len(want))
	if err != nil {
		return err
	}
	if len(exchanges) != len(want) {
		return fmt.Errorf("%d exchanges were recorded, want %d", len(exchanges), len(want))
	}
	sent, answers := c.sent, 0
	for i, events := range exchanges {
		if err := check(events); err != nil {
			return fmt.Errorf("exchange %d: %w", i+1, err)
		}
		x := recorder.Fold(events)
		var answer *message
		if !want[i].Unanswered {
			if answers == len(c.heads) {
				return fmt.Errorf("exchange %d: %w", i+1, errors.New("the client got no answer"))
			}
			answer = c.heads[answers]
			answers++
		}
		if sent, err = cutHead(sent, x, cs.Setup); err == nil {
			err = want[i].compare(x, answer, language)
		}
		if err == nil && answer != nil {
			err = sameEnviron(x, c.environs[answers-1])
		}
		if err != nil {
			return fmt.Errorf("exchange %d: %w", i+1, err)
		}
	}
	return nil
}

// cutHead finds the recorded head in what was sent, byte for byte, and returns what comes behind it.
func cutHead(sent []byte, x *recorder.Exchange, setup Setup) ([]byte, error) {
	at := bytes.Index(sent, x.Request.Head)
	if at < 0 {
		return nil, fmt.Errorf("the recorded head was not sent so:\n%q\n%q", x.Request.Head, sent)
	}
	if x.Request.TLS != (setup == TLS) {
		return nil, fmt.Errorf("TLS is recorded as %v", x.Request.TLS)
	}
	return sent[at+len(x.Request.Head):], nil
}

// compare looks at one exchange, and at the answer that the client got.
func (r Record) compare(x *recorder.Exchange, answer *message, language string) error {
	var lint, withheld, chunks, output []string
	for _, l := range x.Lint {
		lint = append(lint, l.Rule)
		if l.Message == "" || l.PEP == "" {
			return fmt.Errorf("lint without a message or a source: %+v", l)
		}
	}
	for _, w := range x.Request.Withheld {
		withheld = append(withheld, w.Name)
	}
	for _, p := range x.Response.Chunks {
		chunks = append(chunks, fmt.Sprintf("%s %d", p.Via, p.Size))
	}
	for _, o := range x.Output {
		output = append(output, o.Stream+": "+o.Text)
	}
	if r.Chunks == nil {
		chunks = nil
	}
	lint = slices.DeleteFunc(lint, func(rule string) bool { return slices.Contains(r.Also, rule) })
	for _, l := range []struct {
		what      string
		got, want []string
	}{
		{"lint", lint, r.Lint},
		{"withheld", withheld, r.Withheld},
		{"chunks", chunks, r.Chunks},
		{"output", output, r.Output},
	} {
		if !slices.Equal(l.got, l.want) {
			return fmt.Errorf("recorded %s %q, want %q (%+v)", l.what, l.got, l.want, x.Lint)
		}
	}
	switch {
	case x.Lost > 0:
		return fmt.Errorf("%d events are lost", x.Lost)
	case r.ErrorLines != nil && !slices.Equal(slices.Sorted(strings.Lines(x.Errors)), slices.Sorted(slices.Values(r.ErrorLines))):
		return fmt.Errorf("recorded wsgi.errors %.3000q", x.Errors)
	case r.ErrorLines == nil && x.Errors != r.Errors:
		return fmt.Errorf("recorded wsgi.errors %q, want %q", x.Errors, r.Errors)
	case r.Body != "" && string(x.Request.Body.Bytes) != r.Body:
		return fmt.Errorf("recorded body of the request %q, want %q", x.Request.Body.Bytes, r.Body)
	}
	if err := r.ending(x); err != nil {
		return err
	}
	if err := r.Raised.compare(x.Exception, language); err != nil && !r.RaisedOrNot {
		return err
	}
	if answer == nil {
		return nil
	}
	return sameAnswer(x, answer, slices.Contains(lint, "content-length-exceeded"))
}

// ending compares how the exchange ended.
func (r Record) ending(x *recorder.Exchange) error {
	want, reason := recorder.Done, r.Refused
	if r.Aborted != "" {
		want, reason = recorder.Aborted, r.Aborted
	}
	if r.Gone {
		// Whether it is a read or a write that tells of it is the kernel's affair.
		want, reason = recorder.Aborted, "connection reset"
		if strings.Contains(x.Reason, "broken pipe") {
			reason = "broken pipe"
		}
	}
	switch {
	case x.State != want:
		return fmt.Errorf("state %s (%s), want %s", x.State, x.Reason, want)
	case (reason == "") != (x.Reason == "") || !strings.Contains(x.Reason, reason):
		return fmt.Errorf("recorded reason %q, want %q", x.Reason, reason)
	case r.Refused != "" && (x.Build != 0 || x.Stages[0].Status != ""):
		return fmt.Errorf("a request that was refused came to the build %d", x.Build)
	case r.Refused == "" && x.Build != 1:
		return fmt.Errorf("recorded build %d", x.Build)
	case r.Refused == "" && !x.Stages[0].Closed:
		return errors.New("the record does not say that the body was closed")
	}
	return nil
}

func (r *Raised) compare(x *recorder.Exception, language string) error {
	switch {
	case r == nil && x == nil:
		return nil
	case r == nil:
		return fmt.Errorf("recorded exception %s: %s (%s), want none", x.Type, x.Message, x.Where)
	case x == nil:
		return fmt.Errorf("no exception is recorded, want %+v", *r)
	}
	kind := r.Python
	if language == "go" {
		kind = r.Go
	}
	if x.Where != r.Where || x.Type != kind {
		return fmt.Errorf("recorded exception %s (%s), want %s (%s): %s", x.Type, x.Where, kind, r.Where, x.Message)
	}
	return nil
}

// sameAnswer says whether what is recorded of the response is what the client got.
func sameAnswer(x *recorder.Exchange, answer *message, cut bool) error {
	body := x.Response.Body.Bytes
	switch {
	case !bytes.Equal(x.Response.Head, answer.raw):
		return fmt.Errorf("the recorded head of the response is\n%q\nand what came was\n%q", x.Response.Head, answer.raw)
	case !bytes.HasPrefix(body, answer.body):
		return fmt.Errorf("the recorded body is %.300q, and what came was %.300q", body, answer.body)
	case answer.ended && !cut && answer.framing != Bodiless && len(body) != len(answer.body):
		return fmt.Errorf("the recorded body is %.300q, and what came was only %.300q", body, answer.body)
	case !strings.HasPrefix(x.Response.Status, answer.status[:3]):
		return fmt.Errorf("the recorded status is %q, and what came was %q", x.Response.Status, answer.status)
	}
	return nil
}

// sameEnviron says whether the recorded environ is what the application had.
func sameEnviron(x *recorder.Exchange, told map[string]any) error {
	if told == nil {
		return nil
	}
	recorded := map[string]any{}
	for _, item := range x.Environ {
		if _, object := item.Value.(recorder.Repr); !object {
			recorded[item.Key] = item.Value
		}
	}
	for name, value := range told {
		if fmt.Sprint(recorded[name]) != fmt.Sprint(value) {
			return fmt.Errorf("recorded %s is %#v, and the application had %#v", name, recorded[name], value)
		}
	}
	for name := range recorded {
		if _, ok := told[name]; !ok {
			return fmt.Errorf("recorded %s never reached the application", name)
		}
	}
	return nil
}
