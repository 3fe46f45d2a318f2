"""What is wrong with a body, and what is odd and right."""

from places import ANSWERS, PASSES, PLAIN, Passing, fault, filed, shut


class Bytes(bytes):
    pass


# Its type and its length.


def answers(name, rules, status, headers, *blocks, make):
    """A stage that answers by itself."""

    def do(request):
        request.discard()
        request.start(status, headers[:])
        return make(blocks)

    fault(name, *rules)(do)


def sized(length):
    return [*PLAIN, ("Content-Length", length)]


for make in (list, iter):
    for name, rules, *answer in (
        ("typed-204", ["content-type-unexpected"], "204 No Content", PLAIN),
        ("typed-304", ["content-type-unexpected"], "304 Not Modified", PLAIN),
        ("full-204", ["body-not-allowed"], "204 No Content", [], b"x", b"y"),
        ("full-304", ["body-not-allowed"], "304 Not Modified", [], b"x"),
        ("untyped", ["content-type-missing"], "200 OK", [], b"x", b"y"),
        ("untyped-201", ["content-type-missing"], "201 Created", [], b"x"),
        ("untyped-302", ["content-type-missing"], "302 Found", [("Location", "/")]),
        ("too-long", ["content-length-exceeded"], "200 OK", sized("2"), b"one"),
        ("too-short", ["content-length-short"], "200 OK", sized("9"), b"one", b"two"),
        ("not-empty", ["content-length-exceeded"], "200 OK", sized("0"), b"x"),
        ("good-size", [], "200 OK", sized("6"), b"one", b"two"),
        ("good-sizes", [], "200 OK", [*sized("1"), ("content-length", "1")], b"x"),
        ("good-nothing", [], "200 OK", sized("0")),
        ("good-type", [], "200 OK", [("content-type", "text/plain")], b"x"),
        ("good-204", [], "204 No Content", [], b""),
        ("good-302", [], "302 Found", [*PLAIN, ("Location", "/")]),
        ("good-304", [], "304 Not Modified", [("Content-Length", "100")]),
    ):
        answers(f"{name}-{make.__name__}", rules, *answer, make=make)


@fault("type-removed", "content-type-missing", at=PASSES)
def type_removed(request):
    return request.answer(lambda status, headers, exc_info=None: request.start(status, []))


@fault("content-removed", "body-not-allowed", at=PASSES)
def content_removed(request):
    return request.answer(lambda *args: request.start("204 No Content", []))


def resizes(name, length, rule):
    def do(request):
        return request.answer(lambda *args: request.start("200 OK", sized(length)))

    fault(name, rule, at=PASSES)(do)


resizes("sized-too-long", "100", "content-length-short")
resizes("sized-too-short", "1", "content-length-exceeded")


@fault("swollen", "content-length-exceeded", at=PASSES)
def swollen(request):
    body = request.answer(lambda *args: request.start("200 OK", sized("6")))
    try:
        for block in body:
            yield block + b"swollen"
    finally:
        shut(body)


# Its blocks.


class Indexed:
    def __getitem__(self, at):
        return [b"one", b"two"][at]


def gives(name, rules, *result):
    """A stage whose body is the first of these, or what the first makes of the others."""

    def do(request):
        request.discard()
        request.start("200 OK", PLAIN[:])
        return result[0] if len(result) == 1 else result[0](*result[1:])

    fault(name, *rules)(do)


for result in (None, 7, object()):
    gives(f"not-iterable-{type(result).__name__}", ["not-iterable"], result)
for result in ("text", b"text", "", b"", type("Text", (str,), {})("text")):
    gives(f"string-{len(result)}-{type(result).__name__}", ["body-is-string"], result)
for block in ("text", None, 7, bytearray(b"x"), memoryview(b"x")):
    for make in (list, iter):
        name = f"block-{type(block).__name__}-{make.__name__}"
        gives(name, ["block-not-bytes"], make, [b"one", block])
gives("block-of-bytearray", ["block-not-bytes"], bytearray(b"text"))
gives("block-of-no-text", ["block-not-bytes"], [""])
gives("block-subclass", ["block-subclass"], [Bytes(b"one")])
gives("blocks-subclass", ["block-subclass"], iter, [Bytes(b"one")] * 200)
gives("tiny", ["blocks-tiny"], [b"x"] * 100)
gives("tiny-one-by-one", ["blocks-tiny"], iter, [b"x"] * 100)
for make in (tuple, set, iter, dict.fromkeys):
    gives(f"good-{make.__name__}", [], make, [b"one"])
gives("good-empty-blocks", [], iter, [b"", b"one", b""])
gives("good-many", [], iter, [b"enough"] * 100)
gives("good-index", [], Indexed())


@fault("stubborn", "yield-after-end", at=ANSWERS)
def stubborn(request):
    request.start("200 OK", PLAIN[:])
    for _ in range(100):
        try:
            yield b"once more" * 8000
        except GeneratorExit:
            yield b"and again"
            return


# write().


def writes(name, rules, *blocks):
    def do(request):
        def start(*args):
            write = request.start(*args)
            for block in blocks:
                write(block)
            return write

        return request.answer(start)

    # A generator calls start_response, and what wraps that, as its body is iterated.
    lazily = [*rules, "write-in-body"]
    fault(name, "write-used", *rules, of_lazy=["write-used", *lazily])(do)


writes("written", [], b"one", b"two")
writes("written-nothing", [], b"")
writes("written-text", ["block-not-bytes"], "one")
writes("written-subclass", ["block-subclass"], Bytes(b"one"))


@fault("written-in-body", "write-used", "write-in-body", at=ANSWERS)
def written_in_body(request):
    write = request.start("200 OK", PLAIN[:])
    yield b"one"
    write(b"two")


@fault("written-and-in-body", "write-used", "write-in-body", at=ANSWERS)
def written_and_in_body(request):
    write = request.start("200 OK", PLAIN[:])
    write(b"one")
    return (write(block) or block for block in (b"two", b"three"))


@fault("written-too-long", "write-used", "content-length-exceeded", at=ANSWERS)
def written_too_long(request):
    request.start("200 OK", sized("1"))(b"one")
    return []


# What a middleware does with it.


def passes(name, rules, of_list=(), **places):
    """A middleware that makes a body of the one within, which has to be closed but for a list."""
    return fault(name, *rules, at=PASSES, of_list=of_list, **places)


@passes("close-lost", ["close-not-called"])
def close_lost(request):
    return map(bytes.upper, request.answer())


@passes("forgotten", ["close-not-called"])
def forgotten(request):
    for block in request.answer():
        yield block


@passes("dropped", ["close-not-called"])
def dropped(request):
    request.answer(lambda *args: None)
    request.start("200 OK", PLAIN[:])
    return [b"instead"]


@passes("closed-twice", ["close-twice"])
def closed_twice(request):
    body = request.answer()
    try:
        yield from Passing([], body)
    finally:
        shut(body)
        shut(body)


@passes("closed-early", ["body-after-close"], of_lazy=["start-response-not-called"])
def closed_early(request):
    body = request.answer()
    shut(body)
    return Passing([], body)


@passes("held-back", ["blocks-held-back"])
def held_back(request):
    body = request.answer()
    try:
        return [b"".join(body)]
    finally:
        shut(body)


@passes("paired", ["blocks-held-back"])
def paired(request):
    body = request.answer()
    try:
        kept = b""
        for number, block in enumerate(body):
            kept += block
            if number % 2:
                yield kept
                kept = b""
        yield kept
    finally:
        shut(body)


@fault("decoded", "block-not-bytes", at=PASSES)
def decoded(request):
    body = request.answer()
    try:
        for block in body:
            yield block.decode()
    finally:
        shut(body)


TWICE = ["start-response-twice"]


@passes("restarted", [*TWICE, "close-not-called"], of_list=TWICE, of_lazy=TWICE)
def restarted(request):
    body = request.answer()
    body = [next(iter(body)), *body] if isinstance(body, list) else body
    request.start("200 OK", PLAIN[:])
    return body


@fault("patient", at=PASSES)
def patient(request):
    body = request.answer()
    try:
        kept = []
        for block in body:
            kept.append(block)
            yield b""
        yield b"".join(kept)
    finally:
        shut(body)


@fault("first-looked-at", at=PASSES)
def first_looked_at(request):
    body = request.answer()
    blocks = iter(body)
    first = next(blocks, b"")
    return Passing(body, (block for part in ([first], blocks) for block in part))


@fault("twice-asked", at=PASSES)
def twice_asked(request):
    request.discard()
    return request.answer()


@fault("not-asked", at=PASSES)
def not_asked(request):
    request.start("200 OK", PLAIN[:])
    return [b"instead"]


@fault("file", innermost=["file-wrapper-lost Good"], middle=["file-wrapper-lost Good"])
def file(request):
    return filed(request.environ, request.start)


@fault("file-read", "file-wrapper-lost")
def file_read(request):
    body = filed(request.environ, request.start)
    try:
        return [b"".join(body)]
    finally:
        shut(body)
