"""The console's own door: every view names the right it needs, and gets the officer who came.

A view without a session leads to the sign-in page and back; an officer without the right is told
who may. What a page shows of an officer (name, role, rights) is given here, once.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import flash, make_response, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response

from feeledger.doors import kit, officer_here, working_days
from feeledger.errors import FeeLedgerError, FieldsRefused, Language, Text
from feeledger.money import Money
from feeledger.people.queries import Officer
from feeledger.people.roles import ROLE_NAMES, Right, Role
from feeledger.supervision.report_queries import Viewer
from feeledger.supervision.states import Clock as CaseClock
from feeledger.web.forms import Form
from feeledger.web.language import link, page_language, path_in, say
from feeledger.web.layout import LOCAL_PATH
from feeledger.web.present import today
from feeledger.web.region_choices import name_of_region

Given = ParamSpec("Given")
Done = TypeVar("Done")
Shown = str | Response
View = Callable[Concatenate[Officer, Given], Shown]

NUMBER_MAX = 2**63 - 1
REASON_NEEDED = Text("请写明理由。", "State the reason.")
VIEWERS: dict[Role, Viewer] = {
    Role.CLERK: "bureau",
    Role.REVIEWER: "bureau",
    Role.SUPERVISOR: "overseer",
    Role.AUDITOR: "overseer",
    Role.DEPARTMENT: "department",
}


class RecordNumber(IntegerConverter):
    """A record's number in an address: no larger than the database keeps; others are not found."""

    def __init__(self, url_map: Map) -> None:
        """Bound the number."""
        super().__init__(url_map, max=NUMBER_MAX)


def officers(right: Right) -> Callable[[View[Given]], Callable[Given, Shown]]:
    """Open a view to officers with a right; the view gets the officer as its first argument.

    Others sign in first. The view raises NotYourRight for an officer without the right.
    """

    def guard(view: View[Given]) -> Callable[Given, Shown]:
        @wraps(view)
        def guarded(*args: Given.args, **kwargs: Given.kwargs) -> Shown:
            officer = officer_here()
            if officer is None:
                return redirect(link("sign_in.show_sign_in", next=_way_back()), code=303)
            officer.require(right)
            return view(officer, *args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]  # read by the house's own tests
        return guarded

    return guard


def console_page(template: str, officer: Officer, *, at: str = "", **names: Any) -> str:
    """Make a page of the console; templates ask ``may(…)`` before they offer an act.

    ``at`` is the address to go to from an answer to a form (other language, other display).
    """
    if at and request.method == "POST":
        other: Language = "zh" if page_language() == "en" else "en"
        names |= {"here": at, "other_address": path_in(at, other)}
    return render_template(
        template,
        officer=officer,
        role=say(ROLE_NAMES[officer.role]),
        served=say(name_of_region(officer.region, today())),
        may=lambda right: officer.may(Right(right)),
        money_of_fen=Money,
        **names,
    )


def refused_page(page: str) -> Response:
    """Show a form again with its faults: 422, so that nobody takes it for done."""
    return make_response(page, 422)


def done(text: Text, endpoint: str, **values: Any) -> Response:
    """Say what was done on the page that follows."""
    flash(say(text))
    return redirect(link(endpoint, **values), code=303)


def carry_out(form: Form, name: str, act: Callable[[Session], Done]) -> Done | None:
    """Do an act in one transaction; what the rules refuse becomes the fault of a field.

    A refusal that names its fields is noted beside them, any other beside ``name``. An act that the
    database undid for a rival's sake is done again: no deadlock reaches a person.
    """
    try:
        return kit().store.attempt(act)
    except FieldsRefused as refused:
        for field, fault in refused.errors:
            form.refuse(field, fault)
    except FeeLedgerError as refused:
        form.refuse(name, refused.detail)
    return None


def own_unit(officer: Officer) -> str | None:
    """Give the unit that a department's officer is bound to; None: the whole region."""
    return officer.unit_code if officer.role is Role.DEPARTMENT else None


def viewer_of(officer: Officer) -> Viewer:
    """Say as whom an officer sees reports and cases (R-S3)."""
    return VIEWERS[officer.role]


def case_clock() -> CaseClock:
    """Give the working days and limits by which cases move."""
    return CaseClock(working_days())


def record_number(text: str) -> int | None:
    """Read a record's number from a form; None for what cannot be one."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(NUMBER_MAX))):
        return None
    number = int(text)
    return number if number <= NUMBER_MAX else None


def local_path(text: str) -> str:
    """Give a path of this site as it stands, "" for any other address."""
    return text if LOCAL_PATH.fullmatch(text) else ""


def _way_back() -> str:
    """Give the page to return to after signing in: this one, or the one whose form was sent."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    referrer = urlsplit(request.referrer or "")
    return local_path(referrer.path) if referrer.netloc == request.host else ""
