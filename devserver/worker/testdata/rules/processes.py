"""What ends the process, and what that has."""

import os
import time

from answers import ok


def dies(environ, start_response):
    os._exit(7)


def is_killed(environ, start_response):
    import signal

    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(20)


def descriptors(environ, start_response):
    ok(start_response)
    return [str(len(os.listdir("/proc/self/fd"))).encode()]


def memory(environ, start_response):
    with open("/proc/self/status") as f:
        peak = [line.split()[1] for line in f if line.startswith("VmHWM")]
    ok(start_response)
    return [peak[0].encode()]
