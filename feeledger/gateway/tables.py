"""The nodes that speak frames: which bank or unit each is, and the tokens its MACs are made with."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
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
