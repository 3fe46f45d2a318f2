package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/snifter-dev/snifter/replay"
)

// The keys of [tool.snifter.noise], lists of texts.
var noiseKeys = []string{"headers", "json", "body"}

// noise reads the rules of [tool.snifter.noise]: headers, names of headers; json, JSON pointers; body, regular
// expressions.
func (c *configFile) noise() (replay.Rules, error) {
	table, ok := c.keys["noise"].(map[string]any)
	if !ok {
		if c.keys["noise"] != nil {
			return replay.Rules{}, c.problem("noise", "a table is needed: [tool.snifter.noise]")
		}
		return replay.ParseRules(nil, nil, nil)
	}
	lists := map[string][]string{}
	for key, value := range table {
		full := "noise." + key
		if !slices.Contains(noiseKeys, key) {
			p := c.problem(full, "there is no such key")
			p.try = []string{"one of " + strings.Join(noiseKeys, ", ")}
			return replay.Rules{}, p
		}
		list, ok := value.([]any)
		if !ok {
			return replay.Rules{}, c.problem(full, "a list of texts is needed")
		}
		for _, v := range list {
			text, ok := v.(string)
			if !ok {
				return replay.Rules{}, c.problem(full, fmt.Sprintf("%v is not a text", v))
			}
			lists[key] = append(lists[key], text)
		}
	}
	rules, err := replay.ParseRules(lists["headers"], lists["json"], lists["body"])
	if err != nil {
		return rules, c.problem("noise", err.Error())
	}
	return rules, nil
}
