// Package wsgitest is the conformance suite: one list of cases over Python and Go workers. It holds the whole way of a
// request, from the bytes on a socket through a real server and a real worker to the bytes that come back, and what
// was recorded of it, to PEP 3333 and to RFC 9110 and 9112.
//
// [Cases] is the list: a case is what a client sends and what must come back, step by step, with the rule that it stands
// for. [Run] takes a [Server] through it. The applications are fixtures, one a behaviour, in both languages under the same
// names: testdata/python and internal/fixture; the field X-App of a request names one.
//
// A Validated server wraps the fixtures, where they keep the rules themselves, into the language's own validator
// (wsgiref.validate, wsgi.Validator), which must find nothing in what the server passes.
package wsgitest
