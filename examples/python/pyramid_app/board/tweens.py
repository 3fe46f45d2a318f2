"""A tween: Pyramid's own kind of middleware."""


def no_store(handler, registry):
    def tween(request):
        response = handler(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return tween
