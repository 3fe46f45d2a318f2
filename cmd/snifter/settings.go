package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/snifter-dev/snifter/tui/near"
)

// A setting is a flag, an environment variable and a key of [tool.snifter] in one: --reload-dir, SNIFTER_RELOAD_DIR,
// reload-dir. The flag counts before the variable, the variable before the file, the file before the default.
//
// What a setting is beyond a pflag.Flag is kept in the flag's annotations.
const (
	annotationPath  = "snifter-path"  // the value is a path: one in pyproject.toml is relative to that file
	annotationValue = "snifter-value" // what the help calls the value
	annotationOnly  = "snifter-only"  // a flag alone, no setting
)

// flagGroup is a titled part of a command's flags.
type flagGroup struct {
	title string
	flags *pflag.FlagSet
}

func newFlagGroup(title string) *flagGroup {
	flags := pflag.NewFlagSet(title, pflag.ContinueOnError)
	flags.SortFlags = false
	return &flagGroup{title: title, flags: flags}
}

// add adds a setting. value is what the help calls the value; "" for a flag that is there or not.
func (g *flagGroup) add(v pflag.Value, name, short, value, usage string) *pflag.Flag {
	f := g.flags.VarPF(v, name, short, usage)
	if b, ok := v.(interface{ IsBoolFlag() bool }); ok && b.IsBoolFlag() {
		f.NoOptDefVal = "true"
	}
	f.Annotations = map[string][]string{annotationValue: {value}}
	return f
}

// addPath adds a setting whose value is a path, or a list of paths.
func (g *flagGroup) addPath(v pflag.Value, name, short, value, usage string) {
	g.add(v, name, short, value, usage).Annotations[annotationPath] = []string{"yes"}
}

// addOnly adds a flag that has neither a variable nor a key.
func (g *flagGroup) addOnly(v pflag.Value, name, short, value, usage string) {
	g.add(v, name, short, value, usage).Annotations[annotationOnly] = []string{"yes"}
}

// variable is the environment variable of a setting.
func variable(name string) string {
	return "SNIFTER_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// isSetting tells a setting from a flag such as --help.
func isSetting(f *pflag.Flag) bool {
	_, known := f.Annotations[annotationValue]
	_, only := f.Annotations[annotationOnly]
	return known && !only
}

// configure fills the settings of a command that its command line does not give, from the environment and from the
// file. It must run before the values are read.
func configure(cmd *cobra.Command, std stdio, file *configFile) error {
	if err := checkKeys(cmd, file); err != nil {
		return err
	}
	return fill(cmd, std, file)
}

// fill does it where the file has keys that the command does not know of.
func fill(cmd *cobra.Command, std stdio, file *configFile) error {
	var first error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if first == nil && isSetting(f) && !givenAsFlag(cmd, f) {
			first = configureOne(f, std, file)
		}
		if _, path := f.Annotations[annotationPath]; path && first == nil {
			makeAbsolute(f, std.dir)
		}
	})
	return first
}

// givenAsFlag tells whether the command line gives a setting, or its opposite (--reload, --no-reload), or what stands in its
// place (--port for --bind).
func givenAsFlag(cmd *cobra.Command, f *pflag.Flag) bool {
	if f.Changed || f.Name == "bind" && (cmd.Flags().Changed("host") || cmd.Flags().Changed("port")) {
		return true
	}
	other := cmd.Flags().Lookup("no-" + f.Name)
	return other != nil && other.Changed
}

func inEnvironment(std stdio, name string) bool {
	text, ok := std.lookupEnv(variable(name))
	return ok && text != ""
}

func configureOne(f *pflag.Flag, std stdio, file *configFile) error {
	if text, ok := std.lookupEnv(variable(f.Name)); ok && text != "" {
		texts := []string{text}
		if _, list := f.Value.(*listValue); list {
			texts = strings.Split(text, ",")
		}
		for _, t := range texts {
			if err := f.Value.Set(strings.TrimSpace(t)); err != nil {
				p := usage(fmt.Sprintf("%s: %v", variable(f.Name), err), "unset "+variable(f.Name)+", or give --"+f.Name)
				p.where = "the environment variable " + variable(f.Name)
				return p
			}
		}
		return nil
	}
	if f.Name == "bind" && (inEnvironment(std, "host") || inEnvironment(std, "port")) {
		return nil // they stand in its place, and count before the file
	}
	texts, ok, err := file.texts(f.Name)
	if err != nil || !ok {
		return err
	}
	_, path := f.Annotations[annotationPath]
	for _, t := range texts {
		if path && t != "" && !filepath.IsAbs(t) {
			t = filepath.Join(filepath.Dir(file.path), t)
		}
		if err := f.Value.Set(t); err != nil {
			return file.problem(f.Name, err.Error())
		}
	}
	return nil
}

// makeAbsolute makes paths stand for the same file wherever they are used: --chdir comes between.
func makeAbsolute(f *pflag.Flag, dir string) {
	abs := func(p string) string {
		if p == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(dir, p)
	}
	switch v := f.Value.(type) {
	case *stringValue:
		*v = stringValue(abs(string(*v)))
	case *listValue:
		for i, p := range *v {
			(*v)[i] = abs(p)
		}
	}
}

// flagError puts what pflag says of a command line into words.
func flagError(cmd *cobra.Command, err error) error {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	try := []string{strings.TrimSpace(cmd.CommandPath() + " --help")}
	switch e := err.(type) {
	case *pflag.NotExistError:
		name := e.GetSpecifiedName()
		if e.GetSpecifiedShortnames() != "" {
			return usage(fmt.Sprintf("there is no flag -%s", name), try...)
		}
		for _, n := range near.Words(name, names) {
			try = append([]string{"--" + n}, try...)
		}
		return usage(fmt.Sprintf("there is no flag --%s", name), try...)
	case *pflag.ValueRequiredError:
		return usage(fmt.Sprintf("--%s needs a value", e.GetFlag().Name), try...)
	case *pflag.InvalidValueError:
		return usage(fmt.Sprintf("--%s: %v", e.GetFlag().Name, e.Unwrap()), try...)
	}
	return usage(err.Error(), try...)
}

// argsAtMost bounds the arguments of a command; what names one.
func argsAtMost(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return usage(fmt.Sprintf("%s takes %s; %q is too many", cmd.CommandPath(), what, args[n]),
			append(nearCommands(cmd, args[0]), cmd.CommandPath()+" --help")...)
	}
}

// argsExactly asks for so many arguments.
func argsExactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return usage(fmt.Sprintf("%s takes %s; %d were given", cmd.CommandPath(), what, len(args)),
			cmd.CommandPath()+" --help")
	}
}

// nearCommands is what to type instead of a word that is near to the name of a command.
func nearCommands(cmd *cobra.Command, word string) []string {
	var names []string
	for _, c := range cmd.Root().Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	var try []string
	if !cmd.HasParent() {
		for _, n := range near.Words(word, names) {
			try = append(try, cmd.Root().Name()+" "+n)
		}
	}
	return try
}
