package wsgi_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

// refusing is a stage whose start_response panics, or what that returns.
func refusing(inWrite bool) wsgi.Middleware {
	return func(next wsgi.Application) wsgi.Application {
		return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
			return next(e, func(status string, headers wsgi.Headers, err error) wsgi.Write {
				if !inWrite {
					panic(errRefused)
				}
				start(status, headers, err)
				return func([]byte) (int, error) { panic(errRefused) }
			})
		}
	}
}

// adding is one that calls the start_response, and writes, of the stage around it.
func adding(next wsgi.Application) wsgi.Application {
	return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		return next(e, func(status string, headers wsgi.Headers, err error) wsgi.Write {
			write := start(status, append(headers, [2]string{"X-Added", "1"}), err)
			return func(block []byte) (int, error) { return write(block) }
		})
	}
}

func through(next wsgi.Application) wsgi.Application {
	return func(e wsgi.Environ, start wsgi.StartResponse) wsgi.Body { return next(e, start) }
}

func writing(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	write := start("200 OK", wsgi.Headers{{"Content-Type", "text/plain"}}, nil)
	_, _ = write([]byte("a"))
	return wsgi.Bytes([]byte("b"))
}

func exceptions(a *answer) (found []string) {
	for _, l := range told(a.Events) {
		if strings.Contains(l, "exception") {
			found = append(found, l[:strings.LastIndexByte(l, '(')-1])
		}
	}
	return found
}

// A panic in what a stage has for start_response, or for write, rose in that stage, though one within it has called that.
func TestPanicsRiseWhereTheirCodeIs(t *testing.T) {
	const refused = " exception 1 in call *errors.errorString: refused"
	for name, c := range map[string]struct {
		middlewares []wsgi.Middleware
		want        []string
	}{
		"start_response":                  {[]wsgi.Middleware{through, refusing(false)}, []string{"2", "3", "2"}},
		"write":                           {[]wsgi.Middleware{through, refusing(true)}, []string{"2", "3", "2"}},
		"passed on":                       {[]wsgi.Middleware{through, refusing(false), through}, []string{"2", "4", "3", "2"}},
		"write that is passed on":         {[]wsgi.Middleware{through, refusing(true), through}, []string{"2", "4", "3", "2"}},
		"of a stage further out":          {[]wsgi.Middleware{through, refusing(false), adding}, []string{"2", "4", "3", "2"}},
		"write of a stage further out":    {[]wsgi.Middleware{through, refusing(true), adding}, []string{"2", "4", "3", "2"}},
		"the outermost, for its number":   {[]wsgi.Middleware{refusing(false), through}, []string{"1", "3", "2"}},
		"write of that":                   {[]wsgi.Middleware{refusing(true), through}, []string{"1", "3", "2"}},
		"none that does no more than add": {[]wsgi.Middleware{through, adding}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := serving(t, writing, c.middlewares...)
			var want []string
			for _, stage := range c.want {
				want = append(want, stage+refused)
			}
			if diff := cmp.Diff(want, exceptions(a)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// The error that start_response was given is raised again by it, through whatever stands for it.
func TestErrorsThatAreRaisedAgainDoNotRise(t *testing.T) {
	again := func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		write := start("200 OK", wsgi.Headers{{"Content-Type", "text/plain"}}, nil)
		_, _ = write([]byte("a"))
		start("500 Sorry", wsgi.Headers{{"Content-Type", "text/plain"}}, errRefused)
		return nil
	}
	a := serving(t, again, through, adding)
	want := []string{
		"3 exception 1 in call *errors.errorString: refused", "2 exception 1 in call *errors.errorString: refused",
	}
	if diff := cmp.Diff(want, exceptions(a)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// An error that start_response is called with was handled in the stage that called it, whichever ones pass it on, and though
// none has returned but the body that goes on.
func TestHandledInABody(t *testing.T) {
	handling := func(_ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
		return func(yield func([]byte, error) bool) {
			start("500 Sorry", plain, errRefused)
			yield([]byte("sorry"), nil)
		}
	}
	for name, middlewares := range map[string][]wsgi.Middleware{
		"passed on": {through, through}, "replaced": {adding, through}, "both": {through, adding}, "taken apart": {upper, adding},
	} {
		a := serving(t, handling, middlewares...)
		if len(a.Raised) != 1 || !a.Raised[0].Handled || a.RaisedIn[0] != 3 {
			t.Errorf("%s: %v in %v", name, a.Raised, a.RaisedIn)
		}
	}
}
