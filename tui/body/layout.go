package body

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"strings"
)

// MaxPretty is the size up to which JSON is laid out anew; beyond it is shown as it came.
const MaxPretty = 8 << 20

// Lines divides text into lines; a last line end makes no empty line.
func Lines(p []byte) []string {
	s := strings.TrimSuffix(string(p), "\n")
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(l, "\r")
	}
	return lines
}

// Pretty lays JSON out, a value a line. What is no JSON, or several values, one a line, is returned as it came with an
// error that says where.
func Pretty(p []byte) ([]string, error) {
	if len(p) > MaxPretty {
		return Lines(p), fmt.Errorf("over %d MiB: as it came", MaxPretty>>20)
	}
	var out bytes.Buffer
	p = bytes.TrimPrefix(p, []byte("\ufeff"))
	d := json.NewDecoder(bytes.NewReader(p))
	for n := 0; ; n++ {
		var v json.RawMessage
		err := d.Decode(&v)
		if err == io.EOF && n > 0 {
			return Lines(out.Bytes()), nil
		}
		if err != nil {
			return Lines(p), fmt.Errorf("not JSON: %w", err)
		}
		if err := json.Indent(&out, v, "", "  "); err != nil {
			return Lines(p), fmt.Errorf("not JSON: %w", err)
		}
		out.WriteByte('\n')
	}
}

// Field is a field of a form.
type Field struct {
	Name, Value string
	// About is what else is said of it: a file's name, type and size.
	About string
}

// FormFields takes an urlencoded form apart, in its order. What is not encoded well is kept as it came.
func FormFields(p []byte) []Field {
	var out []Field
	for _, pair := range strings.Split(strings.TrimRight(string(p), "\r\n"), "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		out = append(out, Field{Name: unescape(name), Value: unescape(value)})
	}
	return out
}

func unescape(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	return s
}

// maxParts and maxPart bound what of a multipart body is taken apart.
const (
	maxParts = 1000
	maxPart  = 64 << 10
)

// MultipartFields takes a multipart/form-data body apart. A body that was cut gives the parts before the cut.
func MultipartFields(p []byte, contentType string) ([]Field, error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, fmt.Errorf("multipart: %w", err)
	}
	r := multipart.NewReader(bytes.NewReader(p), params["boundary"])
	var out []Field
	for len(out) < maxParts {
		part, err := r.NextRawPart()
		if err == io.EOF { // the reader takes a body that was cut for one that ended
			if !bytes.Contains(p, []byte("--"+params["boundary"]+"--")) {
				return out, errors.New("multipart: the body ends early")
			}
			return out, nil
		}
		if err != nil {
			return out, fmt.Errorf("multipart: part %d: %w", len(out)+1, err)
		}
		f, err := fieldOf(part)
		out = append(out, f)
		if err != nil {
			return out, fmt.Errorf("multipart: part %d: %w", len(out), err)
		}
	}
	return out, fmt.Errorf("multipart: more than %d parts", maxParts)
}

func fieldOf(part *multipart.Part) (Field, error) {
	value, err := io.ReadAll(io.LimitReader(part, maxPart))
	rest, restErr := io.Copy(io.Discard, part)
	if err == nil {
		err = restErr
	}
	size := int64(len(value)) + rest
	f := Field{Name: part.FormName(), Value: string(value)}
	var about []string
	if name := part.FileName(); name != "" {
		about = append(about, fmt.Sprintf("file %q", name))
	}
	if t := part.Header.Get(textproto.CanonicalMIMEHeaderKey("Content-Type")); t != "" {
		about = append(about, t)
	}
	if len(about) > 0 || rest > 0 {
		about = append(about, fmt.Sprintf("%d bytes", size))
	}
	if binary(value) {
		f.Value = hex.EncodeToString(value[:min(len(value), 32)])
		if len(value) > 32 {
			f.Value += "..."
		}
		about = append(about, "hexadecimal")
	}
	f.About = strings.Join(about, ", ")
	return f, err
}

// MaxHex is how much of a binary body is dumped.
const MaxHex = 1 << 20

// Hex dumps bytes: offset, sixteen bytes (eight where narrow), and their characters.
func Hex(p []byte, narrow bool) []string {
	const digits = "0123456789abcdef"
	per := 16
	if narrow {
		per = 8
	}
	cut := len(p) > MaxHex
	if cut {
		p = p[:MaxHex]
	}
	out := make([]string, 0, len(p)/per+2)
	for at := 0; at < len(p); at += per {
		row := p[at:min(at+per, len(p))]
		b := make([]byte, 0, 80)
		b = fmt.Appendf(b, "%06x  ", at)
		for i := range per {
			if i == 8 {
				b = append(b, ' ')
			}
			if i < len(row) {
				b = append(b, digits[row[i]>>4], digits[row[i]&15], ' ')
			} else {
				b = append(b, "   "...)
			}
		}
		b = append(b, ' ')
		for _, c := range row {
			if c < 0x20 || c > 0x7e {
				c = '.'
			}
			b = append(b, c)
		}
		out = append(out, string(b))
	}
	if cut {
		out = append(out, fmt.Sprintf("... the first %d KiB", MaxHex>>10))
	}
	return out
}
