"""A region with a bank, an account and paid notices, as rows: what a day file is held against."""

from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy.orm import Session

from feeledger.enterprises.tables import EnterpriseRow
from feeledger.ledger.tables import BookRow, EntryRow, PostingRow
from feeledger.notices.tables import NoticeRow
from feeledger.payments.tables import PaymentKeyRow, PaymentRow
from feeledger.regions.tables import (
    AgentBankRow,
    BankRow,
    CollectingUnitRow,
    DesignatedAccountRow,
    RegionRow,
    RegionSettingRow,
)

REGION = "130184"
BANK = "DEMOBANK"
ACCOUNT = "DEMO-0001"
DAY = date(2026, 11, 23)
NEXT_DAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)  # Beijing 11:00 on the 24th
USCC = "91130184MA0CQ3T535"
COLUMNS = "trade_no,pay_code,amount,paid_at,channel,remark"
_ids = count(1)


def a_region(session: Session, region: str = REGION) -> None:
    """A county with one bank, one account, one unit and an open book."""
    begun = date(2020, 1, 1)
    session.add(
        RegionRow(code=region, name="新乐市", name_en="Xinle", level="county", valid_from=begun)
    )
    if session.get(BankRow, BANK) is None:
        session.add(BankRow(code=BANK, name="演示银行", name_en="Demo bank"))
    session.flush()
    session.add(RegionSettingRow(region=region))
    session.flush()
    session.add(
        CollectingUnitRow(
            region=region, unit_code="U1", name="某局", name_en="Office", level="county",
            valid_from=begun,
        )
    )  # fmt: skip
    session.add(AgentBankRow(region=region, bank=BANK, valid_from=begun))
    session.add(
        DesignatedAccountRow(
            region=region, id=1, bank=BANK, cnaps="", account_no=ACCOUNT, printed_account=ACCOUNT,
            name="财政专户", bank_name="演示银行", document="演示公告第1号", medium="演示",
            announced_on=begun, valid_from=begun,
        )
    )  # fmt: skip
    session.add(BookRow(region=region, opened_on=begun, open_day=DAY))
    if session.get(EnterpriseRow, USCC) is None:
        session.add(
            EnterpriseRow(
                uscc=USCC, name="演示公司", home_region=region, entered_at=NOW, entered_by="test"
            )
        )
    session.flush()


def a_notice(session: Session, pay_code: str, fen: int, status: str, region: str = REGION) -> int:
    """A notice of one amount in a status."""
    number = next(_ids)
    session.add(
        NoticeRow(
            region=region, id=number, pay_code=pay_code, status=status, uscc=USCC,
            payer_name="演示公司", unit_code="U1", unit_name="某局", issued_on=date(2026, 11, 2),
            due_on=date(2026, 11, 30), valid_until=date(2026, 12, 31), dates_provisional=False,
            amount_fen=fen, account=1, edition_id="e", edition_sha256="0" * 64, issued_at=NOW,
            issued_by="test",
        )
    )  # fmt: skip
    session.flush()
    return number


def a_payment(
    session: Session,
    trade_no: str,
    pay_code: str,
    fen: int = 10_000,
    *,
    day: date = DAY,
    region: str = REGION,
    state: str = "confirmed",
) -> int:
    """A notice and its payment by the demo bank, posted in the book."""
    notice = a_notice(session, pay_code, fen, "paid", region)
    number = next(_ids)
    paid_at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    session.add(
        EntryRow(
            region=region, id=number, day=day, kind="payment", subject=f"payment:{number}",
            reason="", posted_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        PostingRow(region=region, entry=number, leg=1, debit="account", credit="due", fen=fen)
    )
    session.add(
        PaymentKeyRow(
            region=region, bank=BANK, kind="confirmation", trade_no=trade_no, pay_code=pay_code,
            amount_fen=fen, account_no=ACCOUNT, paid_at=paid_at, answer={}, accepted_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    session.add(
        PaymentRow(
            region=region, id=number, notice=notice, pay_code=pay_code, bank=BANK,
            kind="confirmation", trade_no=trade_no, amount_fen=fen, late_fen=0, account=1,
            entry=number, state=state, paid_at=paid_at, bank_day=day, received_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    return number


def a_day_file(
    *lines: tuple[str, str, str],
    day: date = DAY,
    number: str = "1",
    replaces: str = "",
    account: str = ACCOUNT,
    bank: str = BANK,
    total: str | None = None,
) -> bytes:
    """A day file of (trade number, pay code, amount) lines with its right control figures."""
    fen = sum(int(amount.replace(".", "")) for _, _, amount in lines)
    head = {
        "bank": bank,
        "account": account,
        "date": day.isoformat(),
        "accconfirm_no": number,
        "count": str(len(lines)),
        "total": total or f"{fen // 100}.{fen % 100:02d}",
    }
    if replaces:
        head["replaces"] = replaces
    rows = [
        f"{trade_no},{pay_code},{amount},{day}T10:00:00+08:00,13,"
        for trade_no, pay_code, amount in lines
    ]
    top = ["feeledger-day-file,1", *(f"{key},{value}" for key, value in head.items()), COLUMNS]
    return "\n".join([*top, *rows, ""]).encode()
