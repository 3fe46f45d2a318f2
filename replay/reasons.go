package replay

import (
	"fmt"
	"strings"

	"github.com/snifter-dev/snifter/recorder"
)

// reasons puts the differences into a few words each, those of the body into one reason. Where all are noise, the
// reasons are what was masked.
func reasons(parts []Difference, isBroken bool) []string {
	var out, masked []string
	var body []*Difference
	for i := range parts {
		d := &parts[i]
		switch {
		case d.Noise:
			masked = append(masked, place(d))
		case d.Part == "body":
			body = append(body, d)
		case isBroken && (d.Part == "exception" || d.Part == "status"): // said already
		default:
			out = append(out, reason(d))
		}
	}
	if len(body) > 0 {
		text := reason(body[0])
		if n := len(body) - 1; n > 0 {
			text += fmt.Sprintf(" (and %d more)", n)
		}
		out = append(out, text)
	}
	if len(out) == 0 && len(masked) > 0 && !isBroken {
		const shown = 5
		text := strings.Join(masked[:min(shown, len(masked))], ", ")
		if n := len(masked) - shown; n > 0 {
			text += fmt.Sprintf(" and %d more", n)
		}
		return []string{"masked: " + text}
	}
	return out
}

func place(d *Difference) string {
	switch {
	case d.Part == "header", d.Where == "":
		return strings.TrimSpace(strings.TrimPrefix(d.Part, "header") + d.Where)
	case d.Part == "lint", d.Part == "exception", d.Part == "chunks":
		return d.Part + " (" + d.Where + ")"
	}
	return d.Part + " " + d.Where
}

func reason(d *Difference) string {
	const shown = 60
	if secret(d) {
		return place(d) + " " + d.Kind
	}
	old, now := clipLine(d.Old, shown), clipLine(d.New, shown)
	switch d.Kind {
	case "added":
		return fmt.Sprintf("%s added: %s", place(d), now)
	case "removed":
		return fmt.Sprintf("%s removed: %s", place(d), old)
	}
	return fmt.Sprintf("%s: %s -> %s", place(d), old, now)
}

// secret says that a difference is one between secrets. Reasons go to logs and other programs, so they do without the
// values; the difference itself has them.
func secret(d *Difference) bool {
	switch d.Part {
	case "stage":
		_, what, _ := strings.Cut(d.Where, ": ")
		name, _, _ := strings.Cut(strings.TrimPrefix(what, "environ "), ":")
		return recorder.IsSecret(name) || quotesSecret(what) || quotesSecret(d.Old) || quotesSecret(d.New)
	case "header":
		name, _, _ := strings.Cut(d.Where, ":")
		return recorder.IsSecret(name) || recorder.HoldsSecret(d.Old) || recorder.HoldsSecret(d.New)
	case "lint": // a message may quote a header
		return quotesSecret(d.Old) || quotesSecret(d.New)
	case "body":
		return recorder.IsSecret(d.Where) || recorder.HoldsSecret(d.Old) || recorder.HoldsSecret(d.New)
	}
	return false
}

// quotesSecret says that a message holds a secret, or speaks of a header that does.
func quotesSecret(message string) bool {
	return recorder.HoldsSecret(message) || strings.Contains(strings.ToLower(message), "cookie") ||
		strings.Contains(message, "Authorization")
}

// clipLine is the first line of a text, of at most n bytes.
func clipLine(s string, n int) string {
	first, _, more := strings.Cut(s, "\n")
	first = clip(first, n)
	if more && !strings.HasSuffix(first, "...") {
		first += " ..."
	}
	return first
}
