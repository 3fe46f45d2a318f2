"""What nobody holds any more."""

from __future__ import annotations

import gc
import sys


def settle():
    """Have it be gone: CPython lets go of it by itself, and PyPy where it collects."""
    if sys.implementation.name != "cpython":
        gc.collect()
