"""An exception in close(): the answer is out by then, and the exchange says where it rose."""


class Body:
    def __init__(self, chunks):
        self.chunks = iter(chunks)

    def __iter__(self):
        return self.chunks

    def close(self):
        raise RuntimeError("the session could not be saved")


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Body([b"one\n", b"two\n"])
