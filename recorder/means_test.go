package recorder_test

import (
	"testing"

	"github.com/snifter-dev/snifter/recorder"
)

// A pattern that names a stage of the exchange is for that alone, and not for what goes by the same name elsewhere.
func TestMeans(t *testing.T) {
	x := &recorder.Exchange{Stages: []recorder.Stage{
		{Index: 0, Name: "server", Kind: "server"},
		{Index: 1, Name: "flask.app.Flask", Kind: "wsgi"},
		{Index: 2, Name: "app.Auth.handle", Kind: "wsgi"},
		{Index: 3, Name: "flask.app.Flask.wsgi_app", Kind: "wsgi"},
	}}
	for _, c := range []struct {
		pattern string
		want    []int
	}{
		{"Flask", []int{1}},
		{"flask.app.Flask.wsgi_app", []int{3}},
		{"Auth", []int{2}},
		{"3", []int{3}},
		{"server", nil},
		{"0", nil},
		{"Other", nil},
	} {
		for i := range x.Stages {
			want := false
			for _, index := range c.want {
				want = want || index == i
			}
			if got := x.Means(c.pattern, &x.Stages[i]); got != want {
				t.Errorf("Means(%q, %s) = %v", c.pattern, x.Stages[i].Name, got)
			}
		}
	}
}
