package watch

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestLimitsNameTheirSysctl(t *testing.T) {
	add := fmt.Errorf("add: %w", syscall.ENOSPC)
	for _, test := range []struct {
		path string
		err  error
		want []string
	}{
		{"/site", add, []string{"fs.inotify.max_user_watches is ", "sudo sysctl fs.inotify.max_user_watches=", "--poll"}},
		{"", os.NewSyscallError("inotify_init", syscall.EMFILE), []string{"fs.inotify.max_user_instances is "}},
	} {
		err := explain(test.path, test.err)
		var limit *LimitError
		if !errors.As(err, &limit) || !errors.Is(err, test.err) || limit.Value <= 0 || limit.Path != test.path {
			t.Fatalf("%v: got %#v", test.err, err)
		}
		for _, part := range test.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q does not say %q", err, part)
			}
		}
	}
	if err := explain("/site", syscall.EACCES); err.Error() != "watch /site: permission denied" {
		t.Errorf("another error: %v", err)
	}
}
