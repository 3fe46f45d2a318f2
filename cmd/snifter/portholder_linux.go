package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// portHolder finds the process that listens on a TCP port: its socket's inode in /proc/net/tcp, and who has it open.
// The processes of other users can't be seen.
func portHolder(port int) (process, bool) {
	inodes := listeningInodes("/proc/net/tcp", port)
	inodes = append(inodes, listeningInodes("/proc/net/tcp6", port)...)
	if len(inodes) == 0 {
		return process{}, false
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil {
			continue
		}
		for _, inode := range inodes {
			if target == "socket:["+inode+"]" {
				return processOf(strings.Split(link, "/")[2])
			}
		}
	}
	return process{}, false
}

// listeningInodes reads a table of sockets (proc_net_tcp(5)): the second column is the local address, the fourth the
// state (0A is listening), the tenth the inode.
func listeningInodes(table string, port int) []string {
	f, err := os.Open(table)
	if err != nil {
		return nil
	}
	defer f.Close()
	suffix := fmt.Sprintf(":%04X", port)
	var inodes []string
	for s := bufio.NewScanner(f); s.Scan(); {
		columns := strings.Fields(s.Text())
		if len(columns) > 9 && strings.HasSuffix(columns[1], suffix) && columns[3] == "0A" {
			inodes = append(inodes, columns[9])
		}
	}
	return inodes
}

func processOf(pid string) (process, bool) {
	n, err := strconv.Atoi(pid)
	if err != nil {
		return process{}, false
	}
	line, err := os.ReadFile("/proc/" + pid + "/cmdline")
	if err != nil {
		return process{}, false
	}
	command := string(bytes.ReplaceAll(bytes.TrimRight(line, "\x00"), []byte{0}, []byte(" ")))
	if runes := []rune(command); len(runes) > 100 {
		command = string(runes[:100]) + "..."
	}
	return process{n, command}, true
}
