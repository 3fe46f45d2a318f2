"""A WSGI middleware that compresses answers as they stream."""

import zlib


def filter_factory(global_config, minimum="0"):
    """What PasteDeploy calls for [filter:gzip]."""
    return lambda app: Gzip(app, int(minimum))


class Gzip:
    def __init__(self, app, minimum):
        self.app = app
        self.minimum = minimum

    def __call__(self, environ, start_response):
        if (
            "gzip" not in environ.get("HTTP_ACCEPT_ENCODING", "")
            or environ["REQUEST_METHOD"] == "HEAD"
        ):
            return self.app(environ, start_response)
        compressor = None

        def start(status, headers, exc_info=None):
            nonlocal compressor
            if self.suits(status, headers):
                compressor = zlib.compressobj(wbits=31)
                headers = [
                    (name, value) for name, value in headers if name.lower() != "content-length"
                ]
                headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
            return start_response(status, headers, exc_info)

        chunks = self.app(environ, start)
        return compressed(chunks, lambda: compressor)

    def suits(self, status, headers):
        fields = {name.lower(): value for name, value in headers}
        textual = fields.get("content-type", "").startswith(("text/", "application/json"))
        long = int(fields.get("content-length", self.minimum)) >= self.minimum
        return textual and long and status[:3] == "200" and "content-encoding" not in fields


def compressed(chunks, chosen):
    """Each chunk is flushed, so that what streams into the middleware streams out of it."""
    try:
        for chunk in chunks:
            compressor = chosen()
            if compressor is None:
                yield chunk
            else:
                yield compressor.compress(chunk) + compressor.flush(zlib.Z_SYNC_FLUSH)
        if chosen() is not None:
            yield chosen().flush()
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
