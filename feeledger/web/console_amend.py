"""Correcting the register in the console: name, industry, day of registration, size; with a reason.

What the register said before is kept; a change of size or day marks a re-assessment.
"""

from dataclasses import replace
from typing import Final

from flask import Blueprint, request

from feeledger.catalog.items import stem_of_region
from feeledger.doors import kit
from feeledger.enterprises.actions import EnterpriseDetails, amend_enterprise
from feeledger.enterprises.queries import enterprise_of
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import Refused, Text
from feeledger.judgements import narrow_upper
from feeledger.people.queries import Officer
from feeledger.people.roles import Right
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    refused_page,
)
from feeledger.web.console_register import read_details, register_sizes
from feeledger.web.forms import Form, read_text
from feeledger.web.language import link

amend_pages = Blueprint("amend", __name__)

NOTHING_CHANGED: Final = Text(
    "与现在登记的完全相同，没有要更改的。", "This is what the register says already."
)


class RegisteredElsewhere(Refused):
    """The enterprise is at home in a region that the officer does not serve."""

    code = "registered-elsewhere"
    title = Text("不在您办理的区划登记", "The enterprise is registered in another region")


@amend_pages.get("/console/enterprises/<uscc>/register")
@officers(Right.REGISTER_ENTERPRISE)
def show_amendment(officer: Officer, uscc: str) -> Shown:
    """Show the form with what the register says now."""
    return _amend_page(officer, demand_amendable(officer, uscc), Form())


@amend_pages.post("/console/enterprises/<uscc>/register")
@officers(Right.REGISTER_ENTERPRISE)
def amend(officer: Officer, uscc: str) -> Shown:
    """Correct the register, or show what is wrong."""
    row = demand_amendable(officer, uscc)
    form = Form(request.form.copy())
    form.written["uscc"] = row.uscc
    details = read_details(form, officer)
    reason = read_text(form, "reason", needed=REASON_NEEDED, longest=1000)
    if details is not None:
        details = replace(details, home_region=row.home_region)
        if details == _details_now(row):
            form.refuse("name", NOTHING_CHANGED)
    if details is not None and form.sound:
        told = details
        amended = carry_out(
            form,
            "name",
            lambda session: (
                amend_enterprise(
                    session,
                    row.uscc,
                    told,
                    reason=reason,
                    by=officer.login,
                    now=kit().clock.now(),
                ).uscc
            ),
        )
        if amended is not None:
            text = Text("已更改登记。", "The register is changed.")
            return done(text, "enterprises.show_enterprise", uscc=amended)
    return refused_page(_amend_page(officer, row, form))


def may_amend(officer: Officer, row: EnterpriseRow) -> bool:
    """Say whether an officer may correct what the register says of an enterprise."""
    served = row.home_region.startswith(stem_of_region(officer.region))
    return served and officer.may(Right.REGISTER_ENTERPRISE)


def demand_amendable(officer: Officer, uscc: str) -> EnterpriseRow:
    """Give an enterprise whose register the officer keeps. Raises RegisteredElsewhere."""
    with kit().store.read() as session:
        row = enterprise_of(session, narrow_upper(uscc))
    if not may_amend(officer, row):
        raise RegisteredElsewhere(
            Text(
                f"{row.name} 在 {row.home_region} 登记，请由该区划更改。",
                f"{row.name} is registered in {row.home_region}; that region changes it.",
            )
        )
    return row


def _details_now(row: EnterpriseRow) -> EnterpriseDetails:
    return EnterpriseDetails(
        name=row.name,
        home_region=row.home_region,
        industry_version=row.industry_version,
        industry_code=row.industry_code,
        registered_on=row.registered_on,
        size_class=row.size_class,
    )


def _amend_page(officer: Officer, row: EnterpriseRow, form: Form) -> str:
    if request.method == "GET":
        day = row.registered_on
        form.written.update(
            {
                "name": row.name,
                "industry": row.industry_code or "",
                "version": row.industry_version or "2017",
                "registered_on": day.isoformat() if day else "",
                "size": row.size_class or "unknown",
            }
        )
    return console_page(
        "console/amend.html",
        officer,
        at=link("amend.show_amendment", uscc=row.uscc),
        form=form,
        row=row,
        sizes=register_sizes(),
    )
