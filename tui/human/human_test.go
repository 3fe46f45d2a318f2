package human_test

import (
	"testing"

	"github.com/snifter-dev/snifter/tui/human"
)

func TestMillis(t *testing.T) {
	for ms, want := range map[float64]string{
		0: "0µs", 0.34: "340µs", 0.9994: "999µs", 0.9999: "1.00ms", 4.2: "4.20ms", 9.999: "10.0ms", 41: "41.0ms",
		120.4: "120ms", 999.9: "1.00s", 1250: "1.25s", 59940: "59.9s", 59990: "1m00s", 123000: "2m03s", 3.7e6: "1h01m",
		-1: "0µs",
	} {
		if got := human.Millis(ms); got != want {
			t.Errorf("Millis(%v) = %q, want %q", ms, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 13: "13", 999: "999", 1000: "1.0k", 1229: "1.2k", 10189: "10k", 348160: "340k", 1023999: "1.0M",
		4300000: "4.1M", 1 << 40: "1.0T", 1<<63 - 1: "8192P",
	} {
		if got := human.Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 2: "2 bytes", 2560: "2.5k bytes"} {
		if got := human.Size(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1204: "1,204", 1000000: "1,000,000", -1204: "-1,204", -120: "-120"} {
		if got := human.Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
	if got := human.Of(1, "chunk") + ", " + human.Of(2, "chunk"); got != "1 chunk, 2 chunks" {
		t.Error(got)
	}
}

func TestSource(t *testing.T) {
	for file, want := range map[string]string{
		"/srv/app.py": "/srv/app.py",
		"/srv/.venv/lib/python3.11/site-packages/werkzeug/middleware/proxy_fix.py": "site-packages/werkzeug/middleware/proxy_fix.py",
		"/home/me/go/pkg/mod/github.com/go-chi/chi/v5@v5.2.0/mux.go":               "pkg/mod/github.com/go-chi/chi/v5@v5.2.0/mux.go",
	} {
		if got := human.Source(file); got != want {
			t.Errorf("Source(%q) = %q, want %q", file, got, want)
		}
	}
}

func TestAsUTF8(t *testing.T) {
	for native, want := range map[string]string{
		"": "", "plain": "", "caf\u00c3\u00a9": "café", "caf\u00e9": "", "\u00e6\u0097\u00a5": "日", "日": "",
	} {
		if got, differs := human.AsUTF8(native); differs != (want != "") || differs && got != want {
			t.Errorf("AsUTF8(%q) = %q, %v; want %q", native, got, differs, want)
		}
	}
}
