"""Stacks that break a rule of PEP 3333 each, or none. Printed is what is to be found by path."""

import json

import bodies  # noqa: F401
import environs  # noqa: F401
import heads  # noqa: F401
from places import FOUND, app  # noqa: F401

if __name__ == "__main__":
    print(json.dumps(FOUND))
