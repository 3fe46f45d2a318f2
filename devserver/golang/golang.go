// Package golang builds Go applications: it finds the main package, runs the go command, and reads what the compiler
// says into positions.
package golang

import (
	"context"
	"time"
)

// Options says what to build.
type Options struct {
	// Dir is the folder to start from; "" is the working folder.
	Dir string
	// Package is a folder ("./cmd/site"), a .go file, a module's root, or an import path; "" is Dir itself.
	Package string
	// Env is the environment of the go command; nil is the process's own.
	Env []string
	// Output is the folder to put the program in; "" makes a private temporary one.
	Output string
}

// Binary is a program that was built.
type Binary struct {
	// Path is the program.
	Path string
	// Package is what it was built from: the import path, its folder, and the root of its module.
	Package    string
	PackageDir string
	ModuleRoot string
	// Took is how long the go command took.
	Took time.Duration
}

// Position is a place in a source file that the compiler complains of.
type Position struct {
	File    string // absolute
	Line    int
	Column  int
	Message string
	// Source is the line, trimmed. Context is some lines around it, the first of them numbered ContextFrom.
	Source      string
	Context     []string
	ContextFrom int
}

// CompileError is a build that failed.
type CompileError struct {
	Package   string
	Positions []Position
	// Output is what the go command printed.
	Output string
}

func (e *CompileError) Error() string { return e.Output }

// Build builds the package.
func Build(ctx context.Context, opts Options) (*Binary, error) { return nil, nil }

// Files is what a build is made from and can change: what to watch.
type Files struct {
	// Sources are the Go and other source files, module files and embedded files, absolute.
	Sources []string
	// Dirs are the folders that hold them.
	Dirs []string
}

// List lists the files of the package and of what it imports from the module, its workspace and local replacements.
func List(ctx context.Context, opts Options) (*Files, error) { return nil, nil }
