package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// asked is a request that a script has sent and does not wait for.
type asked struct {
	done   chan struct{}
	status int // 0 where the connection ended without an answer
	header http.Header
	body   string
}

type askedKey struct{}

func asking(ts *testscript.TestScript) map[string]*asked {
	return ts.Value(askedKey{}).(map[string]*asked)
}

// ask sends a GET request with fields ("Name: value") on a connection of its own, for at most so long.
func ask(url string, patience time.Duration, fields ...string) *asked {
	a := &asked{done: make(chan struct{})}
	go func() {
		defer close(a.done)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return
		}
		for _, field := range fields {
			name, value, _ := strings.Cut(field, ": ")
			req.Header.Set(name, value)
		}
		transport := &http.Transport{DisableCompression: true}
		defer transport.CloseIdleConnections()
		resp, err := (&http.Client{Transport: transport}).Do(req)
		if err != nil {
			return
		}
		defer resp.Body.Close()
		if body, err := io.ReadAll(resp.Body); err == nil {
			a.status, a.header, a.body = resp.StatusCode, resp.Header, string(body)
		}
	}()
	return a
}

// cmdAsk is: ask NAME TARGET [FIELD...], which sends a request to $URL and goes on.
func cmdAsk(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: ask NAME TARGET [FIELD...]")
	}
	asking(ts)[args[0]] = ask(ts.Getenv("URL")+args[1], patience, args[2:]...)
}

// cmdAnswer is: answer NAME STATUS, which waits for what was asked; 0 is for none. It prints the headers and the body.
func cmdAnswer(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 || asking(ts)[args[0]] == nil {
		ts.Fatalf("usage: answer NAME STATUS, of what was asked")
	}
	a := asking(ts)[args[0]]
	<-a.done
	if got := strconv.Itoa(a.status); got != args[1] {
		ts.Fatalf("status %s: %s", got, a.body)
	}
	for name, values := range a.header {
		fmt.Fprintf(ts.Stdout(), "%s: %s\n", name, strings.Join(values, ", "))
	}
	fmt.Fprintf(ts.Stdout(), "%s\n", a.body)
}

// cmdCrowd is: crowd N TARGET, which sends so many requests at once, and waits until each is answered with 200.
func cmdCrowd(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: crowd N TARGET")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	url := ts.Getenv("URL") + args[1]
	var all sync.WaitGroup
	answers := make([]*asked, n)
	for i := range answers {
		all.Go(func() {
			answers[i] = ask(url, patience)
			<-answers[i].done
		})
	}
	all.Wait()
	for i, a := range answers {
		if a.status != http.StatusOK {
			ts.Fatalf("request %d of %d: status %d", i+1, n, a.status)
		}
	}
}
