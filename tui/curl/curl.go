// Package curl writes an exchange's request as a command line that sends it again.
package curl

import (
	"strings"
	"unicode/utf8"

	"github.com/snifter-dev/snifter/devserver/marshal"
	"github.com/snifter-dev/snifter/recorder"
)

// Command is the command line, for a POSIX shell. Base is the server's address; headers that
// curl sends by itself in the same way are left out.
func Command(x *recorder.Exchange, base string) string {
	r := &x.Request
	target := r.Target
	if !strings.HasPrefix(target, "/") {
		target = "/" + strings.TrimPrefix(target, "*")
	}
	parts := []string{"curl", quote(strings.TrimSuffix(base, "/") + raw(target))}
	hasBody := r.Body.Size > 0
	if !(r.Method == "GET" && !hasBody || r.Method == "POST" && hasBody) {
		parts = append(parts, "-X "+quote(raw(r.Method)))
	}
	for _, h := range r.Headers {
		switch strings.ToLower(h[0]) {
		case "host", "content-length", "transfer-encoding", "connection", "expect":
			continue
		}
		parts = append(parts, "-H "+quote(raw(h[0])+": "+raw(h[1])))
	}
	if hasBody {
		parts = append(parts, "--data-binary "+Quote(r.Body.Bytes))
	}
	command := strings.Join(parts, " \\\n  ")
	if r.Body.Cut {
		command = "# the body was cut when it was recorded\n" + command
	}
	return command
}

// raw gives native text its own bytes back.
func raw(s string) string {
	if p, ok := marshal.Bytes(s); ok {
		return string(p)
	}
	return s
}

func quote(s string) string { return Quote([]byte(s)) }

// Word is a text as one word of a POSIX shell, quoted where it needs to be.
func Word(s string) string {
	if s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+/:@%") != "" {
		return quote(s)
	}
	return s
}

// Quote quotes for a POSIX shell; what is no printable text goes into bash's and zsh's $'...'.
func Quote(p []byte) string {
	plain := utf8.Valid(p)
	for _, c := range p {
		if c < 0x20 && c != '\n' || c == 0x7f {
			plain = false
		}
	}
	if plain {
		return "'" + strings.ReplaceAll(string(p), "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range p {
		switch {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20 || c >= 0x7f:
			const digits = "0123456789abcdef"
			b.WriteString(`\x` + string(digits[c>>4]) + string(digits[c&15]))
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
