"""What wsgiref.validate and webtest.lint assert, broken by one stage among others that are right,
as the module `mistakes`: the query string says which mistake is made."""

TYPED = [("Content-Type", "text/plain")]


class Text(str):
    pass


class Bytes(bytes):
    pass


class Dict(dict):
    pass


class List(list):
    pass


class Pair(tuple):
    pass


class Asked:
    """What has but these methods."""

    def __init__(self, *names):
        for name in names:
            setattr(self, name, lambda *args: b"")


class Closing:
    """A body that is to be closed."""

    def __init__(self, *blocks):
        self.blocks = blocks

    def __iter__(self):
        return iter(self.blocks)

    def close(self):
        pass


class Mistake:
    """What a stage does wrong: to the environ that it gives on, to what it gives to start_response,
    to the body that it gives; or with what it is given, beside all that."""

    by_name = False
    #: What the stage within returns.
    inner = [b"body"]

    def __init__(self, *rules, **changes):
        self.rules = rules
        vars(self).update(changes)

    def does(self, environ):
        pass

    def environ(self, environ):
        return environ

    def head(self, start, status, headers):
        start(status, headers)

    def body(self, body):
        return body


def of_environ(rule, without=(), kind=dict, **changes):
    """The environ with these, of which a name has "__" for a dot."""

    def change(environ):
        changed = kind(environ)
        for key in without:
            del changed[key]
        changed.update({key.replace("__", "."): value for key, value in changes.items()})
        return changed

    return Mistake(rule, environ=change)


def of_head(rule, *args, **named):
    return Mistake(rule, head=lambda start, *_: start(*args, **named))


def of_header(rule, *pairs):
    return of_head(rule, "200 OK", TYPED + [*pairs])


def of_body(rule, given):
    return Mistake(rule, body=lambda _: given())


def of_closing(rule, then):
    return Mistake(rule, inner=Closing(b"body"), body=then)


def called(rule, key, method, *args):
    def do(environ):
        try:
            getattr(environ[key], method)(*args)
        except (AttributeError, TypeError):
            pass

    return Mistake(rule, does=do)


def forgets(body):
    return [*body]


def closes_first(body):
    body.close()
    return [*body]


def closes_twice(body):
    blocks = [*body]
    body.close()
    body.close()
    return blocks


def answers_nothing(start, *_):
    start("204 No Content", TYPED[:])


def writes(start, status, headers):
    start(status, headers)("text")


NEEDED = (
    *("REQUEST_METHOD", "SERVER_NAME", "SERVER_PORT", "wsgi.version", "wsgi.input", "wsgi.errors"),
    *("wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once", "wsgi.url_scheme"),
)
READS = "read", "readline", "readlines", "__iter__"
WRITES = "flush", "write", "writelines"

#: By their names.
MISTAKES = {
    "environ-kind": of_environ("environ-not-dict", kind=Dict),
    **{f"without-{key}": of_environ("environ-missing", without=[key]) for key in NEEDED},
    "content-type-key": of_environ("environ-content-key", HTTP_CONTENT_TYPE="text/plain"),
    "content-length-key": of_environ("environ-content-key", HTTP_CONTENT_LENGTH="0"),
    "no-query": of_environ("environ-query-string", without=["QUERY_STRING"]),
    "environ-number": of_environ("environ-not-text", HTTP_X=7),
    "environ-bytes": of_environ("environ-not-text", HTTP_X=b"x"),
    "environ-text": of_environ("environ-subclass", HTTP_X=Text("x")),
    "environ-wide": of_environ("environ-not-text", HTTP_X="\u2603"),
    "version-list": of_environ("environ-version", wsgi__version=[1, 0]),
    "scheme": of_environ("environ-url-scheme", wsgi__url_scheme="ftp"),
    **{
        f"input-{gone}": of_environ(
            "environ-input", wsgi__input=Asked(*(name for name in READS if name != gone))
        )
        for gone in READS[:3]
    },
    "input-__iter__": of_environ("environ-input", wsgi__input=Asked(*READS[:3])),
    **{
        f"errors-{gone}": of_environ(
            "environ-errors", wsgi__errors=Asked(*(name for name in WRITES if name != gone))
        )
        for gone in WRITES
    },
    "method": of_environ("environ-method", REQUEST_METHOD="FROB"),
    "script-start": of_environ("environ-script-name", SCRIPT_NAME="abc"),
    "script-slash": of_environ("environ-script-name", SCRIPT_NAME="/"),
    "path-start": of_environ("environ-path-info", PATH_INFO="abc"),
    "path-none": of_environ("environ-path-info", without=["PATH_INFO"], SCRIPT_NAME=""),
    "length-below": of_environ("environ-content-length", CONTENT_LENGTH="-1"),
    "length-word": of_environ("environ-content-length", CONTENT_LENGTH="ten"),
    "input-close": called("input-method", "wsgi.input", "close"),
    "errors-close": called("errors-method", "wsgi.errors", "close"),
    "errors-bytes": called("errors-not-text", "wsgi.errors", "write", b"text"),
    "errors-text": called("errors-subclass", "wsgi.errors", "write", Text("text")),
    "start-one": of_head("start-response-arguments", "200 OK"),
    "start-four": of_head("start-response-arguments", "200 OK", TYPED, None, None),
    "start-named": of_head("start-response-keywords", status="200 OK", headers=TYPED),
    "status-number": of_head("status-invalid", 200, TYPED),
    "status-bytes": of_head("status-invalid", b"200 OK", TYPED),
    "status-text": of_head("status-subclass", Text("200 OK"), TYPED),
    "status-short": of_head("status-invalid", "20 OK", TYPED),
    "status-word": of_head("status-invalid", "abc OK", TYPED),
    "status-low": of_head("status-invalid", "099 Low", TYPED),
    "status-space": of_head("status-invalid", "200-OK", TYPED),
    "status-code": of_head("status-invalid", "200", TYPED),
    "status-reason": of_head("status-no-reason", "200 ", TYPED),
    "status-letter": of_head("status-no-reason", "200 O", TYPED),
    "headers-tuple": of_head("header-invalid", "200 OK", tuple(TYPED)),
    "headers-dict": of_head("header-invalid", "200 OK", dict(TYPED)),
    "headers-kind": of_head("header-subclass", "200 OK", List(TYPED)),
    "header-list": of_header("header-invalid", ["X-A", "1"]),
    "header-kind": of_header("header-subclass", Pair(("X-A", "1"))),
    "header-three": of_header("header-invalid", ("X-A", "1", "2")),
    "header-name-bytes": of_header("header-invalid", (b"X-A", "1")),
    "header-name-text": of_header("header-subclass", (Text("X-A"), "1")),
    "header-name-wide": of_header("header-invalid", ("X-\u2603", "1")),
    "header-bytes": of_header("header-invalid", ("X-A", b"1")),
    "header-number": of_header("header-invalid", ("X-A", 1)),
    "header-text": of_header("header-subclass", ("X-A", Text("1"))),
    "header-wide": of_header("header-invalid", ("X-A", "\u2603")),
    "header-control": of_header("header-invalid", ("X-A", "a\nb")),
    "header-status": of_header("header-status", ("Status", "200")),
    "header-colon": of_header("header-invalid", ("X:A", "1")),
    "header-line": of_header("header-invalid", ("X\nA", "1")),
    "header-digit": of_header("header-name-odd", ("1X", "1")),
    "header-dash": of_header("header-name-odd", ("X-", "1")),
    "header-underscore": of_header("header-name-odd", ("X_", "1")),
    "type-none": of_head("content-type-missing", "200 OK", []),
    "exc-info": of_head("exc-info-invalid", "200 OK", TYPED, "none"),
    "exc-info-list": of_head("exc-info-invalid", "200 OK", TYPED, [None, None, None]),
    "type-unexpected": Mistake(
        "content-type-unexpected", head=answers_nothing, body=lambda _: []
    ),
    "start-never": Mistake("start-response-not-called", head=lambda *_: None),
    "block-text": of_body("block-not-bytes", lambda: ["text"]),
    "block-array": of_body("block-not-bytes", lambda: [bytearray(b"text")]),
    "block-none": of_body("block-not-bytes", lambda: [None]),
    "block-kind": of_body("block-subclass", lambda: [Bytes(b"text")]),
}
#: What only a call does that is no generator's, or the like.
OF_CALLS = {
    "body-none": of_body("not-iterable", lambda: None),
    "body-number": of_body("not-iterable", lambda: 7),
    "body-text": of_body("body-is-string", lambda: "text"),
    "body-bytes": of_body("body-is-string", lambda: b"text"),
    "write-text": Mistake("write-used", "block-not-bytes", head=writes),
}
#: What only a stage does that has another within.
AROUND = {
    "by-name": Mistake("application-keywords", by_name=True),
    "close-never": of_closing("close-not-called", forgets),
    "close-first": of_closing("body-after-close", closes_first),
    "close-twice": of_closing("close-twice", closes_twice),
    **{name: each for name, each in MISTAKES.items() if "environ" in vars(each)},
}
MISTAKES.update({**OF_CALLS, **AROUND})


def within(app, environ, mistake):
    """What the stage within answers, or the one itself."""
    mistake.does(environ)
    if app is None:
        return "200 OK", TYPED[:], [b"body"]
    got = []
    given = mistake.environ(environ)
    if mistake.by_name:
        body = app(environ=given, start_response=lambda *head: got.append(head))
    else:
        body = app(given, lambda *head: got.append(head))
    return (*got[0], body)


def function(app):
    def erring(environ, start_response):
        mistake = MISTAKES[environ["QUERY_STRING"]]
        status, headers, body = within(app, environ, mistake)
        mistake.head(start_response, status, headers)
        return mistake.body(body)

    return erring


def generator(app):
    def erring(environ, start_response):
        mistake = MISTAKES[environ["QUERY_STRING"]]
        status, headers, body = within(app, environ, mistake)
        mistake.head(start_response, status, headers)
        yield from mistake.body(body)

    return erring


class Erring:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        mistake = MISTAKES[environ["QUERY_STRING"]]
        status, headers, body = within(self.app, environ, mistake)
        mistake.head(start_response, status, headers)
        return mistake.body(body)


def page(app):
    class Page:
        def __init__(self, environ, start_response):
            self.environ, self.start_response = environ, start_response

        def __iter__(self):
            mistake = MISTAKES[self.environ["QUERY_STRING"]]
            status, headers, body = within(app, self.environ, mistake)
            mistake.head(self.start_response, status, headers)
            return iter(mistake.body(body))

    return Page


def right(app):
    """A stage that is right."""

    def passes(environ, start_response):
        return app(environ, start_response)

    return passes


def adds(app):
    """One whose start_response is its own."""

    def adding(environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, headers, exc_info)

        return app(environ, begin)

    return adding


def leaf(environ, start_response):
    start_response("200 OK", TYPED[:])
    return MISTAKES[environ.get("QUERY_STRING", "no-query")].inner


KINDS = {"function": function, "instance": Erring, "page": page, "generator": generator}
for _name, _kind in KINDS.items():
    globals()[f"outermost_{_name}"] = _kind(right(leaf))
    globals()[f"middle_{_name}"] = right(_kind(right(leaf)))
    globals()[f"innermost_{_name}"] = right(right(_kind(None)))
    globals()[f"around_{_name}"] = right(adds(_kind(right(leaf))))
