// Package screen is a terminal for tests: as much of one as the workbench uses. It keeps the cells of the screen and
// the modes that were switched on.
package screen

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Screen is a terminal. It may be read while it is written to.
type Screen struct {
	mu      sync.Mutex
	w, h    int
	cells   [][]string // a wide character stands in its first cell, "" in the second
	x, y    int
	modes   map[int]bool
	pending []byte // the beginning of a sequence or character
	unknown []string
	changed chan struct{}
}

// New makes a screen.
func New(w, h int) *Screen {
	s := &Screen{w: w, h: h, modes: map[int]bool{25: true}, changed: make(chan struct{})}
	s.clear()
	return s
}

func (s *Screen) clear() {
	s.cells = make([][]string, s.h)
	for y := range s.cells {
		s.cells[y] = blank(s.w)
	}
}

func blank(w int) []string {
	row := make([]string, w)
	for x := range row {
		row[x] = " "
	}
	return row
}

// Resize changes the size and clears the screen.
func (s *Screen) Resize(w, h int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.w, s.h, s.x, s.y = w, h, 0, 0
	s.clear()
}

// Write takes output.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = append(s.pending, p...)
	for len(s.pending) > 0 {
		n := s.step(s.pending)
		if n == 0 {
			break
		}
		s.pending = s.pending[n:]
	}
	close(s.changed)
	s.changed = make(chan struct{})
	return len(p), nil
}

// Text is what the screen shows, a line a row.
func (s *Screen) Text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := make([]string, s.h)
	for y, row := range s.cells {
		lines[y] = strings.TrimRight(strings.Join(row, ""), " ")
	}
	return strings.Join(lines, "\n")
}

// Mode says whether a private mode is on: 25 the cursor, 1049 the other screen, 1002 the mouse, 2004 pasting.
func (s *Screen) Mode(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.modes[n]
}

// Unknown are the sequences that were not understood.
func (s *Screen) Unknown() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.unknown...)
}

// Await waits until the screen shows something.
func (s *Screen) Await(ctx context.Context, ok func(text string) bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if ok(s.Text()) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w; the screen shows:\n%s", ctx.Err(), s.Text())
		}
	}
}

// step takes the first thing of p, and says how long it was; 0 where it is not whole.
func (s *Screen) step(p []byte) int {
	switch {
	case p[0] == 0x1b:
		return s.escape(p)
	case p[0] == '\r':
		s.x = 0
	case p[0] == '\n':
		s.down()
	case p[0] == '\b':
		s.x = max(0, s.x-1)
	case p[0] < 0x20:
	default:
		if !utf8.FullRune(p) {
			return 0
		}
		_, n := utf8.DecodeRune(p)
		s.put(string(p[:n]))
		return n
	}
	return 1
}

func (s *Screen) down() {
	if s.y++; s.y >= s.h {
		s.cells = append(s.cells[1:], blank(s.w))
		s.y = s.h - 1
	}
}

func (s *Screen) put(c string) {
	n := ansi.StringWidth(c)
	if n == 0 {
		if s.x > 0 {
			s.cells[s.y][s.x-1] += c
		}
		return
	}
	if s.x+n > s.w {
		s.x = 0
		s.down()
	}
	s.cells[s.y][s.x] = c
	if n == 2 {
		s.cells[s.y][s.x+1] = ""
	}
	s.x += n
}

func (s *Screen) escape(p []byte) int {
	if len(p) < 2 {
		return 0
	}
	switch p[1] {
	case '[':
		for i := 2; i < len(p); i++ {
			if p[i] >= 0x40 && p[i] <= 0x7e {
				s.csi(string(p[2:i]), p[i])
				return i + 1
			}
		}
		return 0
	case ']':
		for i := 2; i < len(p); i++ {
			if p[i] == 0x07 {
				return i + 1
			}
			if p[i] == 0x1b && i+1 < len(p) && p[i+1] == '\\' {
				return i + 2
			}
		}
		return 0
	}
	s.unknown = append(s.unknown, fmt.Sprintf("%q", p[:2]))
	return 2
}

func (s *Screen) csi(args string, final byte) {
	var n []int
	for _, a := range strings.Split(strings.TrimPrefix(args, "?"), ";") {
		v, _ := strconv.Atoi(a)
		n = append(n, v)
	}
	first := max(1, n[0])
	switch {
	case (final == 'h' || final == 'l') && strings.HasPrefix(args, "?"):
		for _, m := range n {
			s.modes[m] = final == 'h'
		}
		if n[0] == 1049 {
			s.clear()
			s.x, s.y = 0, 0
		}
	case final == 'm', final == 'q':
	case final == 'H':
		s.y, s.x = min(first, s.h)-1, 0
		if len(n) > 1 {
			s.x = max(0, min(n[1], s.w)-1)
		}
	case final == 'A':
		s.y = max(0, s.y-first)
	case final == 'B':
		s.y = min(s.h-1, s.y+first)
	case final == 'C':
		s.x = min(s.w-1, s.x+first)
	case final == 'D':
		s.x = max(0, s.x-first)
	case final == 'G':
		s.x = min(first, s.w) - 1
	case final == 'J':
		s.erase(n[0])
	case final == 'K':
		s.eraseLine(n[0])
	default:
		s.unknown = append(s.unknown, args+string(final))
	}
}

func (s *Screen) erase(how int) {
	switch how {
	case 0:
		s.eraseLine(0)
		for y := s.y + 1; y < s.h; y++ {
			s.cells[y] = blank(s.w)
		}
	case 2:
		s.clear()
	}
}

func (s *Screen) eraseLine(how int) {
	from, to := s.x, s.w
	switch how {
	case 1:
		from, to = 0, min(s.x+1, s.w)
	case 2:
		from = 0
	}
	for x := from; x < to; x++ {
		s.cells[s.y][x] = " "
	}
}
