package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

// TestJSONDrivesNoTerminal: JSON is printed to terminals too, and some take C1 characters for the begin of a command.
func TestJSONDrivesNoTerminal(t *testing.T) {
	const hostile = "\x1b]52;c;x\a \u009b31m \u009d52;c;x\u009c \x7f \u202edrawkcab \U000e0001 <b> naïve 日本"
	var out bytes.Buffer
	if err := writeJSON(&out, map[string]string{"text": hostile}); err != nil {
		t.Fatal(err)
	}
	for _, r := range strings.TrimSuffix(out.String(), "\n") {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			t.Errorf("%U reaches the terminal: %q", r, out.String())
		}
	}
	if !strings.Contains(out.String(), "<b> naïve 日本") {
		t.Errorf("plain text is escaped: %s", out.String())
	}
	var back map[string]string
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["text"] != hostile {
		t.Errorf("it reads back as %q, %v", back["text"], err)
	}
}
