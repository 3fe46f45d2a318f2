// Package http1 reads HTTP/1.1 requests strictly (RFC 9112) and writes responses, for a server that shows what came
// over the wire: each head is kept byte for byte, and what is ambiguous is refused, never guessed.
//
// [Server.Serve] owns a listener's connections. A connection has one goroutine, which reads a head, hands it to the
// [Handler] as a [Stream], feeds the body to the stream's [Receiver] as the receiver gives credit, and goes on to
// read the next head while the response may still be under way. The response is written by whoever has it, from any
// goroutine, through the Stream: a write first tries the socket without waiting, so the goroutine that reads a worker
// never waits for a client and no other goroutine has to be woken; what the socket does not take at once is queued and
// written by a goroutine of the connection, and acknowledged to the receiver as it leaves (back-pressure).
//
// Responses go out in the order of their requests; a pipelined request is handed over when the response before it has
// ended, so a connection has at most one open stream.
//
// # What a handler owes
//
// Every stream that was handed over must be ended, by [Stream.End] (or an End flag) or by [Stream.Break], unless
// [Receiver.Gone] was called. The package imports nothing else of the project.
package http1
