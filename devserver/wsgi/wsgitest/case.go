package wsgitest

import "slices"

// Case is one rule seen from outside.
type Case struct {
	Name string
	// Rule is what it stands for, with where that is written.
	Rule  string
	Setup Setup
	// Steps are taken one after the other on one connection.
	Steps []Step
	// Records are what must be recorded of the exchanges of that connection, in their order. Without any, each
	// response that the steps want has an ordinary exchange.
	Records []Record
	// After are steps on a connection of their own, once all is recorded.
	After []Step
	// Log is text that the server must log.
	Log string

	// Quick cases are taken on every Python that there is.
	Quick bool
	// Breach says that the application breaks the rules, so that a validator would end it.
	Breach bool
	// NotValidated says why a case that breaks no rule is not taken with a validator.
	NotValidated string
	// PythonOnly says why the case can't be in Go.
	PythonOnly string
	// GoOnly says why the case can't be in Python.
	GoOnly string
}

// Setup is how the server of a case is made.
type Setup string

// The setups.
const (
	Plain    Setup = ""         // over TCP on the loopback, 8 threads
	TLS      Setup = "tls"      // over TLS
	Unix     Setup = "unix"     // over a Unix socket
	Single   Setup = "single"   // with one thread
	Many     Setup = "many"     // with two worker processes
	Trusting Setup = "trusting" // X-Forwarded-* of the loopback is believed
	Tight    Setup = "tight"    // limits that can be met within a test: see limits
)

var setups = []Setup{Plain, TLS, Unix, Single, Many, Trusting, Tight}

// Record is what must be recorded of one exchange. What a zero field means stands with it.
type Record struct {
	// Refused is a part of the reason why the server itself refused the request; "": it came to the application.
	Refused string
	// Unanswered: the client got no response, or did not take it.
	Unanswered bool
	// Aborted is a part of the reason why the exchange did not come to its end; "": it did.
	Aborted string
	// Gone: the exchange ended since the client went.
	Gone bool
	// Lint are the rules that were broken, in their order; none. Also are those that may be found besides, as it depends on
	// how close a look is taken.
	Lint, Also []string
	// Raised is the exception; none. RaisedOrNot: whether there is one depends on what the worker heard of first.
	Raised      *Raised
	RaisedOrNot bool
	// Withheld are the names of fields that did not reach the environ; none.
	Withheld []string
	// Chunks are the blocks as the application gave them, "yield 5", "write 3"; not looked at.
	Chunks []string
	// Body is the body of the request; not looked at.
	Body string
	// Errors is what was written to wsgi.errors; nothing. ErrorLines are its lines where they may come in any order.
	Errors     string
	ErrorLines []string
	// Output is what was printed, "stdout: text"; nothing.
	Output []string
}

// Raised is an exception.
type Raised struct {
	Where      string // "call", "iterate", "close"
	Python, Go string // its type in either language
}

// Cases returns the list.
func Cases() []Case {
	return slices.Concat(
		environCases(), fieldCases(), inputCases(), brokenCases(), errorsCases(), startCases(), headCases(), writeCases(),
		bodyCases(), endCases(), failureCases(), connectionCases(), refusedCases(), limitCases(),
	)
}
