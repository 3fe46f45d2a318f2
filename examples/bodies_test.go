package examples_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
)

const gigabyte = 1 << 30

// noise is n bytes that differ from block to block, and are quick to make.
type noise struct {
	n, at int64
}

func (s *noise) Read(p []byte) (int, error) {
	if s.at >= s.n {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), s.n-s.at, 64<<10)]
	mark := fmt.Sprintf("%016x", s.at)
	for n := copy(p, mark); n < len(p); n *= 2 {
		copy(p[n:], p[:n])
	}
	s.at += int64(len(p))
	return len(p), nil
}

const download = `import hashlib
import sys

BLOCK = 1 << 20


def app(environ, start_response):
    count = 1024
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    sha256 = hashlib.sha256()
    for i in range(count):
        block = bytes([i % 251]) * BLOCK
        sha256.update(block)
        yield block
    environ["wsgi.errors"].write(sha256.hexdigest())
`

// A gigabyte goes up, and one comes down, whole and in less than 100 MB of any process.
func TestGigabytes(t *testing.T) {
	dir := t.TempDir()
	snifter.Write(t, filepath.Join(dir, "download.py"), download)
	upload := snifter.Start(t, here(t, "python"), []string{"upload.py", "--capture", filepath.Join(dir, "up.db")})
	c := &http.Client{Timeout: 3 * snifter.Patience}
	defer c.CloseIdleConnections()

	t.Run("up, with a length", func(t *testing.T) { up(t, c, upload, "/", false) })
	t.Run("up, in chunks", func(t *testing.T) { up(t, c, upload, "/chunked", true) })
	t.Run("up and down at once", func(t *testing.T) { echo(t, upload) })
	underLimit(t, upload.PID)

	s := snifter.Start(t, dir, []string{"download.py"})
	t.Run("down", func(t *testing.T) {
		answer, err := c.Get(s.URL + "/")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		h := sha256.New()
		n, err := io.Copy(h, answer.Body)
		if n != gigabyte || err != nil {
			t.Fatalf("%d bytes came, %v", n, err)
		}
		x := s.Show("/", 1)
		sum := hex.EncodeToString(h.Sum(nil))
		if x.Errors != sum || x.Response.Body.SHA256 != sum || x.Response.Body.Size != gigabyte || !x.Response.Body.Cut {
			t.Errorf("the application sent %s, %s came; recorded: %d bytes, %s, cut %v", x.Errors, sum,
				x.Response.Body.Size, x.Response.Body.SHA256, x.Response.Body.Cut)
		}
	})
	underLimit(t, s.PID)
}

func up(t *testing.T, c *http.Client, s *snifter.Server, target string, chunked bool) {
	h := sha256.New()
	request, err := http.NewRequest(http.MethodPut, s.URL+target, io.TeeReader(&noise{n: gigabyte}, h))
	if err != nil {
		t.Fatal(err)
	}
	if !chunked {
		request.ContentLength = gigabyte
	}
	answer, err := c.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var got struct {
		Bytes  int64
		SHA256 string
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	sum := hex.EncodeToString(h.Sum(nil))
	if got.Bytes != gigabyte || got.SHA256 != sum {
		t.Errorf("%d bytes of %s came, want %s", got.Bytes, got.SHA256, sum)
	}
	x := s.Show(target, 1)
	if b := x.Request.Body; b.Size != gigabyte || b.SHA256 != sum || !b.Cut {
		t.Errorf("recorded: %d bytes, %s, cut %v", b.Size, b.SHA256, b.Cut)
	}
}

// echo sends a gigabyte and reads it back at the same time, as a client of net/http's would not.
func echo(t *testing.T, s *snifter.Server) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(3 * snifter.Patience))
	there := make(chan string, 1)
	go func() {
		h := sha256.New()
		fmt.Fprintf(conn, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", gigabyte)
		if _, err := io.Copy(conn, io.TeeReader(&noise{n: gigabyte}, h)); err != nil {
			t.Error(err)
		}
		there <- hex.EncodeToString(h.Sum(nil))
	}()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	n, err := io.Copy(h, answer.Body)
	if n != gigabyte || err != nil {
		t.Errorf("%d bytes came back, %v", n, err)
	}
	if back, sent := hex.EncodeToString(h.Sum(nil)), <-there; back != sent {
		t.Errorf("%s was sent, %s came back", sent, back)
	}
}

// paced is the example that streams, which says the next thing when it is told to go on.
const paced = `import threading

import stream

goes_on = threading.Semaphore(0)


def app(environ, start_response):
    if environ["PATH_INFO"] == "/go":
        start_response("200 OK", [])
        goes_on.release()
        return []
    return each(stream.app(environ, start_response))


def each(blocks):
    for block in blocks:
        yield block
        goes_on.acquire()
`

// What streams arrives at the application's pace: each chunk is there before the next is asked for. The record has the
// same boundaries.
func TestStreamKeepsPaceAndBoundaries(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	snifter.Write(t, filepath.Join(dir, "app.py"), paced)
	s := snifter.Start(t, dir, []string{"app.py", "--app-dir", here(t, "python")})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const count = 6
	_ = conn.SetDeadline(time.Now().Add(snifter.Patience))
	target := fmt.Sprintf("/?count=%d&pause=0", count)
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", target)
	lines := bufio.NewReader(conn)
	if _, err := http.ReadResponse(lines, nil); err != nil {
		t.Fatal(err)
	}
	// The body is read as it is on the wire: a line with the size of each HTTP chunk, and the chunk.
	var sizes []int
	for {
		var size int
		if _, err := fmt.Fscanf(lines, "%x\r\n", &size); err != nil {
			t.Fatal(err)
		}
		if size == 0 {
			break
		}
		if _, err := lines.Discard(size + 2); err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, size)
		s.Client().Get("/go")
	}
	if len(sizes) != count {
		t.Fatalf("%d chunks on the wire: %v", len(sizes), sizes)
	}
	x := s.Show(target, 1)
	var recorded []int
	for i, c := range x.Response.Chunks {
		recorded = append(recorded, c.Size)
		if i > 0 && c.At < x.Response.Chunks[i-1].At {
			t.Errorf("chunk %d is recorded at %g ms, the one before at %g ms", i+1, c.At, x.Response.Chunks[i-1].At)
		}
	}
	if diff := cmp.Diff(sizes, recorded); diff != "" {
		t.Errorf("chunks (-wire +recorded)\n%s", diff)
	}
}
