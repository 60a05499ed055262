"""The nodes that speak frames, their tokens, and the notices that units registered by frames."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base


class NodeTokenRow(Base):
    """A token of a node, from an instant on. Several may be valid at once: so tokens are changed.

    A node is a bank's or a unit's, never both. Its number holds its region.
    """

    __tablename__ = "gateway_node"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        ForeignKeyConstraint(["bank"], ["bank.code"]),
        ForeignKeyConstraint(
            ["region", "unit_code"], ["collecting_unit.region", "collecting_unit.unit_code"]
        ),
        CheckConstraint("(bank IS NULL) <> (unit_code IS NULL)", "holder"),
        CheckConstraint("length(token) BETWEEN 16 AND 128", "token"),
        CheckConstraint("token_no > 0", "token_no"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    node: Mapped[str] = mapped_column(primary_key=True)
    token_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bank: Mapped[str | None]
    unit_code: Mapped[str | None]
    token: Mapped[str]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class RegistrationRow(Base):
    """A notice that its unit registered by 8994: which node sent it, and what it said.

    The pay code is bound by this row before the notice is written, so that of two equal messages at
    once one registers. ``wants_notification`` is Hold1: the unit asked to be told of the payment.
    """

    __tablename__ = "gateway_registration"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region_setting.region"]),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    pay_code: Mapped[str] = mapped_column(primary_key=True)
    content_sha256: Mapped[str]
    node: Mapped[str]
    wants_notification: Mapped[bool]
    registered_at: Mapped[datetime]


class RegistrationRefusalRow(Base):
    """A registration that was refused; equal ones are one row, counted."""

    __tablename__ = "gateway_registration_refusal"
    __table_args__ = (
        CheckConstraint("times > 0", "times"),
        Index("ix_gateway_registration_refusal_last_at", "region", "last_at"),
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    pay_code: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[str] = mapped_column(primary_key=True)
    content_sha256: Mapped[str] = mapped_column(primary_key=True)
    node: Mapped[str]
    unit_code: Mapped[str]
    code: Mapped[str]
    detail_zh: Mapped[str]
    detail_en: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int]
