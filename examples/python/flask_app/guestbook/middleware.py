"""A WSGI middleware, as one puts around any Flask application."""

import uuid


class RequestId:
    """Gives each request an id, or keeps the one it came with, and puts it into the answer."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        request_id = environ.setdefault("HTTP_X_REQUEST_ID", uuid.uuid4().hex)

        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Request-Id", request_id)], exc_info)

        return self.app(environ, start)
