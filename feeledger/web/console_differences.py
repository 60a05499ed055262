"""The work on differences: the list, one difference with its history, the next step."""

from dataclasses import dataclass
from typing import Final, cast

from flask import Blueprint, request
from sqlalchemy.orm import Session

from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.people.queries import Officer
from feeledger.people.queries import officers as all_officers
from feeledger.people.roles import Right
from feeledger.reconciliation.difference import STATE_TEXTS, STEP_TEXTS, STEPS, State, Step
from feeledger.reconciliation.difference_actions import take_step
from feeledger.reconciliation.queries import (
    DifferencesWanted,
    count_differences,
    difference_seen,
    find_differences,
)
from feeledger.trail import acts_about
from feeledger.web.console_door import (
    REASON_NEEDED,
    Shown,
    carry_out,
    console_page,
    done,
    officers,
    refused_page,
)
from feeledger.web.console_names import name_of_person
from feeledger.web.console_reconciliation import RESULTS, names_of_differences
from feeledger.web.console_trail_words import shown_acts
from feeledger.web.forms import Form, read_choice, read_day, read_text
from feeledger.web.language import link
from feeledger.web.paging import Page, asked_page

difference_pages = Blueprint("differences", __name__)

STEP_NEEDED: Final = Text("请选择要做什么。", "Choose what to do.")
UNSETTLED: Final = "unsettled"
FILTERS: Final = ("state", "result", "day")


@dataclass(frozen=True, slots=True)
class StepOffered:
    """A step that the state allows; ``barred`` says why this officer may not take it."""

    step: Step
    name: Text
    barred: bool

    @property
    def pair(self) -> tuple[str, Text]:
        """The step and its name, for a choice."""
        return self.step, self.name


@difference_pages.get("/console/differences")
@officers(Right.SEE_RECONCILIATION)
def list_differences(officer: Officer) -> Shown:
    """Show the differences that fit, the oldest first: those not settled unless asked otherwise."""
    form = Form(request.args)
    state = form.value("state") or UNSETTLED
    wanted = DifferencesWanted(
        day=read_day(form, "day", needed=False),
        state=state if state in STATE_TEXTS else "",
        result=form.value("result") if form.value("result") in RESULTS else "",
        unsettled=state == UNSETTLED,
    )
    asked, region = asked_page(request.args), officer.region
    with kit().store.read() as session:
        total = count_differences(session, region, wanted)
        asked = asked.within(total)
        rows = find_differences(session, region, wanted, limit=asked.size, offset=asked.offset)
    return console_page(
        "console/differences.html",
        officer,
        form=form,
        state=state,
        page=Page(rows, asked.number, asked.size, total),
        filters={name: form.value(name) for name in FILTERS if form.value(name)},
        states={UNSETTLED: Text("未处理完", "not settled"), **STATE_TEXTS},
        **names_of_differences(),
    )


@difference_pages.get("/console/differences/<record:difference>")
@officers(Right.SEE_RECONCILIATION)
def show_difference(officer: Officer, difference: int) -> Shown:
    """Show a difference, its history and the steps it may take."""
    return _difference_page(officer, difference, Form())


@difference_pages.post("/console/differences/<record:difference>")
@officers(Right.SETTLE_DIFFERENCE)
def settle_difference(officer: Officer, difference: int) -> Shown:
    """Take one step with a difference; whoever corrected it may not close it."""
    form = Form(request.form)
    step = read_choice(form, "step", STEP_TEXTS, needed=STEP_NEEDED)
    reason = read_text(form, "step_reason", needed=REASON_NEEDED, longest=2000)
    assignee = read_choice(form, "assignee", _people(officer), needed=None)
    if form.sound:
        taken = carry_out(
            form,
            "step_reason",
            lambda session: (
                take_step(
                    session,
                    region=officer.region,
                    difference=difference,
                    step=cast("Step", step),
                    actor=officer.login,
                    reason=reason,
                    now=kit().clock.now(),
                    assignee=assignee,
                ).id
            ),
        )
        if taken is not None:
            name = STEP_TEXTS[cast("Step", step)]
            text = Text(f"已办理：{name.zh}。", f"Done: {name.en}.")
            return done(text, "differences.show_difference", difference=difference)
    return refused_page(_difference_page(officer, difference, form))


def _people(officer: Officer) -> list[str]:
    """List the officers of the region who may settle differences."""
    with kit().store.read() as session:
        return [
            one.login
            for one in all_officers(session)
            if one.region == officer.region and one.may(Right.SETTLE_DIFFERENCE)
        ]


def _difference_page(officer: Officer, difference: int, form: Form) -> str:
    people = _people(officer)
    with kit().store.read() as session:
        row = difference_seen(session, officer.region, difference)
        return console_page(
            "console/difference.html",
            officer,
            at=link("differences.show_difference", difference=difference),
            form=form,
            row=row,
            steps=_steps(cast("State", row.state), row.corrected_by, officer),
            people=[(login, name_of_person(login)) for login in people],
            history=_history(session, officer, difference),
            **names_of_differences(),
        )


def _steps(state: State, corrected_by: str, officer: Officer) -> list[StepOffered]:
    """Give the steps that people may take in a state."""
    return [
        StepOffered(
            step, STEP_TEXTS[step], barred=step == "close" and corrected_by == officer.login
        )
        for step, (before, _) in STEPS.items()
        if state in before and step != "shift"
    ]


def _history(session: Session, officer: Officer, difference: int) -> list[object]:
    acts = acts_about(session, officer.region, f"recon-difference:{difference}")
    return list(shown_acts(acts))
