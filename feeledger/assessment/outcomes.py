"""What an assessment asks and answers: requests, outcomes, refusals.

An outcome is not a number: what is undetermined, ended, without a rate or not applicable has no
amount, and never counts as zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from feeledger.catalog.items import Edition, Event, NoRate
from feeledger.catalog.plan import LinePlan, Plan, ReliefPlan
from feeledger.errors import Invalid, Text
from feeledger.money import Money

Outcome = Literal[
    "due",
    "reduced",
    "provisional",
    "exempt",
    "not_applicable",
    "undetermined",
    "ended",
    "no_rate",
    "guided",
    "ceiling",
    "range",
    "below_floor",
]
OWED: frozenset[Outcome] = frozenset({"due", "reduced", "provisional", "exempt"})
OPEN: frozenset[Outcome] = frozenset({"undetermined", "no_rate"})
Bounds = tuple[Money | None, Money | None]
DEFAULT_REGION = "130000"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: the day the duty arose, the place, the items and lines, the facts.

    Neither items nor lines: the whole catalog as it applies to the region. Facts are booleans,
    texts (enums) and exact numbers (int, Decimal, or a decimal text), never floats. ``sources``
    says where a fact comes from, where it is not the request itself (such as the register).
    """

    ref: str | int | None
    on: date
    region: str = DEFAULT_REGION
    items: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequestFault:
    """One fault of a request: which field, what stood there, what to do."""

    code: str
    field: str
    value: str
    detail: Text


class FactsRefused(Invalid):
    """A request cannot be answered as it stands; ``errors`` holds all its faults at once."""

    code = "facts-refused"
    title = Text("所报数据有误", "The facts cannot be used")

    def __init__(self, errors: tuple[RequestFault, ...]) -> None:
        """Keep every fault."""
        super().__init__(
            Text(
                "；".join(error.detail.zh for error in errors),
                "; ".join(error.detail.en for error in errors),
            ),
            errors=len(errors),
        )
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Need:
    """A fact that is missing, and who supplies it."""

    fact: str
    supplied_by: str


@dataclass(frozen=True, slots=True)
class Given:
    """A fact as it was taken: exact text as read, the scaled integer or code it stands as."""

    value: object
    scaled: int
    scale: int


@dataclass(frozen=True, slots=True)
class Question:
    """One request made ready: its facts taken, as given and as scaled integers.

    ``bounded``: what an undetermined line can come to is worked out too.
    """

    plan: Plan
    request: Request
    given: Mapping[str, Given]
    numbers: Mapping[str, int]
    bounded: bool = True


@dataclass(frozen=True, slots=True)
class Trace:
    """What a line's answer was made from; the explanation is built from it when asked.

    ``values`` are those of the line's program. ``active`` are the reliefs in their window and
    place with the truth of their condition, ``applied`` those that made the amount. ``exact`` is
    the amount in yuan before rounding, numerator and denominator.
    """

    question: Question
    line: LinePlan | None = None
    values: Sequence[int | None] = ()
    active: tuple[tuple[ReliefPlan, bool | None], ...] = ()
    applied: tuple[ReliefPlan, ...] = ()
    exact: tuple[int, int] | None = None
    ending: Event | None = None
    hole: NoRate | None = None
    chosen_by: str = ""

    @property
    def request(self) -> Request:
        """The request answered."""
        return self.question.request

    @property
    def plan(self) -> Plan:
        """The plan by which it was answered."""
        return self.question.plan

    @property
    def given(self) -> Mapping[str, Given]:
        """The facts as they were taken."""
        return self.question.given


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What one line comes to; ``line`` None where nothing of the item is in force.

    ``alternative``: nothing chose among the classes of the same thing, so it is never added up.
    """

    item: str
    line: str | None
    outcome: Outcome
    trace: Trace
    amount: Money | None = None
    allowed_range: Bounds | None = None
    needs: tuple[Need, ...] = ()
    documents: tuple[str, ...] = ()
    reason: str | None = None
    alternative: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request; ``total`` adds what is owed, each line rounded on its own."""

    ref: str | int | None
    edition: Edition
    on: date
    region: str
    lines: tuple[LineAnswer, ...]
    total: Money
    complete: bool
