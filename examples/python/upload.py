"""Bodies of requests: echo one, or count and hash one of any size without holding it.

    snifter run examples/python/upload.py
    curl -d 'a=1' http://127.0.0.1:8000/echo
    curl -T big.iso http://127.0.0.1:8000/
    curl -H 'Transfer-Encoding: chunked' -T - http://127.0.0.1:8000/ < big.iso

wsgi.input ends at the end of the body, also where there is no CONTENT_LENGTH since the body came in
chunks; that it does is what wsgi.input_terminated says. A client that asks with `Expect:
100-continue`, as curl does for a large file, is told to go on at the first read.
"""

import hashlib
import json

BLOCK = 64 * 1024


def blocks(stream):
    while True:
        block = stream.read(BLOCK)
        if not block:
            return
        yield block


def echo(environ, start_response):
    """Gives each block back as it comes."""
    headers = [("Content-Type", environ.get("CONTENT_TYPE", "application/octet-stream"))]
    if "CONTENT_LENGTH" in environ:
        headers.append(("Content-Length", environ["CONTENT_LENGTH"]))
    start_response("200 OK", headers)
    return blocks(environ["wsgi.input"])


def digest(environ, start_response):
    size, sha256 = 0, hashlib.sha256()
    for block in blocks(environ["wsgi.input"]):
        size += len(block)
        sha256.update(block)
    body = json.dumps({"bytes": size, "sha256": sha256.hexdigest()}).encode() + b"\n"
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]


def app(environ, start_response):
    if environ["PATH_INFO"] == "/echo":
        return echo(environ, start_response)
    return digest(environ, start_response)
