"""The language of a page is the first part of its address: English under /en/, Chinese elsewhere.

Every endpoint stands twice, once a language (``zh.…``, ``en.…``); ``link`` stays in the language of
the page that asks, so no template writes an address by hand.
"""

from typing import Any, Final

from flask import has_request_context, request, url_for

from feeledger.errors import Language, Text

ENGLISH_PREFIX: Final = "/en"


def language_of_path(path: str) -> Language:
    """Give the language of an address."""
    return "en" if path == ENGLISH_PREFIX or path.startswith(f"{ENGLISH_PREFIX}/") else "zh"


def page_language() -> Language:
    """Give the language of the page being made; Chinese outside a request."""
    return language_of_path(request.path) if has_request_context() else "zh"


def t(zh: str, en: str) -> str:
    """Choose between the two forms of a text by the language of the page."""
    return en if page_language() == "en" else zh


def say(text: Text | None) -> str:
    """Write a text in the language of the page; nothing for None."""
    return "" if text is None else text.to(page_language())


def link(endpoint: str, **values: Any) -> str:
    """Give the address of an endpoint in the language of the page."""
    return url_for(f"{page_language()}.{endpoint}", **values)


def path_in(path: str, language: Language) -> str:
    """Give the address of the same page in a language.

    >>> path_in("/catalog", "en"), path_in("/en/catalog", "zh"), path_in("/en", "zh")
    ('/en/catalog', '/catalog', '/')
    """
    bare = path
    if language_of_path(path) == "en":
        bare = path[len(ENGLISH_PREFIX) :]
    # One slash to begin with: two, or one and a backslash, would lead to another site.
    bare = "/" + bare.lstrip("/\\")
    return f"{ENGLISH_PREFIX}{bare}" if language == "en" else bare
