package http1_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snifter-dev/snifter/devserver/http1"
)

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// buffer is a log that can be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestTLS(t *testing.T) {
	cert, pool := certificate(t)
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	for _, wrapped := range []bool{false, true} {
		log := &buffer{}
		a := &app{}
		serve := func(handshake time.Duration) (addr string) {
			srv := &http1.Server{Handler: a, Log: slog.New(slog.NewTextHandler(log, nil)),
				Limits: http1.Limits{Handshake: handshake}}
			l := loopback(t)
			addr = l.Addr().String()
			if wrapped {
				l = tls.NewListener(l, config)
			} else {
				srv.TLS = config
			}
			run(t, srv, l)
			return addr
		}
		addr := serve(patience)

		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
		client := &http.Client{Transport: transport, Timeout: patience}
		for range 3 {
			body := strings.Repeat("secret ", 20000)
			resp, err := client.Post("https://"+addr+"/x", "a/b", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || resp.ProtoMajor != 1 || string(b) != `POST /x "`+body+`"` {
				t.Errorf("%s, %v, %d bytes", resp.Proto, err, len(b))
			}
		}
		transport.CloseIdleConnections()

		// A response whose end is the connection's end, and a connection that the server closes.
		c, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: pool})
		if err != nil {
			t.Fatal(err)
		}
		send(t, c, "GET / HTTP/1.0\r\n\r\n")
		if s := statuses(answers(c)); s != "200" {
			t.Errorf("answered %q", s)
		}
		c.Close()

		// Plain HTTP on this port is told so.
		if got := ask(t, addr, "GET / HTTP/1.1\r\n"+host+"\r\n"); !strings.HasPrefix(got, "HTTP/1.1 400 ") {
			t.Errorf("plain HTTP: %q", got)
		}
		if !strings.Contains(log.String(), "http://") {
			t.Errorf("the log says nothing of plain HTTP: %s", log)
		}
		// A client that never shakes hands is let go.
		if _, err := io.ReadAll(dial(t, serve(50*time.Millisecond))); err != nil {
			t.Errorf("a silent client: %v", err)
		}
	}
}

// TestTLSOnPlainPort: the log says what has happened, and the handler is told.
func TestTLSOnPlainPort(t *testing.T) {
	log := &buffer{}
	a := &app{}
	l := loopback(t)
	run(t, &http1.Server{Handler: a, Log: slog.New(slog.NewTextHandler(log, nil))}, l)
	d := &net.Dialer{Timeout: patience}
	if c, err := tls.DialWithDialer(d, "tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true}); err == nil {
		c.Close()
		t.Fatal("shook hands with a plain port")
	}
	await(t, "the refusal", func() bool { return len(a.refusals()) == 1 })
	if r := a.refusals()[0]; r.Status != 0 || r.WireHead != nil || r.Raw[0] != 0x16 {
		t.Errorf("refusal: %+v", r)
	}
	if !strings.Contains(log.String(), "a TLS handshake came in on a plain HTTP port: is the client using https:// ?") {
		t.Errorf("log: %s", log)
	}
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	h := hold()
	run(t, &http1.Server{Handler: h}, l)
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	send(t, c, "GET / HTTP/1.1\r\n"+host+"Connection: close\r\n\r\n")
	x := h.next(t)
	if x.Remote() != "unix" || x.TLS() {
		t.Errorf("remote %q, TLS %v", x.Remote(), x.TLS())
	}
	big := bytes.Repeat([]byte("0123456789"), 100_000)
	if err := x.Respond("200 OK", nil, whole, big); err != nil {
		t.Fatal(err)
	}
	if got := answers(c); len(got) != 1 || got[0].body != string(big) {
		t.Errorf("got %s", statuses(got))
	}
}

// TestSeveralListeners: one server serves several; a listener that fails is an error.
func TestSeveralListeners(t *testing.T) {
	srv := &http1.Server{Handler: &app{}}
	one, two := loopback(t), loopback(t)
	run(t, srv, one)
	run(t, srv, two)
	for _, l := range []net.Listener{one, two} {
		if got := ask(t, l.Addr().String(), "GET / HTTP/1.1\r\n"+host+"\r\n"); !strings.HasPrefix(got, "HTTP/1.1 200 OK") {
			t.Errorf("got %q", got)
		}
	}
	broken := loopback(t)
	broken.Close()
	if err := srv.Serve(t.Context(), broken); err == nil {
		t.Error("a closed listener serves")
	}
}
