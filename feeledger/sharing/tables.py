"""Tables of sharing: published rules, their levels, and the shares kept with each payment.

A rule is never changed but for its end; what was kept with a payment is never changed at all. A
payment's line without rows here is undetermined: no ratio was published for its item that day.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.sharing.levels import LEVELS
from feeledger.store import Base, Fen

LEVEL_CHECK = "level IN ('" + "', '".join(LEVELS) + "')"


class ShareRuleRow(Base):
    """分成比例: how an item is shared from a day on, by which document. ``unit_code`` null: all units.

    ``valid_to`` is the first day not covered; it is set once.
    """

    __tablename__ = "share_rule"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        CheckConstraint("valid_to IS NULL OR valid_from < valid_to", "window"),
        CheckConstraint("(valid_to IS NULL) = (ended_by IS NULL)", "ended"),
        CheckConstraint(LEVEL_CHECK.replace("level", "collecting", 1), "collecting"),
        Index("ix_share_rule_item", "region", "item_id", "valid_from"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    item_id: Mapped[str]
    unit_code: Mapped[str | None]
    collecting: Mapped[str]
    document: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    entered_by: Mapped[str]
    entered_at: Mapped[datetime]
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]


class ShareLevelRow(Base):
    """One level of a rule and its ratio, an exact decimal as it is printed."""

    __tablename__ = "share_level"
    __table_args__ = (
        ForeignKeyConstraint(["region", "rule"], ["share_rule.region", "share_rule.id"]),
        CheckConstraint(LEVEL_CHECK, "level"),
        CheckConstraint("length(ratio) > 0", "ratio"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level: Mapped[str] = mapped_column(primary_key=True)
    ratio: Mapped[str]


class PaymentShareRow(Base):
    """What a payment's line comes to for one level, its late fee included (R-M6)."""

    __tablename__ = "payment_share"
    __table_args__ = (
        ForeignKeyConstraint(["region", "payment"], ["payment.region", "payment.id"]),
        ForeignKeyConstraint(
            ["region", "rule", "level"],
            ["share_level.region", "share_level.rule", "share_level.level"],
        ),
        CheckConstraint("fen >= 0", "fen"),
        CheckConstraint("line_no > 0", "line_no"),
        Index("ix_payment_share_rule", "region", "rule"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    payment: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[int]
    fen: Mapped[int] = mapped_column(Fen)
    kept_at: Mapped[datetime]
