"""The audit of kept shares: each paid line's shares add up to it, level by level as the rule says."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.ledger.verify_queries import LedgerFault
from feeledger.money import Money
from feeledger.sharing.queries import (
    divisions_of,
    lines_of_payments,
    rule_among,
    rules_covering,
)
from feeledger.sharing.tables import PaymentShareRow, ShareRuleRow

PAYMENTS_AT_ONCE = 500


def verify_shares(session: Session, region: str) -> tuple[LedgerFault, ...]:
    """Work every kept share out again by its rule (R-M6); an empty tuple is a clean region."""
    query = (
        select(PaymentShareRow.payment)
        .where(PaymentShareRow.region == region)
        .distinct()
        .order_by(PaymentShareRow.payment)
    )
    payments = tuple(session.scalars(query))
    faults: list[LedgerFault] = []
    for start in range(0, len(payments), PAYMENTS_AT_ONCE):
        faults += _faults_of(session, region, payments[start : start + PAYMENTS_AT_ONCE])
    return tuple(faults)


def _faults_of(session: Session, region: str, payments: tuple[int, ...]) -> Iterator[LedgerFault]:
    kept: dict[tuple[int, int], dict[str, int]] = {}
    rule_of: dict[tuple[int, int], set[int]] = {}
    found = select(PaymentShareRow).where(
        PaymentShareRow.region == region, PaymentShareRow.payment.in_(payments)
    )
    for row in session.scalars(found):
        line = (row.payment, row.line_no)
        kept.setdefault(line, {})[row.level] = row.fen
        rule_of.setdefault(line, set()).add(row.rule)
    divisions = divisions_of(
        session, region, {rule for rules in rule_of.values() for rule in rules}
    )
    totals, lawful = _totals(session, region, payments)
    for line, shares in sorted(kept.items()):
        rules = rule_of[line]
        wanted = None
        if len(rules) == 1 and line in totals and lawful[line] in rules:
            wanted = {
                level: share.fen
                for level, share in divisions[next(iter(rules))].shares_of(totals[line]).items()
            }
        if wanted != shares:
            yield LedgerFault(
                "shares-differ",
                f"payment:{line[0]}",
                Text(
                    f"第 {line[1]} 行的分成与比例不符",
                    f"the shares of line {line[1]} are not what the ratios give",
                ),
            )


def _totals(
    session: Session, region: str, payments: tuple[int, ...]
) -> tuple[dict[tuple[int, int], Money], dict[tuple[int, int], int | None]]:
    """Give what each line was paid, and the rule that covers it."""
    found = lines_of_payments(session, region, payments)
    rules = rules_covering(session, region, {line.item_id for _, lines in found for line in lines})
    totals, lawful = {}, {}
    for payment, lines in found:
        for paid in lines:
            key = (payment.id, paid.line_no)
            rule: ShareRuleRow | None = rule_among(
                rules.get(paid.item_id, ()), paid.unit_code, payment.bank_day
            )
            totals[key] = paid.total
            lawful[key] = None if rule is None else rule.id
    return totals, lawful
