// Package recorder turns events into exchanges, keeps them in a capture, and finds them again.
//
// [Fold] is the one way from events to an [Exchange], with its stages and who is to blame for what; [Moments] takes the
// same events apart boundary by boundary. Both are pure. [Recorder] is an event.Sink that folds what is under way, stores
// what is done in a [Store] by group commits off the request path, and tells its subscribers. [Filter] is the language of
// `ls`, `replay` and the workbench. A [Store] is a SQLite file with a format version of its own.
package recorder
