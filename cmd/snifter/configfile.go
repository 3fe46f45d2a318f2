package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/snifter-dev/snifter/devserver/python"
	"github.com/snifter-dev/snifter/tui/near"
)

// configFile is the [tool.snifter] table of a pyproject.toml. The zero value is a file without one.
type configFile struct {
	path string
	keys map[string]any
	// lines says where each key stands, "noise.headers" too.
	lines map[string]int
}

// tablesBesideSettings are the keys of [tool.snifter] that are no settings.
var keysBesideSettings = []string{"app", "noise"}

// findConfig reads the nearest pyproject.toml upward from dir.
func findConfig(dir string) (*configFile, error) {
	for at := range python.Upward(dir) {
		path := filepath.Join(at, "pyproject.toml")
		text, err := os.ReadFile(path)
		if err == nil {
			return parseConfig(path, text)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, &problem{code: exitUsage, what: "the configuration can't be read: " + err.Error(), err: err}
		}
	}
	return &configFile{}, nil
}

func parseConfig(path string, text []byte) (*configFile, error) {
	var document struct {
		Tool struct {
			Snifter map[string]any `toml:"snifter"`
		} `toml:"tool"`
	}
	if err := toml.Unmarshal(text, &document); err != nil {
		p := usage("pyproject.toml is not TOML: " + err.Error())
		p.where, p.err = path, err
		var at *toml.DecodeError
		if errors.As(err, &at) {
			line, column := at.Position()
			p.where = fmt.Sprintf("%s, line %d, column %d", path, line, column)
		}
		return nil, p
	}
	c := &configFile{path: path, keys: map[string]any{}, lines: map[string]int{}}
	for key, value := range document.Tool.Snifter {
		c.keys[dashed(key)] = value
	}
	c.findLines(text)
	return c, nil
}

// dashed is how a key is known: reload_dir is reload-dir.
func dashed(key string) string { return strings.ReplaceAll(key, "_", "-") }

// dir is the folder of the file, that paths in it are relative to.
func (c *configFile) dir() string { return filepath.Dir(c.path) }

// findLines notes the lines of the keys, for messages.
func (c *configFile) findLines(text []byte) {
	var p unstable.Parser
	p.Reset(text)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		var parts []string
		line := 0
		for it := e.Key(); it.Next(); {
			if line == 0 {
				line = p.Shape(it.Node().Raw).Start.Line
			}
			parts = append(parts, string(it.Node().Data))
		}
		key := strings.Join(parts, ".")
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = key + "."
		case unstable.KeyValue:
			key = table + key
		}
		if rest, ok := strings.CutPrefix(key, "tool.snifter."); ok {
			if first, _, _ := strings.Cut(rest, "."); c.lines[dashed(first)] == 0 {
				c.lines[dashed(first)] = line
			}
			c.lines[dashed(rest)] = line
		}
	}
}

// checkKeys refuses keys that no command knows, and lists near ones.
func checkKeys(cmd *cobra.Command, file *configFile) error {
	known := slices.Clone(keysBesideSettings)
	for _, c := range append(cmd.Root().Commands(), cmd.Root()) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if isSetting(f) && !slices.Contains(known, f.Name) {
				known = append(known, f.Name)
			}
		})
	}
	var unknown []string
	for key := range file.keys {
		if !slices.Contains(known, key) {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.SortFunc(unknown, func(a, b string) int { return file.lines[a] - file.lines[b] })
	p := file.problem(unknown[0], "there is no such key")
	if opposite, ok := strings.CutPrefix(unknown[0], "no-"); ok && slices.Contains(known, opposite) {
		p.try = []string{opposite + " = false"}
		return p
	}
	if command := flagAlone(cmd, unknown[0]); command != "" {
		p = file.problem(unknown[0], "it is a flag alone, and no key")
		p.try = []string{command + " --" + unknown[0]}
		return p
	}
	p.try = []string{"snifter run --help lists the flags, and which of them are no keys"}
	if found := near.Words(unknown[0], known); len(found) > 0 {
		p.try = []string{strings.Join(found, ", or ")}
	}
	return p
}

// flagAlone is a command, this one before others, that has a flag of this name which is no setting; "" for none.
func flagAlone(cmd *cobra.Command, name string) string {
	for _, c := range append([]*cobra.Command{cmd}, cmd.Root().Commands()...) {
		if f := c.Flags().Lookup(name); f != nil && f.Annotations[annotationOnly] != nil {
			return c.CommandPath()
		}
	}
	return ""
}

// problem is one with a key of the file.
func (c *configFile) problem(key, what string) *problem {
	p := usage(fmt.Sprintf("[tool.snifter] %s: %s", key, what))
	p.where = c.path
	if line := c.lines[key]; line > 0 {
		p.where += ", line " + strconv.Itoa(line)
	}
	return p
}

// texts returns the value of a key as a command line would give it, a list as several.
func (c *configFile) texts(key string) ([]string, bool, error) {
	value, ok := c.keys[key]
	if !ok {
		return nil, false, nil
	}
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	var texts []string
	for _, v := range list {
		switch v := v.(type) {
		case string:
			texts = append(texts, v)
		case bool:
			texts = append(texts, strconv.FormatBool(v))
		case int64:
			texts = append(texts, strconv.FormatInt(v, 10))
		case float64:
			texts = append(texts, strconv.FormatFloat(v, 'g', -1, 64))
		default:
			return nil, false, c.problem(key, fmt.Sprintf("%v is not a text, a number or true or false", v))
		}
	}
	return texts, true, nil
}

// text returns the value of a key that is one text, "" where the key is not there.
func (c *configFile) text(key string) (string, error) {
	texts, ok, err := c.texts(key)
	if err != nil || !ok {
		return "", err
	}
	if len(texts) != 1 {
		return "", c.problem(key, "one text, not a list")
	}
	return texts[0], nil
}
