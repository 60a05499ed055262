"""Tables of notices, their lines, what reliefs did to these, pay-code serials, the banks' queries.

Once issued, a notice's amount, lines, payer and account are frozen: the lines are append-only, and
a trigger refuses to touch the frozen columns. Its status and what was refunded move; reliefs add up
beside it (R-M4), and a deferral moves its days; a signature is put once and never replaced.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, Fen, JsonText

STATUSES = (
    "draft",
    "waived",
    "issued",
    "expired",
    "voided",
    "paid",
    "reconciled",
    "settled",
    "refunded",
)


class NoticeRow(Base):
    """缴款通知书: what one payer is asked to pay under one pay code.

    ``issued_on`` is the bill date, ``unit_code`` the issuing unit. ``edition_sha256`` names the
    catalog edition that its lines were worked out from. A notice waived at issue has no pay code.
    ``reliefs`` counts the reliefs approved since, ``relieved_fen`` is what they took off its lines.
    """

    __tablename__ = "notice"
    __table_args__ = (
        ForeignKeyConstraint(["uscc"], ["enterprise.uscc"]),
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        ForeignKeyConstraint(
            ["region", "account"], ["designated_account.region", "designated_account.id"]
        ),
        ForeignKeyConstraint(
            ["region", "supersedes"], ["notice.region", "notice.id"], name="fk_notice_supersedes"
        ),
        CheckConstraint("status IN ('" + "', '".join(STATUSES) + "')", "status"),
        CheckConstraint("amount_fen >= 0 AND refunded_fen BETWEEN 0 AND amount_fen", "amount"),
        CheckConstraint(
            "(status IN ('waived', 'draft') AND pay_code IS NULL) OR "
            "(pay_code IS NOT NULL AND amount_fen > 0 AND account IS NOT NULL)",
            "pay_code",
        ),
        CheckConstraint(
            "relieved_fen >= 0 AND relieved_fen + refunded_fen <= amount_fen", "relieved_fen"
        ),
        CheckConstraint("reliefs >= 0", "reliefs"),
        CheckConstraint("issued_on <= due_on AND due_on <= valid_until", "dates"),
        Index("uq_notice_pay_code", "region", "pay_code", unique=True),
        Index("uq_notice_supersedes", "region", "supersedes", unique=True),
        Index("ix_notice_uscc", "region", "uscc", "issued_on"),
        Index("ix_notice_valid_until", "region", "valid_until"),
        Index("ix_notice_issued_on", "region", "issued_on"),
        {"postgresql_with": {"fillfactor": "85"}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pay_code: Mapped[str | None]
    crc_code: Mapped[str | None]
    status: Mapped[str]
    uscc: Mapped[str]
    payer_name: Mapped[str]
    unit_code: Mapped[str]
    unit_name: Mapped[str]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    valid_until: Mapped[date]
    dates_provisional: Mapped[bool]
    amount_fen: Mapped[int] = mapped_column(Fen)
    refunded_fen: Mapped[int] = mapped_column(Fen, default=0)
    account: Mapped[int | None]
    edition_id: Mapped[str]
    edition_sha256: Mapped[str]
    signature: Mapped[str | None]
    external_no: Mapped[str | None]
    supersedes: Mapped[int | None]
    issued_at: Mapped[datetime]
    issued_by: Mapped[str]
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str | None]
    void_reason: Mapped[str | None]
    relieved_fen: Mapped[int] = mapped_column(Fen, default=0)
    reliefs: Mapped[int] = mapped_column(default=0)


class NoticeLineRow(Base):
    """One line, frozen with the explanation of its amount. ``unit_code`` is the unit that charges.

    ``late_rule`` holds the item's late-fee rule with its basis, where it has one.
    ``basis`` holds the attached basis of an amount that a person set.
    """

    __tablename__ = "notice_line"
    __table_args__ = (
        ForeignKeyConstraint(["region", "notice"], ["notice.region", "notice.id"]),
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        CheckConstraint("amount_fen >= 0", "amount"),
        CheckConstraint("line_no > 0", "line_no"),
        Index("ix_notice_line_unit_code", "region", "unit_code", "item_id", "obligation_on"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    notice: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_code: Mapped[str]
    unit_name: Mapped[str]
    item_id: Mapped[str]
    item_code: Mapped[str]
    item_name: Mapped[str]
    line_id: Mapped[str | None]
    obligation_on: Mapped[date]
    outcome: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(Fen)
    explanation: Mapped[Any] = mapped_column(JsonText)
    basis: Mapped[Any] = mapped_column(JsonText, nullable=True)
    late_rule: Mapped[Any] = mapped_column(JsonText, nullable=True)


class LineReliefRow(Base):
    """减免缓缴: what the notice's relief number ``seq`` did to one line (R-M4).

    ``fen`` is taken off the line, ``late_bp`` (hundredths of a per cent) off its late fee; of a
    deferral ``due_was`` is the due day before it.
    """

    __tablename__ = "line_relief"
    __table_args__ = (
        ForeignKeyConstraint(
            ["region", "notice", "line_no"],
            ["notice_line.region", "notice_line.notice", "notice_line.line_no"],
        ),
        ForeignKeyConstraint(["region", "relief"], ["notice_relief.region", "notice_relief.id"]),
        CheckConstraint("seq > 0", "seq"),
        CheckConstraint("fen >= 0 AND late_bp BETWEEN 0 AND 10000", "taken"),
        CheckConstraint("fen > 0 OR late_bp > 0 OR due_was IS NOT NULL", "effect"),
        Index("ix_line_relief_relief", "region", "relief"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    notice: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    relief: Mapped[int]
    fen: Mapped[int] = mapped_column(Fen)
    late_bp: Mapped[int]
    due_was: Mapped[date | None]


class PayCodeSerialRow(Base):
    """The last serial given out, per region and year; it only grows."""

    __tablename__ = "pay_code_serial"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        CheckConstraint("last_serial BETWEEN 0 AND 99999999999", "last_serial"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_serial: Mapped[int]


class BankQueryRow(Base):
    """A bank has asked for a notice and was told the amount: what 12005 looks for."""

    __tablename__ = "bank_query"
    __table_args__ = (
        ForeignKeyConstraint(["region", "notice"], ["notice.region", "notice.id"]),
        ForeignKeyConstraint(["bank"], ["bank.code"]),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    notice: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bank: Mapped[str] = mapped_column(primary_key=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]
