"""A tween: Pyramid's own kind of middleware."""


def no_store(handler, registry):
    def tween(request):
        response = handler(request)
        if not response.cache_control.public:
            response.cache_control = "no-store"
        return response

    return tween
