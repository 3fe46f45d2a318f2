package wsgi

import (
	"io"
	"reflect"
)

// Bytes is a body of one block. Its length may be sent as Content-Length, as a server does with a list of one.
//
//go:noinline
func Bytes(block []byte) Body {
	return func(yield func([]byte, error) bool) { yield(block, nil) }
}

// Text is a body of one block, given as a string of bytes.
func Text(block string) Body { return Bytes([]byte(block)) }

// Blocks is a body of these blocks. Without any it is the empty body.
func Blocks(blocks ...[]byte) Body {
	if len(blocks) == 1 {
		return Bytes(blocks[0])
	}
	return func(yield func([]byte, error) bool) {
		for _, block := range blocks {
			if !yield(block, nil) {
				return
			}
		}
	}
}

// Fail is a body that fails at once: what an exception is in Python.
func Fail(err error) Body {
	return func(yield func([]byte, error) bool) { yield(nil, err) }
}

// FileWrapper is the type of wsgi.file_wrapper (PEP 3333, "Optional Platform-Specific File Handling"): a body made of a
// file, from where it stands, in blocks of the given size (0: the server's choice). The file is closed in the end,
// where it is an io.Closer. No more than Content-Length is sent.
type FileWrapper func(file io.Reader, blockSize int) Body

const fileBlock = 64 << 10

// File is a file wrapper that knows of no Content-Length. Applications use wsgi.file_wrapper of the environ.
func File(file io.Reader, blockSize int) Body {
	return fileBody(file, blockSize, func() int64 { return -1 })
}

// fileBody reads no further than what left says when the iteration begins; -1 is no bound.
func fileBody(file io.Reader, blockSize int, left func() int64) Body {
	if blockSize <= 0 {
		blockSize = fileBlock
	}
	return func(yield func([]byte, error) bool) {
		if c, ok := file.(io.Closer); ok {
			defer c.Close() //nolint:errcheck // it was read only
		}
		r := file
		if n := left(); n >= 0 {
			r = io.LimitReader(file, n)
			blockSize = int(min(int64(blockSize), max(n, 1)))
		}
		block := make([]byte, blockSize)
		for {
			n, err := r.Read(block)
			if n > 0 && !yield(block[:n], nil) {
				return
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// A body is a function, and tells nothing of its length before it is ranged over. Yet a server infers Content-Length
// for a list of one (PEP 3333, "Handling the Content-Length Header"), so the bodies that Bytes makes are told by their code.
// Where that does not recognise one, it is sent in chunks as any other.
var bytesCode = reflect.ValueOf(Bytes(nil)).Pointer()

// Where a stage's boundary is told of, its body is wrapped into one that tracedBytes makes.
var tracedBytesCode = reflect.ValueOf(tracedBytes(nil, nil)).Pointer()

func isBytes(b Body) bool {
	code := reflect.ValueOf(b).Pointer()
	return code == bytesCode || code == tracedBytesCode
}
