package main

// The modules under apps.
const (
	plainModule = "plain"
	flaskModule = "site_flask"
)

// scenario is one kind of traffic.
type scenario struct {
	name   string
	module string
	path   string
	head   string // header fields beside Host
	conns  int
}

// browser is what a browser sends with a request, about 650 bytes.
const browser = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n" +
	"Accept-Language: en-GB,en;q=0.7,de;q=0.3\r\n" +
	"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Referer: http://localhost/orders?page=3\r\n" +
	"Cookie: csrftoken=w1VqLBm0OLPSdHGRZVbcCH0xJUjLgWJq; sessionid=k5y7c1yq0p8f2m9b3n4x6z8d1s2a3f4g; theme=dark\r\n" +
	"Upgrade-Insecure-Requests: 1\r\n" +
	"Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-User: ?1\r\n" +
	"Priority: u=0, i\r\n"

func scenarios() []scenario {
	return []scenario{
		{name: "hello", module: plainModule, path: "/hello", conns: 1},
		{name: "hello", module: plainModule, path: "/hello", conns: 32},
		{name: "typical 2 KB", module: plainModule, path: "/typical", head: browser, conns: 32},
		{name: "100 chunks", module: plainModule, path: "/chunks", conns: 32},
		{name: "Flask route", module: flaskModule, path: "/user/ada", conns: 1},
		{name: "Flask route", module: flaskModule, path: "/user/ada", conns: 32},
		{name: "hello, 2 stages", module: plainModule, path: "/stages/2", conns: 32},
		{name: "hello, 6 stages", module: plainModule, path: "/stages/6", conns: 32},
	}
}

func (s scenario) request(host string) []byte {
	return []byte("GET " + s.path + " HTTP/1.1\r\nHost: " + host + "\r\n" + s.head + "\r\n")
}
