// Command silent never calls wsgi.Serve.
package main

func main() { println("what am I here for?") }
