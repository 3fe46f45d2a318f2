package control

import "github.com/snifter-dev/snifter/replay"

// What replays found, under the names by which users of this package (the workbench) know it.
type (
	// Verdict is replay.Verdict.
	Verdict = replay.Verdict
	// Outcome is replay.Outcome.
	Outcome = replay.Outcome
	// Comparison is replay.Comparison.
	Comparison = replay.Comparison
	// Difference is replay.Difference.
	Difference = replay.Difference
	// DiffLine is replay.DiffLine.
	DiffLine = replay.DiffLine
	// Surgery is replay.Surgery.
	Surgery = replay.Surgery
	// Worth is replay.Worth.
	Worth = replay.Worth
)
