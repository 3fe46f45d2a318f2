"""What is recorded in test_record, as the module `recorded`."""


class Lazy:  # noqa: PLW1641 (it must not be hashed either)
    def __eq__(self, other):
        raise RuntimeError("it was asked")

    __repr__ = __str__ = __hash__ = __eq__


def site(app):
    def outermost(environ, start_response):
        environ["site.name"] = "x"
        environ["site.user"] = Lazy()
        environ.pop("QUERY_STRING")
        return app(environ, start_response)

    return outermost


def copying(app):
    def copies(environ, start_response):
        return app(dict(environ, copied=1), start_response)

    return copies


def worked_for():
    sum(range(300_000))
    yield b"w"


def view(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/fail":
        raise KeyError("no")
    body = environ["wsgi.input"].read(2) + environ["wsgi.input"].read(9)
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path == "/work":
        return worked_for()
    return [b"a" + body, b"b"] if path == "/list" else iter([b"a" + body, b"b"])


class Drop:
    def __init__(self, app, name):
        self.app, self.name = app, name

    def __call__(self, environ, start_response):
        def started(status, headers, exc_info=None):
            environ[self.name] = "started"
            write = start_response(status, headers)
            environ[self.name + ".after"] = "started"
            return write

        environ[self.name + ".before"] = "entered"
        return self.app(environ, started)


def passing(app):
    def passes(environ, start_response):
        return app(environ, start_response)

    return passes


def counting(app):
    def counts(environ, start_response):
        environ["site.count"] = environ.get("site.count", 1000) + 1
        return app(environ, start_response)

    return counts


def same(app):
    def sets(environ, start_response):
        environ["site.count"] = float(environ["site.count"])
        environ["site.count"] = int(environ["site.count"])
        return app(environ, start_response)

    return sets


def changes(environ, start_response):
    environ["inner"] = 1
    start_response("200 OK", [("Content-Type", "text/plain")])
    environ["inner.after"] = 1
    return [b""]


def file(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return environ["wsgi.file_wrapper"](open(__file__, "rb"))


def again(app):
    def makes_anew(environ, start_response):
        return [b"".join([block, b""]) for block in app(environ, start_response)]

    return makes_anew


def long(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"".join([b"a long", b" block"])]


def twice(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"row", b"row"]


def one_by_one(app):
    def yields(environ, start_response):
        yield from app(environ, start_response)

    return yields


def nothing(environ, start_response):
    start_response("204 No Content", [])
    sum(range(300_000))
    return []


def named(app):
    def names_it(environ, start_response):
        body = app(environ, start_response)
        yield b"table"
        yield from body
        yield b"end"

    return names_it


def buffering(app):
    def buffers(environ, start_response):
        given = []

        def begin(status, headers, exc_info=None):
            given[:] = status, headers

        blocks = app(environ, begin)
        start_response(*given)
        return [b"".join(blocks)]

    return buffers


class Keeping:
    def __init__(self, body):
        self.body, self.close = body, body.close

    def __iter__(self):
        return iter(self.body)


def keeping(app):
    def keeps(environ, start_response):
        return Keeping(app(environ, start_response))

    return keeps


kept = keeping(keeping(one_by_one(view)))
rows = one_by_one(twice)
late = one_by_one(view)
empty = one_by_one(nothing)
table = one_by_one(one_by_one(one_by_one(named(long))))
download = passing(passing(file))
equal = again(long)
app = site(copying(view))
counted = passing(counting(counting(same(counting(view)))))
wrapped = Drop(passing(Drop(passing(passing(changes)), "in")), "out")


class Keeps:
    def __init__(self, app):
        self.app = app

    def read(self, size):
        return self.input.read(size)

    def __call__(self, environ, start_response):
        self.input, environ["wsgi.input"] = environ["wsgi.input"], self
        return self.app(environ, start_response)


class Adds:
    def __init__(self, app, name):
        self.app, self.name = app, name

    def __call__(self, environ, start_response):
        environ.setdefault("site.trail", []).append(self.name)
        body = self.app(environ, start_response)
        environ["site.trail"].append("after " + self.name)
        return body


caught = []


def raises_again(environ, start_response):
    raise caught.pop()


def handled(environ, start_response):
    for app in view, raises_again, view:
        try:
            app(environ, start_response)
        except KeyError as error:
            caught[:] = [error] if app is view else []
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"handled"]


class Steps:
    def __init__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        self.environ, self.blocks = environ, iter([b"a", b"b"])

    def __iter__(self):
        return self

    def __next__(self):
        self.environ["stepped"] = True
        block = next(self.blocks)
        if block == b"b" and self.environ["PATH_INFO"] == "/fail":
            raise KeyError("in a step")
        return block

    def close(self):
        pass


stepped = passing(passing(Steps))


class Resumes:
    asked = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.asked += 1
        if self.asked == 2:
            return b"it was asked again"
        raise StopIteration


def resuming(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Resumes()


def listed(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"a%d" % n for n in range(int(environ["QUERY_STRING"] or 1))]


def editing(app):
    def edits(environ, start_response):
        body = app(environ, start_response)
        if environ["PATH_INFO"] == "/replaced":
            body[0] = body[0].upper()
        elif environ["PATH_INFO"] == "/added":
            body.append(b"!")
        return body

    return edits


def returning(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"a"
    return b"b"


def adding(app):
    def adds(environ, start_response):
        yield (yield from app(environ, start_response))

    return adds


returned = adding(passing(returning))
edited = passing(editing(passing(listed)))
edited_last = editing(passing(listed))
ended = passing(resuming)
trail = Adds(passing(copying(Adds(passing(view), "inner"))), "outer")
kept_input = passing(Keeps(view))
buffered = buffering(passing(passing(long)))
plain = view
