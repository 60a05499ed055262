"""What a share may come to: bounds that documents give and the editions do not write. Pure.

A share is derived of two facts and compared without a division: the part against the bound times
the whole. So it is told of a whole of nothing, too: the part must be nothing then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from feeledger.catalog.items import Fact
from feeledger.errors import Text


@dataclass(frozen=True, slots=True)
class Most:
    """The most a share may come to, and why."""

    value: Decimal
    why: Text


# 财税〔2015〕72号 art. 7: one person of grade 1 or 2 (of a disabled soldier's 1 to 3) is counted as
# two. The clause is not among the excerpts that the edition holds, which for ever writes no bound
# here; an edition that writes a lower one is followed.
MOST_OF: Final[Mapping[str, Most]] = {
    "disabled_share": Most(
        Decimal(2),
        Text(
            "1 至 2 级残疾人一人按两人计，至多为职工人数的 2 倍",
            "a person of grade 1 or 2 counts as two, so at most twice the employees",
        ),
    )
}


def high_of(fact: Fact) -> Decimal:
    """Give the greatest value of a fact: the edition's bound, or a lower one of a document."""
    most = MOST_OF.get(fact.name)
    return fact.high if most is None or fact.derived is None else min(fact.high, most.value)


def why_no_more(fact: Fact) -> Text | None:
    """Say why a share comes to no more, where a document says so."""
    most = MOST_OF.get(fact.name)
    return None if most is None or fact.high < most.value else most.why
