package replay

// Verdict is what comparing a replayed exchange with its origin found.
type Verdict string

// The verdicts, from best to worst.
const (
	Same    Verdict = "same"
	Noise   Verdict = "noise"
	Changed Verdict = "changed"
	Broken  Verdict = "broken"
)

// Outcome is the verdict on one replayed exchange.
type Outcome struct {
	ID      uint64   `json:"id"`     // the replayed exchange; 0 where none came about
	Origin  uint64   `json:"origin"` // the exchange it was made from
	Verdict Verdict  `json:"verdict"`
	Reasons []string `json:"reasons"`
	// Again is the second replay, which noise was learned from, and Whole the one through all stages that one with some of them
	// left out is compared with, too; 0 where none was made.
	Again uint64 `json:"again,omitempty"`
	Whole uint64 `json:"whole,omitempty"`
	// Worth is what the stages were worth that the replay has left out; nil where it has left out none.
	Worth *Worth `json:"worth,omitempty"`
}

// Comparison is two exchanges held against each other.
type Comparison struct {
	A       uint64       `json:"a"`
	B       uint64       `json:"b"`
	Verdict Verdict      `json:"verdict"`
	Reasons []string     `json:"reasons"`
	Parts   []Difference `json:"parts"`
	// Worth is that of an Outcome.
	Worth *Worth `json:"worth,omitempty"`
	// Found says of a replay through all stages which of them makes the difference, as a Bisection does.
	Found []string `json:"found,omitempty"`
}

// Difference is one place where two exchanges differ.
type Difference struct {
	// Part is "status", "header", "body", "exception", "lint", "chunks" or "stage"; of a Bisection also "environ" and "request body".
	Part string `json:"part"`
	// Where is the header's name, a JSON pointer into a JSON body, a line of a text body ("line 3"), or the name of a stage
	// and what differs there ("app.Gzip: Content-Encoding").
	Where string `json:"where"`
	Old   string `json:"old"`
	New   string `json:"new"`
	// Kind is "added", "removed" or "changed".
	Kind string `json:"kind"`
	// Noise is true where the difference was masked; NoiseWhy says by what rule.
	Noise    bool   `json:"noise"`
	NoiseWhy string `json:"noise_why,omitempty"`
	// Lines is the line diff of a text body, hunks with context; nil for others.
	Lines []DiffLine `json:"lines,omitempty"`
}

// DiffLine is a line of a diff.
type DiffLine struct {
	Op   string `json:"op"` // " ", "-" or "+"; "@" heads a hunk, or says something about it
	Text string `json:"text"`
	// Marks are the spans of Text, in bytes, that differ from the line that this one took the place of.
	Marks [][2]int `json:"marks,omitempty"`
}
