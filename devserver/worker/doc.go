// Package worker runs the child processes that hold the application, and carries requests to them and their answers
// back, by the protocol of package wire. It knows two kinds: a Python worker (the bridge of package python), and a Go
// program that serves by package wsgi. Both are a [Worker]; only how they are started differs ([Start], [Python]).
//
// Nothing here blocks whoever calls: requests and pieces of bodies are queued and sent together, answers are handed to
// the [Receiver] of their request on the worker's one reading goroutine.
//
// No child outlives the server: a worker exits when its socket ends, its process group is killed on Kill, and a child
// that is stuck is killed by what the operating system offers (the parent-death signal on Linux, the zygote's watch
// over its children, a job object on Windows).
package worker
