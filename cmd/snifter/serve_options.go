package main

import (
	"math"
	"time"

	"github.com/spf13/cobra"
)

// serveOptions are the settings of `snifter run`, which are those of `snifter` too.
type serveOptions struct {
	appOptions

	bind           listValue
	host           stringValue
	port           intValue
	workers        intValue
	threads        intValue
	certfile       stringValue
	keyfile        stringValue
	allowRemote    boolValue
	forwardedAllow stringValue

	reload        boolValue
	reloadDir     listValue
	reloadInclude listValue
	reloadExclude listValue
	poll          boolValue

	stages       boolValue
	pauseTimeout durationValue
	breaks       listValue

	capture captureOption
	maxSize sizeValue
	maxAge  durationValue
	maxBody sizeValue

	limitLine   intValue
	limitFields intValue
	limitHead   sizeValue
	headTime    durationValue
	keepAlive   durationValue
	timeout     durationValue
	graceful    durationValue

	headless    boolValue
	json        boolValue
	logLevel    choiceValue
	withSecrets boolValue
	theme       choiceValue
}

// appOptions say which application, and how it is loaded.
type appOptions struct {
	appDir  listValue
	chdir   stringValue
	envFile listValue
	factory boolValue
	python  stringValue
}

const (
	defaultHost = "127.0.0.1"
	defaultPort = 8000
)

func newServeOptions() *serveOptions {
	return &serveOptions{
		host:           defaultHost,
		port:           intValue{defaultPort, 0, 65535},
		workers:        intValue{1, 1, 1000},
		threads:        intValue{8, 1, 10_000},
		reload:         true,
		stages:         true,
		maxSize:        2 << 30,
		maxBody:        1 << 20,
		limitLine:      intValue{8 << 10, 1, math.MaxInt},
		limitFields:    intValue{100, 1, math.MaxInt},
		limitHead:      64 << 10,
		headTime:       durationValue(10 * time.Second),
		keepAlive:      durationValue(60 * time.Second),
		graceful:       durationValue(time.Second),
		forwardedAllow: "",
		logLevel:       choiceValue{"info", []string{"debug", "info", "warning", "error"}},
		theme:          newTheme(),
	}
}

func (o *serveOptions) servingFlags() *flagGroup {
	g := newFlagGroup("Serving")
	g.add(&o.bind, "bind", "b", "ADDRESS", "HOST:PORT or unix:PATH, instead of host and port; repeatable")
	g.add(&o.host, "host", "", "HOST", "address to listen on")
	g.add(&o.port, "port", "p", "PORT", "port to listen on, 0 for a free one")
	g.add(&o.workers, "workers", "w", "N", "processes")
	g.add(&o.threads, "threads", "", "N", "requests at once in each process")
	g.addPath(&o.certfile, "ssl-certfile", "", "FILE", "certificate; serves https")
	g.addPath(&o.keyfile, "ssl-keyfile", "", "FILE", "its private key")
	g.add(&o.allowRemote, "allow-remote", "", "", "allow an address that other machines reach")
	g.add(&o.forwardedAllow, "forwarded-allow-ips", "", "IPS", "proxies whose X-Forwarded-* count, or *")
	return g
}

// appFlags is shared by all commands that load an application.
func (o *appOptions) appFlags() *flagGroup {
	g := newFlagGroup("Application")
	g.add(&o.python, "python", "", "PYTHON", "interpreter: a path, a version, or the folder of an environment")
	g.addPath(&o.appDir, "app-dir", "", "DIR", "put in front of sys.path; repeatable")
	g.addPath(&o.chdir, "chdir", "", "DIR", "change to this folder first")
	g.addPath(&o.envFile, "env-file", "", "FILE", "environment variables, KEY=VALUE a line; repeatable")
	g.add(&o.factory, "factory", "", "", "APP names a function that makes the application")
	return g
}

func (o *serveOptions) reloadFlags() *flagGroup {
	g := newFlagGroup("Reload")
	g.add(&o.reload, "reload", "", "", "build anew when a file changes (--no-reload: don't)")
	g.addOnly(offValue{&o.reload}, "no-reload", "", "", "")
	g.flags.Lookup("no-reload").Hidden = true
	g.addPath(&o.reloadDir, "reload-dir", "", "DIR", "watch this folder too; repeatable")
	g.add(&o.reloadInclude, "reload-include", "", "GLOB", "files that count too; repeatable")
	g.add(&o.reloadExclude, "reload-exclude", "", "GLOB", "files and folders that don't; repeatable")
	g.add(&o.poll, "poll", "", "", "look at the files instead of waiting for the system's word")
	return g
}

func (o *serveOptions) stageFlags() *flagGroup {
	g := newFlagGroup("Stages")
	g.add(&o.stages, "stages", "", "", "tell the layers of the application apart (--no-stages: don't)")
	g.addOnly(offValue{&o.stages}, "no-stages", "", "", "")
	g.flags.Lookup("no-stages").Hidden = true
	g.addOnly(&o.breaks, "break", "", "STOP", "'STAGE[:BOUNDARY] [FILTER]', a breakpoint to begin with; repeatable")
	g.add(&o.pauseTimeout, "pause-timeout", "", "TIME", "a request that is stopped goes on after this, 0: never")
	return g
}

func (o *serveOptions) recordingFlags() *flagGroup {
	g := newFlagGroup("Recording")
	o.capture.addTo(g, "capture file (.snifter/capture.db beside APP)")
	g.add(&o.maxSize, "capture-max-size", "", "SIZE", "oldest unmarked exchanges go beyond, 0: never")
	g.add(&o.maxAge, "capture-max-age", "", "TIME", "and those older than this, 0: never")
	g.add(&o.maxBody, "max-body", "", "SIZE", "bytes recorded of each body")
	return g
}

func (o *serveOptions) limitFlags() *flagGroup {
	g := newFlagGroup("Limits")
	g.add(&o.limitLine, "limit-request-line", "", "N", "bytes of the request line")
	g.add(&o.limitFields, "limit-request-fields", "", "N", "number of header fields")
	g.add(&o.limitHead, "limit-request-head", "", "SIZE", "bytes of all header fields")
	g.add(&o.headTime, "head-timeout", "", "TIME", "for a request's head to arrive")
	g.add(&o.keepAlive, "keep-alive", "", "TIME", "for the next request on a connection")
	g.add(&o.timeout, "timeout", "", "TIME", "for the application to answer, 0: any")
	g.add(&o.graceful, "graceful-timeout", "", "TIME", "for requests under way when snifter stops")
	return g
}

func (o *serveOptions) outputFlags() *flagGroup {
	g := newFlagGroup("Output")
	g.add(&o.headless, "headless", "", "", "log lines instead of the workbench")
	g.addOnly(&o.json, "json", "", "", "JSON lines; implies --headless")
	g.add(&o.logLevel, "log-level", "", "LEVEL", "debug, info, warning or error")
	g.add(&o.withSecrets, "with-secrets", "", "", "log lines with tokens and passwords as they are")
	addTheme(g, &o.theme)
	return g
}

func newTheme() choiceValue {
	return choiceValue{"auto", []string{"auto", "dark", "light", "contrast"}}
}

func addTheme(g *flagGroup, v *choiceValue) {
	g.add(v, "theme", "", "THEME", "of the workbench: auto, dark, light or contrast")
}

func (o *serveOptions) addFlags(cmd *cobra.Command) {
	addGroups(cmd, o.servingFlags(), o.appFlags(), o.reloadFlags(), o.stageFlags(), o.recordingFlags(), o.limitFlags(), o.outputFlags())
}
