"""The log of commands that run on their own: one JSON object a line on stderr."""

import sys

import structlog


def write_plain_log_lines() -> None:
    """Log one JSON object a line on stderr; a traceback without the values of its variables."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )
