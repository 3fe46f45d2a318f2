package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/devserver/control"
)

func TestChoice(t *testing.T) {
	for args, want := range map[string]control.ReplayQuery{
		"":          {Filter: "!~replay"},
		"12":        {IDs: []uint64{12}},
		"#12 14-16": {IDs: []uint64{12, 14, 15, 16}},
		"~m GET":    {Filter: "~m GET"},
		"12 ~e":     {Filter: "12 ~e"},
	} {
		c, err := parseChoice(strings.Fields(args))
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		if diff := cmp.Diff(want, c.query()); diff != "" {
			t.Errorf("%s: %s", args, diff)
		}
	}
	for _, bad := range []string{"16-14", "0", "1-9999999999", "12 0-3"} {
		if _, err := parseChoice(strings.Fields(bad)); err == nil || explain(err).code != exitUsage {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := parseChoice([]string{"~m", "("}); explain(err).code != exitUsage {
		t.Errorf("a bad filter: %v", err)
	}
}

func TestNoiseRules(t *testing.T) {
	good := "[tool.snifter.noise]\nheaders = ['X-Trace']\njson = ['/at']\nbody = ['id=\\d+']\n"
	file, err := parseConfig("pyproject.toml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := file.noise()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"X-Trace"}, rules.Headers); diff != "" || len(rules.JSONPaths) != 1 || len(rules.Body) != 1 {
		t.Errorf("%+v %s", rules, diff)
	}
	for _, bad := range []string{"noise = 1", "[tool.snifter.noise]\nhaders = []", "[tool.snifter.noise]\nheaders = 'x'",
		"[tool.snifter.noise]\nheaders = [1]", "[tool.snifter.noise]\njson = ['at']", "[tool.snifter.noise]\nbody = ['(']"} {
		if !strings.HasPrefix(bad, "[") {
			bad = "[tool.snifter]\n" + bad
		}
		file, err := parseConfig("pyproject.toml", []byte(bad))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.noise(); err == nil || explain(err).code != exitUsage || explain(err).where == "" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
