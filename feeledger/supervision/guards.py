"""Who may move a case and when: the guards of its moves, and the errors they raise."""

from datetime import date
from typing import Final

from feeledger.errors import Conflict, Invalid, Text
from feeledger.money import Money
from feeledger.people.roles import different_person
from feeledger.periods import add_working_days
from feeledger.supervision.states import Act, Case, Clock

REASON_MAX: Final = 4000


class MoveOutOfTurn(Conflict):
    """A case cannot make this move in its state."""

    code = "case-move-out-of-turn"
    title = Text("案件当前状态不允许此操作", "The case cannot make this move now")


class NotYetHeard(Conflict):
    """A decision before the department was heard or let its time run out."""

    code = "department-not-heard"
    title = Text("尚未听取执收单位的意见", "The department has not been heard")


class ReasonMissing(Invalid):
    """A move needs a reason in words."""

    code = "case-reason-missing"
    title = Text("须写明理由", "A reason is needed")


class AppealTooLate(Conflict):
    """An appeal after its five working days, or a second one."""

    code = "appeal-not-open"
    title = Text("不能申诉", "No appeal is open")


class ProofDiffers(Conflict):
    """What was refunded or paid in is not the established amount to the fen (R-S7)."""

    code = "proof-differs"
    title = Text("整改证明金额不符", "The proof is not the established amount")


class PublicationNotYet(Conflict):
    """A publication that is not allowed yet (R-S5)."""

    code = "publication-not-yet"
    title = Text("尚不能公开", "It cannot be published yet")


def last_day_of_appeal(case: Case, clock: Clock) -> date | None:
    """Give the last day on which the department may appeal; None where it may not at all.

    It is counted from the card, or from the first confirmation if that is later.
    """
    days = [day for day in (case.card_on, case.confirmed_on) if day is not None]
    if case.appealed or not days:
        return None
    return add_working_days(clock.calendar, max(days), clock.limits.appeal).day


def require_reason(act: Act) -> None:
    """Demand a reason of 1 to 4000 characters. Raises ReasonMissing."""
    length = len(act.reason.strip())
    if not 1 <= length <= REASON_MAX:
        raise ReasonMissing(
            Text(
                f"理由有 {length} 字，须为 1 至 {REASON_MAX} 字。",
                f"The reason has {length} characters; write 1 to {REASON_MAX}.",
            )
        )


def by_a_third_person(case: Case, act: Act, clock: Clock) -> None:
    """Leave a decision to who neither opened, joined nor proposed. Raises SamePerson."""
    del clock
    for party in sorted(case.parties | {case.opened_by}):
        different_person(party, act.actor)


def not_by_the_opener(case: Case, act: Act, clock: Clock) -> None:
    """Leave an explanation to a person other than the opener. Raises SamePerson."""
    del clock
    different_person(case.opened_by, act.actor)


def not_by_who_decided(case: Case, act: Act, clock: Clock) -> None:
    """Leave an appeal to who neither opened nor decided the case. Raises SamePerson."""
    by_a_third_person(case, act, clock)
    different_person(case.decided_by, act.actor)


def after_hearing(case: Case, act: Act, clock: Clock) -> None:
    """Demand that the department was heard, or that its time ran out. Raises NotYetHeard."""
    del clock
    if not (case.heard or act.hearing.strip()):
        until = case.due.day if case.due else case.entered_on
        raise NotYetHeard(
            Text(
                f"执收单位可在 {until} 前说明。请先听取其意见并写明如何听取，或者等期限届满。",
                f"The department may explain until {until}. Hear it and say how, or wait.",
            ),
            until=until,
        )


def while_appeal_is_open(case: Case, act: Act, clock: Clock) -> None:
    """Let one appeal pass, in its five working days. Raises AppealTooLate."""
    last = last_day_of_appeal(case, clock)
    if last is None or act.on > last:
        raise AppealTooLate(
            Text(
                "每案只能申诉一次。" if case.appealed else f"申诉期到 {last} 为止。",
                "One appeal a case." if case.appealed else f"The appeal was open until {last}.",
            )
        )


def with_an_amount(case: Case, act: Act, clock: Clock) -> None:
    """Demand the established amount that is to be put right. Raises ProofDiffers."""
    del case, clock
    if not act.amount:
        raise ProofDiffers(
            Text("须写明认定金额，大于零。", "State the established amount, above zero.")
        )


def with_proof(case: Case, act: Act, clock: Clock) -> None:
    """Demand refunds and payments of exactly the established amount (R-S7: ProofDiffers)."""
    del clock
    if act.amount != case.established:
        established, proved = case.established or Money(0), act.amount or Money(0)
        raise ProofDiffers(
            Text(
                f"认定 {established:,} 元，账上证明 {proved:,} 元，须相等。",
                f"Established {established:,}, proved {proved:,}; they must be equal.",
            )
        )
