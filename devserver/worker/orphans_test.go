//go:build linux

package worker_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Each worker hangs in C code with the GIL held, after it has started a child of its own.
const stubborn = `
import os, subprocess, sys, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)  # here, since a request need not run on the main thread
child = subprocess.Popen(["sleep", "600"])
print("pids", os.getpid(), child.pid, os.getppid(), flush=True)

def app(environ, start_response):
    print("pids in", os.getpid(), file=sys.__stdout__, flush=True)
    while True:
        sum(range(10**7))
`

func TestNoOrphans(t *testing.T) {
	path, err := interpreter()
	if err != nil {
		t.Fatal(err)
	}
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		dir := t.TempDir()
		write(t, dir+"/app.py", stubborn)
		ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
		defer cancel()
		cmd := exec.CommandContext(ctx, os.Args[0], "serve-and-wait", dir, path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		pids := map[int]bool{}
		lines := bufio.NewScanner(out)
		for inside := 0; inside < 2 && lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) > 1 && fields[0] == "pids" {
				if fields[1] == "in" {
					inside++
				}
				for _, f := range fields[1:] {
					if n, err := strconv.Atoi(f); err == nil {
						pids[n] = true
					}
				}
			} else {
				t.Log(lines.Text())
			}
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		died := time.Now()
		_ = cmd.Wait() // it was killed
		if len(pids) < 5 {
			t.Errorf("only %v were seen", pids)
		}
		for pid := range pids {
			for alive(pid) {
				if time.Since(died) > patience {
					t.Errorf("%v: process %d is still there", sig, pid)
					_ = syscall.Kill(pid, syscall.SIGKILL)
					break
				}
				time.Sleep(5 * time.Millisecond)
			}
		}
	}
}

// alive says whether a process runs: one that has ended and that nobody has taken note of does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
