//go:build !unix

package wsgi

// closeOnExec does nothing: descriptors are handed down on Unix alone.
func closeOnExec(int) {}
