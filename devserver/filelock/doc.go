// Package filelock locks files between processes. The kernel drops a lock with the process that has it, however that ends,
// so what is locked is in use. It is not a lock of fcntl: those that SQLite holds on files of its own are left alone.
package filelock
