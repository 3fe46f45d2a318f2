package body

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"
)

// Kind is how a body is read.
type Kind int

// The kinds.
const (
	Empty Kind = iota
	JSON
	Form
	Multipart
	Text // and every language that is highlighted
	Binary
)

// KindOf tells what a body is, by its Content-Type and, where that says little, by a look at it. Language is chroma's
// name of the language, or "".
func KindOf(p []byte, contentType string) (k Kind, language string) {
	if len(p) == 0 {
		return Empty, ""
	}
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType, _, _ = strings.Cut(contentType, ";")
		mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	}
	if mediaType == "multipart/form-data" && params["boundary"] != "" {
		return Multipart, ""
	}
	if binary(p) {
		return Binary, ""
	}
	switch {
	case mediaType == "application/x-www-form-urlencoded":
		return Form, ""
	case mediaType == "application/json", strings.HasSuffix(mediaType, "+json"):
		return JSON, "json"
	case languages[mediaType] != "":
		return Text, languages[mediaType]
	case strings.HasSuffix(mediaType, "+xml"):
		return Text, "xml"
	case strings.HasPrefix(mediaType, "text/"):
		return Text, ""
	}
	return sniff(p)
}

var languages = map[string]string{
	"text/html": "html", "application/xhtml+xml": "html", "text/xml": "xml", "application/xml": "xml",
	"text/css": "css", "text/javascript": "javascript", "application/javascript": "javascript",
	"application/ecmascript": "javascript", "text/x-python": "python", "text/markdown": "markdown",
	"application/yaml": "yaml", "text/yaml": "yaml", "application/toml": "toml", "application/graphql": "graphql",
	"application/sql": "sql",
}

func sniff(p []byte) (Kind, string) {
	front := bytes.TrimLeft(p[:min(len(p), 512)], " \t\r\n\ufeff")
	switch {
	case bytes.HasPrefix(front, []byte("{")), bytes.HasPrefix(front, []byte("[")):
		return JSON, "json"
	case hasPrefixFold(front, "<!doctype html"), hasPrefixFold(front, "<html"):
		return Text, "html"
	case bytes.HasPrefix(front, []byte("<?xml")):
		return Text, "xml"
	}
	return Text, ""
}

func hasPrefixFold(p []byte, s string) bool {
	return len(p) >= len(s) && strings.EqualFold(string(p[:len(s)]), s)
}

// binary says that bytes are no text: they hold a NUL, or much that is no text in UTF-8.
func binary(p []byte) bool {
	p = p[:min(len(p), 8<<10)]
	bad := 0
	for i := 0; i < len(p); {
		r, n := utf8.DecodeRune(p[i:])
		switch {
		case r == 0:
			return true
		case r == utf8.RuneError && n == 1:
			if len(p)-i >= utf8.UTFMax { // not a character that the limit cut
				bad++
			}
		case r < 0x20 && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != 0x1b:
			bad++
		}
		i += n
	}
	return bad*10 > len(p)
}
