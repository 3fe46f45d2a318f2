package wsgi

import "testing"

// What is said of a status with next to no reason is true.
func TestShortReasons(t *testing.T) {
	for status, want := range map[string]string{
		"502 ": `the status has no reason: "502 "`, "502 C": `the status has hardly a reason: "502 C"`, "502 OK": "",
	} {
		got := ""
		headFindings(status, 502, Headers{{contentType, "text/plain"}}, func(f finding) { got += f.message })
		if got != want {
			t.Errorf("%q: %s", status, got)
		}
	}
}
