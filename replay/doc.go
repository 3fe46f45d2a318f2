// Package replay sends recorded requests again and holds what comes back against what was recorded.
//
// A replay goes to an address, by the ordinary door: it is recorded there like any request, as a new exchange with its
// origin's id. [Compare] is pure.
package replay
