"""What a line can come to in columns: findings as codes, and the columns of one line's answers.

An outcome is a code, never a number: a row without an amount holds zero in ``amount`` and its code
says why. What makes a finding (outcome and reason) is told once, in ``FINDINGS``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from feeledger.assessment.column_walk import Ints, Mask
from feeledger.assessment.outcomes import LineAnswer, Outcome
from feeledger.catalog.items import ENDING_EVENTS

Codes = NDArray[np.uint8]
Finding = tuple[Outcome, str]
FIGURED: Final[tuple[Outcome, ...]] = (
    "due",
    "reduced",
    "provisional",
    "guided",
    "ceiling",
    "range",
    "below_floor",
)
FINDINGS: Final[tuple[Finding | None, ...]] = (
    None,  # not answered: the row was refused, or the answer is for other rows only
    *((outcome, "") for outcome in (*FIGURED, "exempt", "undetermined")),
    ("undetermined", "reduction_unknown"),
    *(("ended", kind) for kind in sorted(ENDING_EVENTS)),
    *(
        ("not_applicable", reason)
        for reason in (
            "other_class",
            "condition_false",
            "charged_otherwise",
            "outside_place",
            "not_yet_begun",
            "version_over",
        )
    ),
    *(
        ("no_rate", reason)
        for reason in (
            "not_established",
            "outside_table",
            "lapsed",
            "market_price",
            "not_yet_begun",
        )
    ),
)
CODES: Final = {finding: code for code, finding in enumerate(FINDINGS) if finding is not None}


@dataclass(frozen=True, slots=True)
class LineColumn:
    """One line's answers: a finding's code a row, whole fen, and bounds where there are any.

    ``amount`` is zero where the finding has none. ``low`` and ``high`` are the allowed range; they
    are told where ``has_low`` and ``has_high`` hold. What an undetermined row can come to is not
    worked out here. ``alternative``: nothing chose among classes, so it is never added up.
    ``beyond`` holds the answers whose sums 64 bits cannot hold; their rows have code zero.
    """

    item: str
    line: str | None
    codes: Codes
    amount: Ints
    low: Ints
    high: Ints
    has_low: Mask = False
    has_high: Mask = False
    alternative: Mask = False
    beyond: Mapping[int, LineAnswer] = field(default_factory=dict)
