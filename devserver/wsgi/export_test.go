package wsgi

// For the tests of package wsgi_test.
var (
	ValidatorTo   = validator
	Address       = address
	IsBytes       = isBytes
	DecodeRequest = decodeRequest
)
