package python

import "os"

// Getenv reads a variable of the environment, as os.Getenv does.
type Getenv func(name string) string

func (g Getenv) get(name string) string {
	if g == nil {
		return os.Getenv(name)
	}
	return g(name)
}
