"""Names behind the codes that the console's records keep: officers by login, banks, enterprises.

Templates ask by the filters ``person``, ``bank`` and ``payer``. What a page asks for is read once a
request; a code that nobody knows is shown as it stands.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from flask import g
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.enterprises.batch_queries import names_of_enterprises
from feeledger.errors import Text
from feeledger.people.queries import names_of_officers
from feeledger.regions.queries import names_of_banks
from feeledger.web.console_trail_words import MACHINES
from feeledger.web.language import say

Name = TypeVar("Name")


def name_of_person(login: str | None) -> str:
    """Name who did something: an officer, a machine in words, else the login itself."""
    if not login:
        return ""
    name = _read_once("officers", names_of_officers).get(login)
    return name or say(MACHINES.get(login, Text(login, login)))


def name_of_bank(code: str | None) -> str:
    """Name a bank by its code."""
    name = _read_once("banks", names_of_banks).get(code or "")
    return say(name) if name is not None else code or ""


def name_of_payer(uscc: str) -> str:
    """Name an enterprise by its credit code; "" where the register does not know it."""
    known: dict[str, str] = g.setdefault("names_of_payers", {})
    if uscc not in known:
        with kit().store.read() as session:
            known[uscc] = names_of_enterprises(session, [uscc]).get(uscc, "")
    return known[uscc]


def keep_names_of_payers(session: Session, codes: list[str]) -> None:
    """Read the names of a list's enterprises in one question, for the filter ``payer``."""
    known: dict[str, str] = g.setdefault("names_of_payers", {})
    known |= dict.fromkeys(codes, "") | names_of_enterprises(session, codes)


def _read_once(kind: str, read: Callable[[Session], Mapping[str, Name]]) -> Mapping[str, Name]:
    kept: dict[str, Mapping[str, Name]] = g.setdefault("names_in_console", {})
    if kind not in kept:
        with kit().store.read() as session:
            kept[kind] = read(session)
    return kept[kind]
