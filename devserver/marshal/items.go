package marshal

// Items reads one dict with text keys from the front of p, calls f for each item in its order, and returns what follows
// the dict. It is DecodeDict for where a dict is read with every request: all its texts share one copy of p.
func Items(p []byte, f func(key string, value any)) (rest []byte, err error) {
	r := reader{p: p, shared: string(p)}
	code, err := r.take(1)
	if err != nil {
		return p, err
	}
	if code[0]&^flagRef != typeDict {
		r.at--
		return p, r.fail("no dict")
	}
	if code[0]&flagRef != 0 {
		r.refs = append(r.refs, nil)
	}
	for {
		key, end, err := r.key()
		if err != nil {
			return p, err
		}
		if end {
			return p[r.at:], nil
		}
		value, err := r.value(1)
		if err != nil {
			return p, err
		}
		if _, null := value.(nullValue); null {
			return p, r.fail("a key without a value")
		}
		f(key, value)
	}
}

// key reads a text key, or the end of the dict.
func (r *reader) key() (key string, end bool, err error) {
	code, err := r.take(1)
	if err != nil {
		return "", false, err
	}
	switch code[0] {
	case typeText, typeInterned, typeASCII, typeASCIIInt, typeShort, typeShortInt:
		key, err = r.text(code[0])
		return key, false, err
	}
	r.at-- // one that is referred to, or refers, or is none
	v, err := r.value(1)
	if err != nil {
		return "", false, err
	}
	switch v := v.(type) {
	case string:
		return v, false, nil
	case nullValue:
		return "", true, nil
	}
	return "", false, r.fail("a key that is no text")
}
