"""What becomes of a bank's message: an answer, or a refusal that is kept before it is told."""

from dataclasses import dataclass
from typing import Any

from feeledger.payments.refusals import BankRefusal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a confirmation, a reversal or an arrival. Keep the transaction, then answer ``receipt()``."""

    answer: dict[str, Any] | None = None
    refusal: BankRefusal | None = None
    repeated: bool = False

    def receipt(self) -> dict[str, Any]:
        """Give the answer: the first one, always. Raises the refusal."""
        if self.answer is None:
            raise self.refusal or TypeError("an outcome is an answer or a refusal")
        return self.answer
