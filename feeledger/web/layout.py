"""What every page shares: names for templates, form tokens, the display choices.

The pages fetch nothing from elsewhere and run no inline script or style; ``safety.py`` says so to the
browser.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Flask, Response, g, redirect, request, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest

from feeledger.doors import kit
from feeledger.errors import Language, Text, show_steering
from feeledger.notices.printing import group_in_fours
from feeledger.web import formats
from feeledger.web.console_names import name_of_bank, name_of_payer, name_of_person
from feeledger.web.forms import iso_day
from feeledger.web.language import link, page_language, path_in, say, t
from feeledger.web.safety import YEAR_SECONDS
from feeledger.web.wording import (
    SOURCE_KINDS,
    named,
    words_of_month_or_day,
    words_of_window,
)

STATIC: Final = Path(__file__).parent / "static"
assets = Blueprint("assets", __name__, static_folder="static", static_url_path="/assets")
display_pages = Blueprint("display", __name__)
form_tokens = CSRFProtect()

DISPLAY_CHOICES: Final = {"size": ("normal", "large"), "contrast": ("normal", "high")}
DISPLAY_ENDPOINTS: Final = ("zh.display.choose_display", "en.display.choose_display")
LOCAL_PATH: Final = re.compile(r"/(?![/\\])[^\x00-\x1f\\]*")


def prepare_pages(app: Flask) -> None:
    """Give the application its form tokens and names for templates."""
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    form_tokens.init_app(app)
    app.before_request(refuse_nul)
    app.before_request(check_form_token)
    app.context_processor(names_of_page)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.finalize = show_as_it_is
    app.jinja_env.globals.update(
        t=t,
        link=link,
        asset=asset,
        group_code=group_in_fours,
        last_day=formats.last_day,
        group_account=formats.group_account,
        iso_day=iso_day,
    )
    app.jinja_env.globals.update(choices=choices_of, said=said_pairs, source_kind=kind_of_source)
    app.jinja_env.filters.update(
        say=say,
        window=words_of_window,
        month_or_day=words_of_month_or_day,
        sentence=_in_page_language(formats.end_sentence),
        first_up=formats.first_up,
        person=name_of_person,
        bank=name_of_bank,
        payer=name_of_payer,
    )
    for name in ("amount", "money", "rate", "day", "instant"):
        app.jinja_env.filters[name] = _in_page_language(getattr(formats, f"format_{name}"))


def show_as_it_is(value: object) -> object:
    """Let no text on a page turn the direction of what is read; templates' own markup is left.

    Every value that a template prints passes here, whatever door it came in by and however long ago.
    """
    return show_steering(value) if type(value) is str else value


def refuse_nul() -> None:
    """Refuse the one sign that no database keeps and nobody types, wherever it stands (400)."""
    if request.path.startswith("/api/"):
        return
    sent = [request.path]
    for values in (request.args, request.form):
        sent += [text for name, value in values.items(multi=True) for text in (name, value)]
    if any("\x00" in text for text in sent):
        raise BadRequest


def check_form_token() -> None:
    """Ask every form for its token; the API signs or sends no cookies, display choices are harmless."""
    if request.path.startswith("/api/") or request.endpoint in DISPLAY_ENDPOINTS:
        return
    form_tokens.protect()


@assets.after_request
def let_keep(response: Response) -> Response:
    """Let a static file be kept for ever: its address carries the mark of its content."""
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return response


def names_of_page() -> dict[str, Any]:
    """Give the names that the layout itself uses."""
    settings = kit().settings
    language = page_language()
    other: Language = "zh" if language == "en" else "en"
    return {
        "lang": language,
        "other_address": _address_in(other),
        "here": _address_in(language),
        "large": request.cookies.get("size") == "large",
        "contrast": request.cookies.get("contrast") == "high",
        "demo_day": kit().clock.today() if settings.mode == "demo" else None,
        "site": settings.site,
        "request_id": g.get("request_id", ""),
    }


def choices_of(names: Mapping[str, Text]) -> list[tuple[str, str]]:
    """Give codes with their names in the language of the page, for a select or radios."""
    return [(code, say(name)) for code, name in names.items()]


def said_pairs(pairs: Iterable[tuple[str, Text]]) -> list[tuple[str, str]]:
    """Give pairs of a value and its name, the names in the language of the page."""
    return [(value, say(name)) for value, name in pairs]


def kind_of_source(kind: str) -> Text:
    """Name where a text was read."""
    return named(SOURCE_KINDS, kind)


@display_pages.post("/display")
def choose_display() -> Response:
    """Keep a display choice in a cookie and go back.

    A page made from a form is asked for again with the same form (307 keeps method and body).
    """
    back = request.form.get("back", "")
    repeat = request.form.get("repeat") == "yes"
    address = back if LOCAL_PATH.fullmatch(back) else link("home.show_home")
    answer = redirect(address, code=307 if repeat else 303)
    for name, choices in DISPLAY_CHOICES.items():
        choice = request.form.get(f"display-{name}")
        if choice in choices:
            _keep_choice(answer, name, choice)
    return answer  # type: ignore[return-value]  # werkzeug types the redirect by its own base class


@cache
def asset(name: str) -> str:
    """Give the address of a static file, with its content's mark so that it may be kept for ever."""
    mark = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return url_for("assets.static", filename=name, v=mark)


def _keep_choice(answer: Any, name: str, choice: str) -> None:
    """Write one display choice as a cookie that scripts cannot read."""
    answer.set_cookie(
        name,
        choice,
        max_age=YEAR_SECONDS,
        samesite="Lax",
        httponly=True,
        secure=kit().settings.mode == "production",
    )


def _address_in(language: Language) -> str:
    """Give the address of this page, its query included, in a language."""
    query = request.query_string.decode("ascii", "replace")
    path = path_in(request.path, language)
    return f"{path}?{query}" if query else path


def _in_page_language(format_value: Any) -> Any:
    """Turn a formatter of (value, language) into a filter; nothing stays nothing."""

    def filter_value(value: Any) -> str:
        return "" if value is None else str(format_value(value, page_language()))

    return filter_value
