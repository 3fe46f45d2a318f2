"""The numbers of the protocol, as snifter's package ``devserver/wire`` has them."""

from __future__ import annotations

from struct import Struct

HEADER = Struct("<IBBHIQ")
HEADER_SIZE = 20
#: A header and the size of the head that follows it.
HEAD_HEADER = Struct("<IBBHIQI")
U32 = Struct("<I")

MAX_PAYLOAD = 16 << 20
BODY_WINDOW = 256 << 10
DATA_WINDOW = 256 << 10

# From the server.
REQUEST = 1
BODY = 2
BODY_ERROR = 3
CREDIT = 4
GONE = 5
STOP = 6
LOAD = 7
STOPS = 8
RESUME = 9
SURGERY = 10
STAY = 11

# From the worker.
READY = 16
FAILED = 17
HEAD = 18
DATA = 19
END = 20
READ = 21
ERRORS = 22
OUTPUT = 23
EXCEPTION = 24
LINT = 25
MODULES = 26
STARTED = 27
CLOSED = 28
STAGE_EVENTS = 29
STAGE_NAMED = 30
PARKED = 31
TAKEN = 32
COMPILED = 33

FLAG_END = 1
FLAG_WRITE = 2
FLAG_MORE = 4
FLAG_BROKEN = 8
FLAG_SIZED = 16
FLAG_BLOCK = 32
FLAG_EXC_INFO = 64
FLAG_AHEAD = 128
FLAG_CONTINUE = 1
FLAG_STDERR = 1
