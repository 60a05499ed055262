"""The web application: the store, the clock and the two doors, put together once."""

import secrets
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from flask import Flask, Request, Response, g, has_request_context, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from sqlalchemy.orm import configure_mappers
from werkzeug.middleware.proxy_fix import ProxyFix

from feeledger import api, web
from feeledger.api.lane import HEADER_OF_REQUEST_ID, ClearLane
from feeledger.clock import Clock
from feeledger.doors import Kit
from feeledger.settings import Settings
from feeledger.store import Store
from feeledger.web.safety import SafetyHeaders

# The largest request: a report with its files, or 500 confirmations.
BODY_SIZE_MAX = 12 * 1024 * 1024


class Application(Flask):
    """Flask without its look at each view and hook whether it is a coroutine: none of ours is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Give the function as it is."""
        return func


class PageSessions(SecureCookieSessionInterface):
    """Cookie sessions for pages only: the API has none, and reading one costs it a tenth."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Open the session of a page; a machine's call gets none."""
        return None if request.path.startswith("/api/") else super().open_session(app, request)


def create_app(
    settings: Settings, *, store: Store | None = None, clock: Clock | None = None
) -> Flask:
    """Put the application together; ``store`` and ``clock`` are given by tests."""
    configure_mappers()  # a third of a second, before the workers part and not in their first answers
    app = Application("feeledger", static_folder=None)
    app.session_interface = PageSessions()
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=BODY_SIZE_MAX,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.mode == "production",
        TESTING=settings.mode == "test",
    )
    app.extensions["feeledger"] = Kit(
        store=store or Store(settings.database_url),
        clock=clock or Clock(fixed=settings.demo_today),
        settings=settings,
    )
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's own way
    app.wsgi_app = ClearLane(app.wsgi_app, app.extensions["feeledger"])  # type: ignore[method-assign]  # as above
    safe = SafetyHeaders(app.wsgi_app, https_only=settings.mode == "production")
    app.wsgi_app = safe  # type: ignore[method-assign]  # as above
    _write_plain_log_lines()
    _name_requests(app)
    api.register(app, banks_only=settings.banks_only)
    if not settings.banks_only:
        web.register(app)
    return app


def _write_plain_log_lines() -> None:
    """Log one JSON object a line on stderr; a traceback without the values of its variables."""
    structlog.configure(
        processors=[
            _name_request_in_log,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )


def _name_request_in_log(
    _logger: object, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Say in a log line which request it belongs to; asked for only when something is logged."""
    if has_request_context():
        line.update(request_id=g.get("request_id"), method=request.method, path=request.path)
    return line


def _name_requests(app: Flask) -> None:
    """Give every request an id, which its log lines carry and the caller gets back."""

    @app.before_request
    def name_request() -> None:
        g.request_id = secrets.token_hex(8)

    @app.after_request
    def send_request_id(response: Response) -> Response:
        response.headers[HEADER_OF_REQUEST_ID] = g.get("request_id", "")
        return response
