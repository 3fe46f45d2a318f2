// Package worker runs child processes that hold one build of an application each, and passes requests to them by the
// protocol of package wire. Both kinds of child, Python and Go, are served alike.
package worker
