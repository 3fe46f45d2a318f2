package main

// hasTerminal is false: no debugger is lent the console.
func hasTerminal() bool { return false }

func takeBack(int) {}
