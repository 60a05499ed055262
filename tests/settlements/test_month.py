"""R-R7: a month adds up to the fen, per unit and item and for the account, on both databases."""

from dataclasses import replace
from datetime import date

from feeledger.ledger.actions import close_day
from feeledger.money import Money
from feeledger.notices.actions import void_notice
from feeledger.payments.reversal import ReversalAdvice
from feeledger.payments.reversal_actions import record_reversal
from feeledger.reliefs.actions import apply_for_relief, approve_relief
from feeledger.reliefs.relief import Ground, Terms
from feeledger.settlements.month import Month, add_rows
from feeledger.settlements.month_queries import month_account
from feeledger.settlements.view_queries import level_sums
from feeledger.sharing.actions import keep_shares
from tests.builders import (
    BANK,
    CLERK,
    NOW,
    REGION,
    SOIL_ITEM,
    TODAY,
    WATER_UNIT,
    a_notice,
    a_paid_notice,
    a_paid_refund,
    a_settlement,
    a_share_rule,
    an_approved_refund,
    reconcile_all,
)
from tests.unmatched.books import a_receipt

NOVEMBER = Month(date(2026, 11, 1))
DECEMBER = Month(date(2026, 12, 1))


def row_of(account):
    row = next(iter(account.rows))
    assert (len(account.rows), row.unit, row.item) == (1, WATER_UNIT, SOIL_ITEM)
    return row


def test_months_know_their_days():
    assert (str(DECEMBER), DECEMBER.last, DECEMBER.next) == (
        "2026-12",
        date(2026, 12, 31),
        date(2027, 1, 1),
    )
    assert DECEMBER.before == NOVEMBER.last == date(2026, 11, 30)


def test_r_r7_opening_and_paid_less_refunded_and_settled_is_what_the_account_holds(placed):
    with placed.write() as session:
        a_share_rule(session)  # 10 : 20 : 70, the county collects
        first = a_paid_notice(session, trade_no="T0001")
        a_paid_notice(session, trade_no="T0002")
        unpaid = a_notice(session)  # 140.00, of which 40.00 is relieved
        ground = Ground("演示批〔2026〕3号", TODAY, "演示财政局", "受灾停产")
        terms = Terms("reduce", amount=Money(4000))
        asked = apply_for_relief(session, REGION, unpaid.id, terms, ground, by=CLERK, now=NOW).id
        approve_relief(session, REGION, asked, reason="", by="reviewer:test", now=NOW)
        void = a_notice(session)
        void_notice(session, REGION, void.id, reason="开错", by=CLERK, now=NOW)
        a_receipt(session, "T0009", amount="5.00")
        keep_shares(session, REGION, now=NOW)
        reconcile_all(session)
        a_paid_refund(session, first, "100.01")
        settlement = a_settlement(session)

        account = month_account(session, REGION, NOVEMBER)

        row = row_of(account)
        assert (row.opening, row.issued, row.voided, row.unpaid) == (0, 56000, 14000, 10000)
        assert row.relieved == 4000
        assert (row.paid, row.reversed, row.refunded, row.closing) == (28000, 0, 10001, 0)
        # Twice 14.00, 28.00, 98.00 less 10.00, 20.00, 70.01.
        assert row.settled == {"central": 1800, "province": 3600, "county": 12599}
        # 280.00 + 5.00 - 100.01 - 179.99 = 5.00, all of it unmatched.
        assert account.flows == {
            "payment": 28000,
            "arrival": 500,
            "refund-payment": -10001,
            "settlement": -17999,
        }
        assert (account.closing, account.held, account.unmatched_closing) == (500, 0, 500)
        assert account.holds
        sums = level_sums(session, REGION, settlement.id)
        assert [(one.level, one.share, one.netted, one.settled) for one in sums] == [
            ("central", 2800, 1000, 1800),
            ("province", 5600, 2000, 3600),
            ("county", 19600, 7001, 12599),
        ]

        # December: the treasuries give 39.99 back; another payment, reversed; a third stands.
        close_day(session, REGION, TODAY, next_day=date(2026, 12, 1), by=CLERK, now=NOW)
        a_paid_refund(session, first, "39.99")
        wrong = a_paid_notice(session, trade_no="T0003")
        back = ReversalAdvice(wrong.pay_code, "T0003", Money(14000), "冲正")
        assert record_reversal(session, back, bank=BANK, now=NOW).answer is not None
        third = a_paid_notice(session, trade_no="T0004")
        an_approved_refund(session, third, "40.00")

        account = month_account(session, REGION, DECEMBER)

        row = row_of(account)
        assert (row.opening, row.paid, row.reversed) == (0, 28000, 14000)
        assert (row.refunded, row.from_treasury, row.settled_fen, row.unpaid) == (0, 3999, 0, 24000)
        # Approved and not paid yet: the account still holds all of the 140.00.
        assert (row.closing, account.closing, account.opening) == (14000, 14500, 500)
        assert account.holds
        given = {one.level: one.given_back for one in level_sums(session, REGION, settlement.id)}
        assert given == {"central": 400, "province": 800, "county": 2799}

        # November's money says the same as before, though its first payment is refunded whole by
        # now. The two notices paid in December were issued in November, and open at its end.
        again = month_account(session, REGION, NOVEMBER)
        assert (again.closing, again.holds, row_of(again).unpaid) == (500, True, 38000)

        # The relieved notice, voided, takes off what it still asked: 140.00 less 40.00. With the
        # other void one that is 240.00, and the books stay whole: issued less void and relieved.
        void_notice(session, REGION, unpaid.id, reason="开错", by=CLERK, now=NOW)
        row = row_of(month_account(session, REGION, NOVEMBER))
        assert (row.issued, row.voided, row.relieved, row.unpaid) == (84000, 24000, 4000, 28000)
        assert row.unpaid + row.voided + row.relieved + row.paid == row.issued

    row = next(iter(account.rows))
    lost = replace(row, paid=row.paid - 1)
    assert not replace(account, rows=(lost,)).holds
    assert not replace(account, closing=account.closing + 1).holds
    assert add_rows((row, row)).paid == 56000
