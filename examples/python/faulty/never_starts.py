"""Never calls start_response, and so never says what its chunks are."""


def app(environ, start_response):
    return [b"an answer without a status\n"]
