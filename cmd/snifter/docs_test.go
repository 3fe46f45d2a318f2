package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func commands(root *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, c := range root.Commands() {
		if !c.Hidden {
			all = append(all, c)
		}
	}
	return all
}

func helpOf(t *testing.T, args ...string) string {
	t.Helper()
	var out, messages bytes.Buffer
	std := stdio{out: &out, err: &messages, dir: t.TempDir()}
	if code := run(t.Context(), append(args, "--help"), std); code != exitOK || messages.Len() > 0 {
		t.Fatalf("%v --help: exit code %d, %s", args, code, &messages)
	}
	return out.String()
}

func TestHelp(t *testing.T) {
	root := newRoot(stdio{})
	help := helpOf(t)
	if lines := strings.Count(help, "\n"); lines > 40 {
		t.Errorf("the root's help is %d lines long: not one screen", lines)
	}
	for _, c := range commands(root) {
		if c.Example == "" || !strings.Contains(c.Example, "snifter "+c.Name()) {
			t.Errorf("%s has no example", c.Name())
		}
		if c.GroupID == "" {
			t.Errorf("%s is in no group", c.Name())
		}
		if !strings.Contains(help, "  "+strings.TrimPrefix(c.UseLine(), "snifter ")) {
			t.Errorf("%s is not in the root's help", c.Name())
		}
		for line := range strings.Lines(helpOf(t, c.Name())) {
			if len([]rune(line)) > 121 {
				t.Errorf("%s --help has a line of %d columns: %s", c.Name(), len([]rune(line)), line)
			}
		}
	}
}

// TestReadmeIsFresh holds the README's tables of commands and flags to what the program says.
func TestReadmeIsFresh(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	root := newRoot(stdio{})
	var want bytes.Buffer
	writeCommands(&want, root)
	for _, block := range []string{want.String(), flagsOf(t, root, "run"), flagsOf(t, root, "replay")} {
		block = strings.TrimSpace(block)
		if !strings.Contains(string(text), block) {
			t.Errorf("the README lacks this, as it is now:\n%s", block)
		}
	}
}

// TestHelpTellsSettings: what a command's help says of variables and keys holds for each of its flags.
func TestHelpTellsSettings(t *testing.T) {
	root := newRoot(stdio{})
	for _, c := range root.Commands() {
		help := flagsOf(t, root, c.Name())
		end := strings.TrimSpace(help[strings.LastIndex(help, "\n\n")+1:])
		rule, _, there := strings.Cut(end, " also an environment variable")
		named := map[string]bool{}
		for word := range strings.FieldsSeq(rule) {
			named[strings.TrimSuffix(word, ",")] = true
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden || f.Name == "help" {
				return
			}
			said := there && named["--"+f.Name] != strings.HasPrefix(rule, "Each flag")
			if said != isSetting(f) {
				t.Errorf("snifter %s --%s is a setting: %v, and the help says %v: %s", c.Name(), f.Name, isSetting(f), said, end)
			}
		})
	}
}

// flagsOf is the part of a command's help that lists its own flags.
func flagsOf(t *testing.T, root *cobra.Command, name string) string {
	t.Helper()
	c, _, err := root.Find([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	writeFlags(&b, c)
	return b.String()
}

func TestCrashIsNoStackTrace(t *testing.T) {
	for _, debug := range []string{"", "1"} {
		var messages bytes.Buffer
		std := stdio{err: &messages, environ: []string{"SNIFTER_DEBUG=" + debug}}
		if code := reportCrash(std, "index out of range", []byte("goroutine 1 [running]:\n")); code == exitOK {
			t.Error("a crash is not fine")
		}
		if got := strings.Contains(messages.String(), "goroutine"); got != (debug == "1") {
			t.Errorf("SNIFTER_DEBUG=%s: %s", debug, &messages)
		}
		if !strings.HasPrefix(messages.String(), "snifter: ") {
			t.Error(messages.String())
		}
	}
}
