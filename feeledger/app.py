"""The web application: the store, the clock and the two doors, put together once."""

import secrets
import sys

import structlog
from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from feeledger import api, web
from feeledger.clock import Clock
from feeledger.doors import Kit
from feeledger.settings import Settings
from feeledger.store import Store

# The largest request: a report with its files, or 500 confirmations.
BODY_SIZE_MAX = 12 * 1024 * 1024
HEADER_OF_REQUEST_ID = "X-Request-Id"


class PageSessions(SecureCookieSessionInterface):
    """Cookie sessions for pages only: the API has none, and reading one costs it a tenth."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Open the session of a page; a machine's call gets none."""
        return None if request.path.startswith("/api/") else super().open_session(app, request)


def create_app(
    settings: Settings, *, store: Store | None = None, clock: Clock | None = None
) -> Flask:
    """Put the application together; ``store`` and ``clock`` are given by tests."""
    app = Flask("feeledger", static_folder=None)
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
    _write_plain_log_lines()
    _name_requests(app)
    api.register(app)
    web.register(app)
    return app


def _write_plain_log_lines() -> None:
    """Log one JSON object a line on stderr; a traceback without the values of its variables."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )


def _name_requests(app: Flask) -> None:
    """Give every request an id, bound to its log lines and sent back to the caller."""

    @app.before_request
    def name_request() -> None:
        g.request_id = secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(
            request_id=g.request_id, method=request.method, path=request.path
        )

    @app.after_request
    def send_request_id(response: Response) -> Response:
        response.headers[HEADER_OF_REQUEST_ID] = g.get("request_id", "")
        return response
