package stages_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/snifter-dev/snifter/examples/internal/snifter"
	"github.com/snifter-dev/snifter/examples/internal/venv"
)

// Stages that run in greenlets are within those that had them run, whoever else is about a request of its own meanwhile. They
// are, too, where gevent has put its own threads and locks in the place of Python's; requests come one after the other there,
// since threads that make their hubs at once may then wait for each other's imports for ever.
func TestGreenlets(t *testing.T) {
	interpreter := venv.Python(t, "requirements.txt")
	golden, err := os.ReadFile(filepath.Join("testdata", "greenlets.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, text := range strings.SplitAfter(string(golden), "\n\n") {
		path, stages, _ := strings.Cut(text, "\n")
		want[path] = strings.TrimSpace(stages)
	}
	for name, patched := range map[string]string{"of the application": "", "everywhere": "yes"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := snifter.Start(t, snifter.Copy(t, "testdata"),
				[]string{"greenlets:application", "--python", interpreter, "--no-reload", "--threads", "3"}, snifter.Env("PATCHED="+patched))
			const clients = 4
			var all sync.WaitGroup
			for range clients {
				all.Go(func() {
					c := s.Client()
					for path := range want {
						if a := c.Do("GET "+path, ""); a.Status != 200 || a.Err != nil {
							t.Errorf("%s: %+v", path, a)
							return
						}
					}
				})
				if patched != "" {
					all.Wait()
				}
			}
			all.Wait()
			for path, stages := range want {
				for nth := range clients {
					x := s.Show(path, nth+1)
					var got []string
					for _, stage := range x.Stages[1:] {
						got = append(got, fmt.Sprintf("%d in %d: %s", stage.Index, stage.Within, strings.TrimPrefix(stage.Name, "greenlets.")))
					}
					if diff := cmp.Diff(stages, strings.Join(got, "\n")); diff != "" {
						t.Errorf("%s: (-want +got)\n%s", path, diff)
					}
				}
			}
		})
	}
}
