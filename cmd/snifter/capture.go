package main

import (
	"path/filepath"
)

// captureOption is --capture, which all commands that read or write a capture take.
type captureOption struct {
	path stringValue
}

func (o *captureOption) addTo(g *flagGroup, usage string) {
	g.addPath(&o.path, "capture", "", "FILE", usage)
}

// captureName is where a capture lies, relative to the application's folder, unless it is named.
var captureName = filepath.Join(".snifter", "capture.db")
