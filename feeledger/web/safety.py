"""The headers that every answer of the application carries, whichever door made it.

They are made once and hung on outside the framework: set one by one on each answer they cost more
than an empty answer does.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

YEAR_SECONDS: Final = 365 * 24 * 3600
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
HTTPS_ONLY: Final = ("Strict-Transport-Security", f"max-age={YEAR_SECONDS}")


class SafetyHeaders:
    """An application with the safety headers on its answers; one that an answer has is its own."""

    def __init__(self, application: "WSGIApplication", *, https_only: bool) -> None:
        """Keep the application; ``https_only`` tells browsers never to come without TLS."""
        self.application = application
        headers = (*HEADERS, HTTPS_ONLY) if https_only else HEADERS
        self.headers = tuple((name.lower(), (name, value)) for name, value in headers)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""

        def start(status: str, given: list[tuple[str, str]], error: object = None, /) -> object:
            own = {name.lower() for name, _ in given}
            given = given + [pair for name, pair in self.headers if name not in own]
            return start_response(status, given, error)  # type: ignore[arg-type]  # passed through

        return self.application(environ, start)  # type: ignore[arg-type]  # as above
