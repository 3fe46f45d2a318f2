package recorder

// Query chooses rows by id, keyset by keyset.
type Query struct {
	Filter *Filter // nil takes all
	// Before takes only smaller ids, After only larger ones; 0 is no bound.
	Before, After uint64
	Limit         int // 0 is 500
	// Oldest takes the oldest that match instead of the newest. The page is newest first all the same.
	Oldest bool
}

// Page is a part of a list, newest first.
type Page struct {
	Rows []Row
	// More is true where more match beyond the end at which the limit cut.
	More bool
}
