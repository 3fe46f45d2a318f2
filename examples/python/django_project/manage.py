#!/usr/bin/env python
"""Django's command-line utility for administrative tasks.

    cd examples/python/django_project
    python3 -m venv .venv && .venv/bin/pip install --require-hashes -r requirements.txt
    snifter

snifter finds this file, and by it the settings and WSGI_APPLICATION. Nothing has to be migrated:
the session lies in a signed cookie. Look at a POST of the form: the token in the body, the cookie
beside it, and CsrfViewMiddleware that holds them against each other; then send it again with the
token changed.
"""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notebook.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
