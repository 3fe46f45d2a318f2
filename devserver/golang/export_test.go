package golang

// ParseOutput is the reading of what the go command printed, for the fuzzer.
func ParseOutput(dir, output string) *CompileError {
	return newCompileError(&Target{Arg: ".", Dir: dir, runDir: dir}, output)
}
