"""The stack that $STACK names, as it is, or ($WITHIN) under the checks of wsgiref or webtest."""

import importlib
import os
import warnings
from wsgiref.validate import validator

from webtest.lint import middleware

warnings.simplefilter("ignore")

WITHIN = {"": lambda app: app, "wsgiref": validator, "webtest": middleware}

application = WITHIN[os.environ.get("WITHIN", "")](
    importlib.import_module(os.environ["STACK"]).application
)
