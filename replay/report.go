package replay

import "io"

// ReportOptions say how a report is written.
type ReportOptions struct {
	Color bool
	// Width is the terminal's width; 0 is 100.
	Width int
	// Noise shows masked differences too; without it they are counted.
	Noise bool
}

// WriteReport writes the differences of one comparison for people.
func WriteReport(w io.Writer, o Outcome, c *Comparison, opts ReportOptions) error { return nil }
