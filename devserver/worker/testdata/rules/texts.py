"""What is printed, and written to wsgi.errors."""

import sys
import threading

from answers import ok


def errors(environ, start_response):
    stream = environ["wsgi.errors"]
    stream.write("half ")
    stream.write("a line\n")
    stream.writelines(["two\n", "three"])
    stream.flush()
    ok(start_response)
    return [b"x"]


def errors_bytes(environ, start_response):
    environ["wsgi.errors"].write(b"bytes")


def prints(environ, start_response):
    print("to", "stdout")
    print("to stderr", file=sys.stderr)
    sys.stdout.buffer.write(b"raw\n")
    thread = threading.Thread(target=print, args=("from a thread",))
    thread.start()
    thread.join()
    ok(start_response)
    print("last", end="")
    return [b"x"]
