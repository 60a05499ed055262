"""Tables of projects: what was told, each computation, and the notices of each region's part.

A project stands in the region of its site, with its items and computations. A part stands in the
region whose units charge, with its notices: no row refers to another region's by key.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from feeledger.store import Base, Fen, JsonText


class ProjectRow(Base):
    """A project, or a single act that gives rise to a duty, as it was told; never changed."""

    __tablename__ = "project"
    __table_args__ = (
        ForeignKeyConstraint(["region"], ["region.code"]),
        ForeignKeyConstraint(["uscc"], ["enterprise.uscc"]),
        ForeignKeyConstraint(["region", "act"], ["permit_act.region", "permit_act.id"]),
        CheckConstraint("kind IN ('building', 'act')", "kind"),
        CheckConstraint("number <> '' AND name <> ''", "named"),
        Index("uq_project_number", "region", "number", unique=True),
        Index("ix_project_uscc", "region", "uscc", "arose_on"),
        Index("ix_project_arose_on", "region", "arose_on"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    uscc: Mapped[str]
    arose_on: Mapped[date]
    act: Mapped[int | None]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


class ProjectItemRow(Base):
    """An item of a project and the unit that charges it, of the project's region or one above."""

    __tablename__ = "project_item"
    __table_args__ = (
        ForeignKeyConstraint(["region", "project"], ["project.region", "project.id"]),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    project: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    item_id: Mapped[str] = mapped_column(primary_key=True)
    unit_region: Mapped[str]
    unit_code: Mapped[str]


class ProjectRoundRow(Base):
    """One computation of a project: facts (the register's included), classes chosen, edition."""

    __tablename__ = "project_round"
    __table_args__ = (
        ForeignKeyConstraint(["region", "project"], ["project.region", "project.id"]),
        ForeignKeyConstraint(["edition"], ["catalog_edition.id"]),
        CheckConstraint("round > 0", "round"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    project: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    facts: Mapped[Any] = mapped_column(JsonText)
    from_register: Mapped[Any] = mapped_column(JsonText)
    lines: Mapped[Any] = mapped_column(JsonText)
    edition: Mapped[str]
    edition_sha256: Mapped[str]
    total_fen: Mapped[int] = mapped_column(Fen)
    assessed_by: Mapped[str]
    assessed_at: Mapped[datetime]


class ProjectPartRow(Base):
    """What one region's units charge of a project; whoever issues its notice holds this row."""

    __tablename__ = "project_part"
    __table_args__ = (ForeignKeyConstraint(["region"], ["region_setting.region"]),)

    region: Mapped[str] = mapped_column(primary_key=True)
    project_region: Mapped[str] = mapped_column(primary_key=True)
    project: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    opened_at: Mapped[datetime]


class ProjectNoticeRow(Base):
    """A notice that was issued for a region's part of a project, and by which computation."""

    __tablename__ = "project_notice"
    __table_args__ = (
        ForeignKeyConstraint(["region", "notice"], ["notice.region", "notice.id"]),
        ForeignKeyConstraint(
            ["region", "project_region", "project"],
            ["project_part.region", "project_part.project_region", "project_part.project"],
        ),
        Index("ix_project_notice_part", "region", "project_region", "project"),
        {"info": {"append_only": True}},
    )

    region: Mapped[str] = mapped_column(primary_key=True)
    notice: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_region: Mapped[str]
    project: Mapped[int]
    round: Mapped[int]
