package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan(std stdio) *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		GroupID: "more",
		Short:   "Write the manual pages to a folder",
		Example: "  snifter man ~/.local/share/man/man1\n  man snifter-run",
		Args:    argsExactly(1, "the folder to write to"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := args[0]
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(std.dir, dir)
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return fmt.Errorf("the manual pages can't be written: %w", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			header := &doc.GenManHeader{Title: "SNIFTER", Section: "1", Source: "snifter " + version(), Manual: "snifter"}
			if err := doc.GenManTree(root, header, dir); err != nil {
				return fmt.Errorf("the manual pages can't be written: %w", err)
			}
			std.note("the manual pages are in %s", dir)
			return nil
		},
	}
}
