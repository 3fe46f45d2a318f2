"""A message board in Pyramid: forms with CSRF tokens, a session, uploads and JSON."""

from pyramid.config import Configurator
from pyramid.csrf import CookieCSRFStoragePolicy
from pyramid.session import SignedCookieSessionFactory


def main(global_config, **settings):
    """What PasteDeploy calls for [app:board]."""
    settings["board.kept"] = int(settings.get("board.kept", 10))
    with Configurator(settings=settings) as config:
        config.include("pyramid_jinja2")
        config.set_session_factory(
            SignedCookieSessionFactory(settings["board.secret"], samesite="Lax")
        )
        config.set_csrf_storage_policy(CookieCSRFStoragePolicy(samesite="Lax"))
        config.add_route("index", "/")
        config.add_route("upload", "/upload")
        config.add_route("messages", "/api/messages")
        config.add_route("clock", "/clock")
        config.add_route("broken", "/broken")
        config.add_tween("board.tweens.no_store")
        config.scan(".views")
    return config.make_wsgi_app()
