package wsgitest

import (
	"context"
	"strconv"
	"strings"
	"testing"
)

// Run takes the server through the cases, those of one setup at once.
func Run(t *testing.T, s Server) {
	for _, setup := range setups {
		cases := s.cases(setup)
		if len(cases) == 0 {
			continue
		}
		name := string(setup)
		if setup == Plain {
			name = "plain"
		}
		t.Run(name, func(t *testing.T) {
			r := s.start(t, setup)
			for i := range cases {
				c := &cases[i]
				t.Run(c.Name, func(t *testing.T) {
					if setup != Unix { // there, connections have no names to tell them apart by
						t.Parallel()
					}
					c.take(t, s, r, strconv.Itoa(i))
				})
			}
		})
	}
}

// cases are those of a setup that the server takes.
func (s Server) cases(setup Setup) []Case {
	var cases []Case
	for _, c := range Cases() {
		switch {
		case c.Setup != setup, s.Quick && !c.Quick, s.Language == "go" && c.PythonOnly != "",
			s.Language == "python" && c.GoOnly != "",
			s.Validated && (c.Breach || c.NotValidated != ""):
			continue
		}
		cases = append(cases, c)
	}
	return cases
}

// take takes one case.
func (cs *Case) take(t *testing.T, s Server, r *running, key string) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := r.dial(key)
	if err != nil {
		t.Fatal(err)
	}
	defer c.conn.Close() //nolint:errcheck // it has served
	c.validated = s.Validated
	if err := c.run(cs.Steps); err != nil {
		exchanges, _ := r.tape.of(c)
		t.Fatalf("%s\n%v\nevents:\n%s", cs.Rule, err, kinds(exchanges))
	}
	if err := c.records(ctx, cs, s.Language); err != nil {
		t.Fatalf("%s\n%v", cs.Rule, err)
	}
	if len(cs.After) > 0 {
		if err := Side(cs.After).take(c); err != nil {
			t.Fatalf("%s\nafterwards: %v", cs.Rule, err)
		}
	}
	if !strings.Contains(r.log.String(), cs.Log) {
		t.Errorf("%s\nthe log has no %q:\n%s", cs.Rule, cs.Log, r.log)
	}
}
