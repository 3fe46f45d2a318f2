// Command nethttp is an ordinary net/http handler, with a ServeMux, served through wsgi.FromHTTP: an existing program
// needs that one line to be looked at with snifter.
//
//	GET  /               a page
//	GET  /time           streams the time, flushed once a second, until the client goes
//	POST /upper          answers with the body in capitals, as it comes
//	GET  /users/{id}     JSON
//	GET  /panic          what a panic looks like
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"time"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

func index(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, "<!doctype html><title>net/http</title><h1>An ordinary handler</h1>\n")
}

func clock(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	control := http.NewResponseController(w)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		fmt.Fprintln(w, time.Now().Format(time.TimeOnly))
		if err := control.Flush(); err != nil {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
	}
}

func upper(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	control := http.NewResponseController(w)
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Body.Read(buf)
		if n > 0 {
			if _, err := w.Write(bytes.ToUpper(buf[:n])); err != nil {
				return
			}
			if err := control.Flush(); err != nil {
				return
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			panic(http.ErrAbortHandler) // the upload broke off
		}
	}
}

func user(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(map[string]string{"id": r.PathValue("id")}); err != nil {
		log.Print(err)
	}
}

func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	mux.HandleFunc("GET /time", clock)
	mux.HandleFunc("POST /upper", upper)
	mux.HandleFunc("GET /users/{id}", user)
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("this was asked for") })
	return mux
}

func main() {
	if err := wsgi.Serve(wsgi.FromHTTP(handler())); err != nil {
		log.Fatal(err)
	}
}
