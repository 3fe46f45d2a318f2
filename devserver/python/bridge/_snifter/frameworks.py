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
        get_app = None
    if get_app is None:  # what fails here has nothing to do with Pyramid
        return _without_pyramid(os.path.abspath(path), section)
    uri = f"{path}#{section}"
    setup_logging(uri)
    return get_app(uri)


def _without_pyramid(path: str, section: str) -> Any:
    """As Zope's runwsgi does, and others."""
    from configparser import RawConfigParser

    from paste.deploy import loadapp

    parser = RawConfigParser()
    parser.read(path, encoding="utf-8")
    if parser.has_section("loggers"):
        from logging.config import fileConfig

        given = {"here": os.path.dirname(path), "__file__": path}
        fileConfig(path, given, disable_existing_loggers=False)
    return loadapp("config:" + path, name=section)
