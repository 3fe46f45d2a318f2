"""Applications that are not simply an object in a module: Django projects and PasteDeploy files."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def django(plan: dict[str, Any]) -> Any:
    """Load a Django project as runserver does, its static files included."""
    if plan.get("settings"):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", plan["settings"])
    import django as framework

    framework.setup()
    from django.conf import settings
    from django.core.servers.basehttp import get_internal_wsgi_application

    application = get_internal_wsgi_application()
    if settings.DEBUG and "django.contrib.staticfiles" in settings.INSTALLED_APPS:
        from django.contrib.staticfiles.handlers import StaticFilesHandler

        application = StaticFilesHandler(application)
    if getattr(settings, "ROOT_URLCONF", None):
        # runserver's checks import the views, too: what is broken in them is told before a request
        # comes, and a save of them is known for what it is.
        from django.urls import get_resolver

        get_resolver().url_patterns  # noqa: B018
    return application


def ini(path: str, section: str) -> Any:
    """Load an application from a PasteDeploy file as pserve does, its logging included."""
    try:
        from pyramid.paster import get_app, setup_logging
    except ImportError:
        from paste.deploy import loadapp

        return loadapp("config:" + os.path.abspath(path), name=section)
    uri = f"{path}#{section}"
    setup_logging(uri)
    return get_app(uri)
