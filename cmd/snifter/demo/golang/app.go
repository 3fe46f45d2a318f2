// A small library: the application of snifter's demo, in Go.
//
// It is written against the Go rendering of WSGI (PEP 3333), and wrapped in three middlewares. Edit a function, save,
// and look at the workbench: the next request is answered by what you wrote, and a replay of the earlier ones shows
// what you changed.
package main

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/snifter-dev/snifter/devserver/wsgi"
)

type book struct {
	ID     int    `json:"id"`
	Title  string `json:"title"`
	Author string `json:"author"`
	Cents  int    `json:"cents"`
}

var books = []book{
	{1, "A Study in Scarlet", "Arthur Conan Doyle", 950},
	{2, "The Time Machine", "H. G. Wells", 800},
	{3, "Frankenstein", "Mary Shelley", 1100},
}

func main() {
	if err := wsgi.NewStack(library, timing, authentication, banner).Serve(); err != nil {
		log.Fatal(err)
	}
}

// price is the price as it is shown. (The demo edits this line.)
func price(b book) string {
	return fmt.Sprintf("%d.%02d", b.Cents/100, b.Cents%100)
}

// library routes by method and PATH_INFO.
func library(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	path := environ.Path()
	number, isBook := strings.CutPrefix(path, "/books/")
	switch {
	case path == "/":
		return index(start)
	case path == "/api/books":
		return list(environ, start)
	case isBook:
		return one(number, path, start)
	case path == "/orders" && environ.Method() == "POST":
		return order(environ, start)
	case path == "/aloud":
		return readAloud(start)
	}
	return notFound(path, start)
}

// index is the list of books, as a page.
func index(start wsgi.StartResponse) wsgi.Body {
	var page strings.Builder
	page.WriteString("<!doctype html>\n<title>Library</title>\n<h1>Library</h1>\n<ul>\n")
	for _, b := range books {
		fmt.Fprintf(&page, "<li><a href='/books/%d'>%s</a> %s</li>\n", b.ID, html.EscapeString(b.Title), price(b))
	}
	page.WriteString("</ul>\n")
	start("200 OK", wsgi.Headers{{"Content-Type", "text/html; charset=utf-8"}}, nil)
	return wsgi.Text(page.String())
}

// list is the books as JSON; ?author= chooses.
func list(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	type priced struct {
		book
		Price string `json:"price"`
	}
	query, err := url.ParseQuery(environ.Query())
	if err != nil {
		return wsgi.Fail(err)
	}
	found := []priced{}
	for _, b := range books {
		if strings.Contains(strings.ToLower(b.Author), strings.ToLower(query.Get("author"))) {
			found = append(found, priced{b, price(b)})
		}
	}
	body, err := json.MarshalIndent(map[string]any{"books": found}, "", "  ")
	if err != nil {
		return wsgi.Fail(err)
	}
	start("200 OK", wsgi.Headers{{"Content-Type", "application/json"}}, nil)
	return wsgi.Bytes(body)
}

// one is one book.
func one(number, path string, start wsgi.StartResponse) wsgi.Body {
	for _, b := range books {
		if strconv.Itoa(b.ID) == number {
			start("200 OK", wsgi.Headers{{"Content-Type", "text/plain; charset=utf-8"}}, nil)
			return wsgi.Text(b.Title + ", by " + b.Author + "\n")
		}
	}
	return notFound(path, start)
}

// order takes a form, and answers with what was ordered.
func order(environ wsgi.Environ, start wsgi.StartResponse) wsgi.Body {
	body, err := io.ReadAll(environ.Input())
	if err != nil {
		return wsgi.Fail(err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return wsgi.Fail(err)
	}
	number, err := strconv.Atoi(form.Get("book"))
	if err != nil {
		panic(err) // a form without a book: a failure, to look at
	}
	fmt.Fprintf(environ.Errors(), "%s orders book %d\n", environ.Str("REMOTE_USER"), number)
	answer, err := json.Marshal(map[string]string{"ordered": books[number-1].Title, "by": environ.Str("REMOTE_USER")})
	if err != nil {
		return wsgi.Fail(err)
	}
	start("201 Created", wsgi.Headers{{"Content-Type", "application/json"}}, nil)
	return wsgi.Bytes(answer)
}

// readAloud is a response that comes in pieces, in its own time.
func readAloud(start wsgi.StartResponse) wsgi.Body {
	start("200 OK", wsgi.Headers{{"Content-Type", "text/plain; charset=utf-8"}}, nil)
	return func(yield func([]byte, error) bool) {
		for _, b := range books {
			if !yield([]byte(b.Title+"...\n"), nil) {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
}

// notFound is everything else.
func notFound(path string, start wsgi.StartResponse) wsgi.Body {
	start("404 Not Found", wsgi.Headers{{"Content-Type", "text/plain; charset=utf-8"}}, nil)
	return wsgi.Text("There is nothing at " + path + "\n")
}
