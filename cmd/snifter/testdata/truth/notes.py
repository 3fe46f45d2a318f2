"""What the stages of a stack have done to a request, as each of them notes it while it does it."""

import re

BODY = b"one\nline two\nthree"
WORD = re.compile(rb"s\d+w\d+")


class Failure(Exception):
    """What stages raise."""

    seen = False


class Note:
    """What one stage has done."""

    def __init__(self, index, within, passes):
        self.index = index
        #: The stage that it was called in, None for the outermost.
        self.within = within
        #: It was given the start_response of that as it is.
        self.passes = passes
        self.inner = None
        # Status, headers, whose the status is, and whose each header is: as given on, and as got.
        self.answer = self.got = ("", [], 0, [])
        self.chunks = []
        self.reads = self.bytes = self.over = 0
        self.where = "call"
        self.before, self.after = {}, {}
        self.exception = None
        #: It has returned the very body of the stage within.
        self.same = False
        #: Its body has a close(), which was called; it is a generator, which has run to its end.
        self.closable = self.closed = self.generates = self.ended = False

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if self.generates and self.where == "iterate":
            self.ended = kind is not GeneratorExit
        if isinstance(error, Failure):
            self.exception = [self.where, str(error), not error.seen]
            error.seen = True

    def at(self, where):
        """Note what leaves the stage as raised there."""
        self.where = where
        return self

    def forgets(self):
        """It has not called close() of the body that it got."""
        note = self.inner
        while note is not None and note.same:
            note = note.inner
        if self.same or note is None or not note.closable or note.closed:
            return False
        # Who was not closed himself had no occasion to, unless he has come to his end.
        return not self.closable or self.closed or self.ended

    def generated(self):
        """Its body is a generator."""
        self.closable = self.generates = True

    def raises(self):
        raise Failure(f"by stage {self.index}")

    def calls(self, passes, generates):
        """The stage within is called."""
        self.inner = Note(self.index + 1, self, passes)
        if generates:
            self.inner.generated()

    def reads_of(self, stream, size):
        block = stream.read(size)
        self.over += size > NOTES.left
        self.reads, self.bytes = self.reads + 1, self.bytes + len(block)
        NOTES.left -= len(block)

    def sets(self, environ, key, value):
        """Set a key, or remove it."""
        if environ.get(key) == value:
            return
        self.before.setdefault(key, environ.get(key))
        self.after[key] = value
        NOTES.blame[key] = self.index
        if value is None:
            environ.pop(key, None)
        else:
            environ[key] = value

    def starts(self, status, headers):
        """start_response is called with these."""
        left = [*zip(self.got[1], self.got[3])]
        owners = []
        for header in headers:
            found = next((each for each in left if _is_same(each[0], header)), None)
            if found is not None:
                left.remove(found)
            owners.append(self.index if found is None else found[1])
        by = self.got[2] if self.got[0] == status else self.index
        note = self
        note.answer = answer = (status, headers[:], by, owners)
        while note.passes and note.within is not None:
            note = note.within
            note.answer = answer
        if note.within is not None:
            note.within.got = answer

    def gives(self, block, via="yield"):
        note = self
        while note is not None:
            note.chunks.append([via, len(block)])
            outer = note.within
            if outer is None or not (outer.same if via == "yield" else note.passes):
                break
            note = outer
        return block

    def gives_all(self, blocks):
        """They are returned as a list."""
        for block in blocks:
            self.gives(block)
        return blocks

    def gives_on(self, body):
        """The body of the stage within is returned."""
        for via, size in self.inner.chunks:
            if via == "yield":
                self.chunks.append([via, size])
        self.same = True
        return body

    def closes(self, body):
        note = self.inner
        while note is not None:
            note.closed = True
            note = note.inner if note.same else None
        if hasattr(body, "close"):
            body.close()

    def capitals(self, block):
        for word in WORD.findall(block):
            NOTES.capitals[word.upper().decode()] = self.index
        return block.upper()

    def told(self):
        changes = {"added": {}, "changed": {}, "removed": []}
        for key, value in sorted(self.after.items()):
            before = self.before[key]
            if before is None and value is not None:
                changes["added"][key] = value
            elif value is not None:
                changes["changed"][key] = [before, value]
            elif before is not None:
                changes["removed"].append(key)
        return {
            "within": self.within.index if self.within else 0,
            "environ_changes": changes,
            "input": {"reads": self.reads, "bytes": self.bytes, "over": self.over},
            "status": self.answer[0],
            "headers": self.answer[1],
            "chunks": self.chunks,
            "exception": self.exception,
        }


class Notes:
    """Those of one request."""

    def __init__(self):
        self.left = len(BODY)
        self.blame = {}
        self.capitals = {}
        self.outermost = Note(1, None, False)

    def told(self):
        stages, note = [], self.outermost
        while note is not None:
            stages.append(note)
            note = note.inner
        served = self.outermost
        while served is not None:
            served.closed = True
            served = served.inner if served.same else None
        status, _, by, owners = self.outermost.answer
        return {
            "stages": [note.told() for note in stages],
            "closable": [note.index for note in stages if note.closable],
            "closed": [note.index for note in stages if note.closable and note.closed],
            "forgot": [note.index for note in stages if note.forgets()],
            "status": by,
            "fields": owners,
            "environ": self.blame,
            "capitals": self.capitals,
        }


NOTES = Notes()


def begin():
    """Another request begins."""
    NOTES.__init__()
    return NOTES.outermost


def _is_same(before, after):
    return before[0].lower() == after[0].lower() and before[1] == after[1]
