"""A middleware of Django's own kind, not of WSGI's: it sees responses, not bytes."""

import time


def timing(get_response):
    def timed(request):
        began = time.perf_counter()
        response = get_response(request)
        took = (time.perf_counter() - began) * 1000
        response["Server-Timing"] = f"view;dur={took:.1f}"
        return response

    return timed
