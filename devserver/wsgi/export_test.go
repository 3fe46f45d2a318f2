package wsgi

// For the tests of package wsgi_test.
var (
	ValidatorTo   = validator
	Address       = address
	IsBytes       = isBytes
	DecodeRequest = decodeRequest
)

// Blind tells of no stages, as SNIFTER_STAGES=0 does.
func Blind(o *options) { o.blind = true }
