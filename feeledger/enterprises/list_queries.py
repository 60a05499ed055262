"""Lists of enterprises for the console: filtered, counted, cut into pages."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from feeledger.enterprises.tables import EnterpriseRow


@dataclass(frozen=True, slots=True)
class EnterprisesWanted:
    """Which enterprises are looked for; "" narrows nothing.

    ``text`` is looked for in names and at the head of codes, ``industry`` at the head of industry
    codes; ``size`` "unknown" asks for those without a size class; ``status`` is the register's.
    """

    text: str = ""
    industry: str = ""
    size: str = ""
    status: str = ""


def find_enterprises(
    session: Session, region: str, wanted: EnterprisesWanted, *, limit: int, offset: int
) -> tuple[EnterpriseRow, ...]:
    """Give the enterprises at home in a region that fit, in order of code."""
    query = (
        select(EnterpriseRow)
        .where(*_where(region, wanted))
        .order_by(EnterpriseRow.uscc)
        .limit(limit)
        .offset(offset)
    )
    return tuple(session.scalars(query))


def count_enterprises(session: Session, region: str, wanted: EnterprisesWanted) -> int:
    """Count the enterprises that fit."""
    query = select(func.count()).select_from(EnterpriseRow).where(*_where(region, wanted))
    return session.scalar(query) or 0


def _where(region: str, wanted: EnterprisesWanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [EnterpriseRow.home_region == region]
    if wanted.text:
        where.append(
            or_(
                EnterpriseRow.name.contains(wanted.text, autoescape=True),
                EnterpriseRow.uscc.startswith(wanted.text.upper(), autoescape=True),
            )
        )
    if wanted.industry:
        where.append(
            EnterpriseRow.industry_code.startswith(wanted.industry.upper(), autoescape=True)
        )
    if wanted.size == "unknown":
        where.append(EnterpriseRow.size_class.is_(None))
    elif wanted.size:
        where.append(EnterpriseRow.size_class == wanted.size)
    if wanted.status:
        where.append(EnterpriseRow.status == wanted.status)
    return where
