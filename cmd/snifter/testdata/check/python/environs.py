"""What a middleware makes wrong of an environ, and what a stage does with the streams in it."""

import io
from collections import ChainMap, OrderedDict, UserDict

from places import PASSES, fault


class Text(str):
    pass


class Environ(dict):
    pass


class Lineless:
    def read(self, size=-1):
        return b""

    readline = __iter__ = read


class Unflushed:
    def write(self, text):
        pass

    writelines = write


def gives(name, rules, change):
    """A middleware that gives the stage within a changed environ, or another."""

    def do(request):
        request.environ = change(request.environ) or request.environ
        return request.answer()

    fault(name, *rules, at=PASSES)(do)


def sets(rules, *values):
    """A middleware for each of the values that sets it, the first of the pair being its key."""
    for number, (key, value) in enumerate(values):
        name = f"sets-{rules[0] if rules else 'good'}-{key}-{number}"
        gives(name, rules, lambda environ, key=key, value=value: environ.update({key: value}))


sets(["environ-not-text"], ("REMOTE_PORT", 80), ("HTTP_X", b"x"), ("REMOTE_USER", None),
     ("HTTP_X", "\u2603"), (7, "x"), ("CONTENT_LENGTH", 7))  # fmt: skip
sets(["environ-subclass"], ("HTTP_X", Text("x")))
sets(["environ-content-key"], ("HTTP_CONTENT_TYPE", "text/plain"), ("HTTP_CONTENT_LENGTH", "1"))
sets(["environ-version"], ("wsgi.version", [1, 0]), ("wsgi.version", (2, 0)))
sets(["environ-url-scheme"], ("wsgi.url_scheme", "gopher"), ("wsgi.url_scheme", None))
sets(["environ-flag"], ("wsgi.run_once", "no"), ("wsgi.multithread", None))
sets(["environ-input"], ("wsgi.input", b""), ("wsgi.input", None), ("wsgi.input", Lineless()),
     ("wsgi.input", io.StringIO()))  # fmt: skip
sets(["environ-errors"], ("wsgi.errors", None), ("wsgi.errors", Unflushed()),
     ("wsgi.errors", io.BytesIO()))  # fmt: skip
sets(["environ-method"], ("REQUEST_METHOD", "FETCH"), ("REQUEST_METHOD", "get"))
sets(["environ-script-name"], ("SCRIPT_NAME", "/"), ("SCRIPT_NAME", "x"))
sets(["environ-path-info"], ("PATH_INFO", "x"))
sets(["environ-content-length"], ("CONTENT_LENGTH", "-1"), ("CONTENT_LENGTH", "many"))
sets([], ("my.own", object()), ("REMOTE_USER", "gin"), ("wsgi.multithread", 1), ("HTTP_X", "\xe9"),
     ("REQUEST_METHOD", "PUT"), ("SCRIPT_NAME", "/a"), ("CONTENT_LENGTH", ""),
     ("wsgi.input", io.BytesIO(b"x")), ("wsgi.errors", io.StringIO()),
     ("wsgi.url_scheme", "https"))  # fmt: skip


def lacks(rules, *keys):
    """A middleware for each of the keys that removes it, from the environ or from a copy."""
    for key in keys:
        def removes(environ, key=key):
            environ.pop(key, None)

        def copies(environ, key=key):
            return {each: environ[each] for each in environ if each != key}

        gives(f"lacks-{key}", rules, removes)
        gives(f"copies-not-{key}", rules, copies)


lacks(["environ-missing"], "REQUEST_METHOD", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL",
      "wsgi.version", "wsgi.url_scheme", "wsgi.input", "wsgi.errors", "wsgi.multithread",
      "wsgi.multiprocess", "wsgi.run_once")  # fmt: skip
lacks(["environ-query-string"], "QUERY_STRING")
lacks(["environ-path-info"], "PATH_INFO")
lacks([], "HTTP_HOST", "SCRIPT_NAME")
gives("subclass", ["environ-not-dict"], Environ)
gives("chain", ["environ-not-dict"], lambda environ: ChainMap({}, environ))
gives("user", ["environ-not-dict"], UserDict)
gives("ordered", ["environ-not-dict"], OrderedDict)
gives("copies", [], dict)
gives("copies-and-sets", ["environ-not-text"], lambda environ: dict(environ, HTTP_X=1))


# The streams.


def acts(name, rules, key, act):
    """A stage that does something with a stream, and catches what comes of it or does not."""

    def catches(request):
        try:
            act(request.environ[key])
        except TypeError:
            pass
        return request.answer()

    def raises(request):
        act(request.environ[key])
        return request.answer()

    fault(name, *rules)(catches)
    fault(f"{name}-and-raises", *rules)(raises)


INPUT, ERRORS = "wsgi.input", "wsgi.errors"
acts("input-closed", ["input-method"], INPUT, lambda stream: stream.close())
acts("input-read-by-name", ["input-method"], INPUT, lambda stream: stream.read(size=1))
acts("errors-closed", ["errors-method"], ERRORS, lambda stream: stream.close())
acts("errors-of-bytes", ["errors-not-text"], ERRORS, lambda stream: stream.write(b"x"))
acts("errors-of-a-subclass", ["errors-subclass"], ERRORS, lambda stream: stream.write(Text("x")))
acts("errors-lines-of-bytes", ["errors-not-text"], ERRORS, lambda stream: stream.writelines([b"x"]))
acts("good-reads", [], INPUT, lambda stream: (
    stream.read(1), stream.readline(), stream.readline(5), stream.readlines(), stream.readlines(3),
    [*stream], stream.read(), stream.read(-1), getattr(stream, "seek", None)))  # fmt: skip
acts("good-errors", [], ERRORS, lambda stream: (
    stream.write("x"), stream.writelines(["a", "b"]), stream.flush(), hasattr(stream, "fileno"),
    print("said", file=stream)))  # fmt: skip


def asks(rule, key, *names):
    for name in names:
        def do(request, name=name):
            getattr(request.environ[key], name)()
            return request.answer()

        fault(f"{key}-{name}", rule)(do)


asks("input-method", INPUT, "seek", "tell", "fileno")
asks("errors-method", ERRORS, "fileno", "read", "truncate")
