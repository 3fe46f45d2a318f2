package python

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// probe looks for a module as an import of it would, and imports nothing of the user's: the name has no dots.
const probe = `import sys
sys.path[:] = filter(None, sys.path)
from importlib.util import find_spec
sys.path[:0] = sys.argv[2:]
sys.exit(3 if find_spec(sys.argv[1]) is None else 0)`

const noModule = 3 // how probe exits where there is none

// Missing is a *[NotFoundError] where a plan names a module that is neither in the application's folder nor installed. It
// is nil where there is such a module, and where the interpreter does not tell, which is started for those that are not in
// the folder. environ is the worker's.
func (i Interpreter) Missing(ctx context.Context, plan Plan, environ []string) error {
	if plan.Kind != KindModule || plan.File != "" {
		return nil
	}
	top, _, _ := strings.Cut(plan.Module, ".")
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, i.Path, append([]string{"-c", probe, top}, plan.SysPath...)...)
	cmd.Env, cmd.Dir, cmd.WaitDelay = environ, plan.Dir, time.Second
	_ = cmd.Run()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != noModule {
		return nil
	}
	return &NotFoundError{
		What: fmt.Sprintf("there is no %s in %s, and no module %s in %s", top, plan.Dir, top, i.Path),
		Hint: typeThis,
	}
}
