"""What a charge is told as, and what can be found about it: codes, worst first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, get_args

from feeledger.assessment.outcomes import DEFAULT_REGION
from feeledger.errors import Text
from feeledger.money import Money

Code = Literal[
    "wrong_account",
    "service_fee_not_nontax",
    "not_in_catalog",
    "not_this_department",
    "ended",
    "above_standard",
    "below_standard",
    "outside_range",
    "no_established_rate",
    "cannot_tell",
    "lawful",
]
WORST_FIRST: Final[tuple[Code, ...]] = get_args(Code)
MAY_DO: Final[Mapping[Code, tuple[str, ...]]] = {
    "wrong_account": ("refuse", "ask_notice", "report"),
    "service_fee_not_nontax": ("refuse_as_nontax", "pay_seller", "report"),
    "not_in_catalog": ("refuse", "ask_basis", "report"),
    "not_this_department": ("refuse", "ask_notice", "report"),
    "ended": ("refuse", "report", "ask_refund"),
    "above_standard": ("refuse_excess", "ask_basis", "report", "ask_refund"),
    "below_standard": ("ask_basis", "ask_notice"),
    "outside_range": ("refuse_excess", "ask_basis", "report"),
    "no_established_rate": ("ask_basis", "ask_notice"),
    "cannot_tell": ("give_facts", "ask_notice"),
    "lawful": (),
}


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge as an enterprise tells it. ``named`` is an item's id, name, or what it was called.

    ``on`` is the day the duty arose, ``charged_on`` that of the charge. ``designated`` are the
    accounts of the region designated on the day of the charge; None: not known to the caller.
    ``none_resembling``: the caller was asked, and no item of a like name is meant.
    """

    named: str
    amount: Money
    on: date
    charged_on: date | None = None
    department: str | None = None
    region: str = DEFAULT_REGION
    facts: Mapping[str, object] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    account: str | None = None
    designated: tuple[str, ...] | None = None
    none_resembling: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``by``: the amount over or under, the day it ended, or the reason.

    ``standard`` is what may be charged, from least to most; ``needs`` names what is missing: facts
    of the catalog, or item, line, region, designated_account.
    """

    code: Code
    says: Text
    by: str | None = None
    documents: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    standard: tuple[Money | None, Money | None] | None = None

    @property
    def may_do(self) -> tuple[str, ...]:
        """Name what the enterprise may do; ```charge_words.ACTIONS``` has the words.

        Where something is missing, giving it comes first.
        """
        missing = ("give_facts",) if self.needs else ()
        return tuple(dict.fromkeys((*missing, *MAY_DO[self.code])))
