package replay

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"
)

// How a replayed request names its origin at a snifter server. The replayer sends, as the first field after the
// request line,
//
//	Snifter-Origin: ID TOKEN [KEY]
//
// and behind them a KEY where the request is to go through the stages otherwise than they were built (see Surgeries). TOKEN
// is a secret of this run that only the server and its replayers know, so that no page in a browser and
// no other client can claim an origin. The server takes the field away before anything else sees the request (the
// recorded head, the environ), sets the exchange's origin, and answers such a request, and no other, with
//
//	Snifter-Exchange: ID
//
// the id of the exchange that the replay became. One that is not answered, since it was aborted by hand at a breakpoint, is
// told so by an interim response. A request whose token is wrong is an ordinary request.
const (
	OriginHeader   = "Snifter-Origin"
	ExchangeHeader = "Snifter-Exchange"
)

// NewToken makes the secret of a run.
func NewToken() string {
	b := make([]byte, 24)
	rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// FormatOrigin is the value of the Snifter-Origin field.
func FormatOrigin(id uint64, token string) string {
	return strconv.FormatUint(id, 10) + " " + token
}

// ParseOrigin reads the value of a Snifter-Origin field. ok is false where it is malformed, or the token is another
// one, or empty.
func ParseOrigin(value, token string) (id uint64, ok bool) {
	number, got, found := strings.Cut(strings.Trim(value, " \t"), " ")
	got, _, _ = strings.Cut(got, " ")
	if !found || token == "" || subtle.ConstantTimeCompare([]byte(got), []byte(token)) != 1 {
		return 0, false
	}
	id, err := strconv.ParseUint(number, 10, 64)
	return id, err == nil && id != 0
}
