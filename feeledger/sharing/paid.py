"""What was paid line by line: the charge, and the late fee that joins the revenue."""

from dataclasses import dataclass
from datetime import date

from feeledger.money import Money


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One line of a payment: whose, for what, the charge and its late fee."""

    line_no: int
    unit_code: str
    unit_name: str
    item_id: str
    item_name: str
    obligation_on: date
    amount: Money
    late: Money

    @property
    def total(self) -> Money:
        """The charge with its late fee, which joins the revenue."""
        return self.amount + self.late
