package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/snifter-dev/snifter/devserver/control"
	"github.com/snifter-dev/snifter/recorder"
	"github.com/snifter-dev/snifter/replay"
)

type openOptions struct {
	capture captureOption
	theme   choiceValue
}

func newOpen(std stdio) *cobra.Command {
	o := &openOptions{theme: newTheme()}
	cmd := &cobra.Command{
		Use:     "open [FILE]",
		GroupID: "look",
		Short:   "Open the workbench on a capture",
		Long: "Open the workbench on a capture, without a server: the one named, or the nearest .snifter/capture.db\n" +
			"upward, or that beside the application that is served here, or that of the snifter that runs.",
		Example: "  snifter open\n" +
			"  snifter open yesterday.db",
		Args: argsAtMost(1, "one capture"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := configuredBy(cmd, std)
			if err != nil {
				return err
			}
			if len(args) > 0 {
				o.capture.path = stringValue(args[0])
				makeAbsolute(cmd.Flags().Lookup("capture"), std.dir)
			}
			rules, err := file.noise()
			if err != nil {
				return err
			}
			return o.workbench(cmd, std, rules)
		},
	}
	g := newFlagGroup("Output")
	addTheme(g, &o.theme)
	addGroups(cmd, g, o.capture.readFlags())
	return cmd
}

func (o *openOptions) workbench(cmd *cobra.Command, std stdio, rules replay.Rules) error {
	if !std.screen() {
		return usage("there is no terminal to open the workbench in", "snifter ls", "snifter show ID")
	}
	path, err := o.capture.find(cmd.Context(), std, "")
	if err != nil {
		return err
	}
	// Marking is all that the workbench changes; a capture that can't be written to is shown all the same.
	store, err := recorder.OpenStore(path, recorder.StoreOptions{})
	if errors.Is(err, recorder.ErrReadOnly) {
		store, err = recorder.OpenReadOnly(path)
	}
	if err != nil {
		return err
	}
	defer store.Close()
	backend := control.NewCaptureBackend(store, replay.Options{Noise: rules})
	return openWorkbench(cmd.Context(), control.InProcess(backend), o.theme.word, nil, std)
}
