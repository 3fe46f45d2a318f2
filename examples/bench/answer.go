package main

import (
	"bytes"
	"fmt"
	"strconv"
)

// answer takes in the bytes of one response as they come, and tells when it is whole. It reads as much of HTTP/1.1 as
// the servers compared here send, since what it costs is taken from the machine that they are measured on.
type answer struct {
	head   []byte // as far as it has come
	inBody bool
	left   int  // bytes of the body, or of the chunk, still to come
	framed kind // how the end of the body is told
	part   part // of a chunked body
	line   []byte
	closes bool // the connection ends with this response
	body   int  // bytes of the body that came
}

type kind uint8

const (
	sized kind = iota
	chunked
	untilClose
)

type part uint8

const (
	sizeLine part = iota
	chunkBytes
	chunkEnd
	trailer
)

func (a *answer) reset() { *a = answer{head: a.head[:0], line: a.line[:0]} }

// take takes bytes in, and says whether the response is whole. Nothing may come after it: no request is pipelined.
func (a *answer) take(p []byte) (whole bool, err error) {
	if !a.inBody {
		if len(a.head) > 0 {
			a.head = append(a.head, p...)
			p = a.head
		}
		end := bytes.Index(p, []byte("\r\n\r\n"))
		if end < 0 {
			if len(a.head) == 0 {
				a.head = append(a.head, p...)
			}
			return false, nil
		}
		if err := a.readHead(p[:end+2]); err != nil {
			return false, err
		}
		a.inBody = true
		p = p[end+4:]
	}
	switch a.framed {
	case sized:
		a.left -= len(p)
		a.body += len(p)
		if a.left < 0 {
			return false, fmt.Errorf("%d bytes after the response", -a.left)
		}
		return a.left == 0, nil
	case chunked:
		return a.takeChunks(p)
	}
	a.body += len(p)
	return false, nil
}

// end says whether a connection that ends here leaves a whole response.
func (a *answer) end() bool { return a.inBody && a.framed == untilClose }

func (a *answer) readHead(head []byte) error {
	line, rest, _ := bytes.Cut(head, []byte("\r\n"))
	if len(line) < 12 || string(line[9:12]) != "200" {
		return fmt.Errorf("answered %q", line)
	}
	a.closes = line[7] == '0'
	a.framed = untilClose
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case isName(name, "content-length"):
			n, err := strconv.Atoi(string(value))
			if err != nil {
				return err
			}
			a.framed, a.left = sized, n
		case isName(name, "transfer-encoding"):
			a.framed = chunked
		case isName(name, "connection"):
			a.closes = isName(value, "close")
		}
	}
	if a.framed == untilClose {
		a.closes = true
	}
	return nil
}

// isName compares without regard to case; lower is in lower case.
func isName(p []byte, lower string) bool {
	if len(p) != len(lower) {
		return false
	}
	for i := range p {
		if p[i]|0x20 != lower[i]|0x20 {
			return false
		}
	}
	return true
}

func (a *answer) takeChunks(p []byte) (bool, error) {
	for len(p) > 0 {
		if a.part == chunkBytes {
			n := min(a.left, len(p))
			a.left -= n
			a.body += n
			p = p[n:]
			if a.left == 0 {
				a.part = chunkEnd
			}
			continue
		}
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			a.line = append(a.line, p...)
			return false, nil
		}
		line := p[:end]
		if len(a.line) > 0 {
			a.line = append(a.line, line...)
			line = a.line
		}
		p = p[end+1:]
		line = bytes.TrimSuffix(line, []byte("\r"))
		switch a.part {
		case sizeLine:
			n, err := strconv.ParseUint(string(line), 16, 31)
			if err != nil {
				return false, fmt.Errorf("the size of a chunk: %w", err)
			}
			a.left, a.part = int(n), chunkBytes
			if n == 0 {
				a.part = trailer
			}
		case chunkEnd:
			a.part = sizeLine
		case trailer:
			if len(line) == 0 {
				if len(p) > 0 {
					return false, fmt.Errorf("%d bytes after the response", len(p))
				}
				return true, nil
			}
		}
		a.line = a.line[:0]
	}
	return false, nil
}
