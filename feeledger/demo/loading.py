"""Load the demonstration: everything that does not come in through a door, once, in one go.

The catalog is the real one; all else is invented. A second start finds the step noted and loads
nothing.
"""

from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy.orm import Session

from feeledger.catalog.actions import publish_edition
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import plan_of
from feeledger.demo.enterprises import Synthetic, synthetic_enterprises
from feeledger.demo.notices import DemoNotice, issue_notices
from feeledger.demo.setting import BY, build_setting
from feeledger.demo.steps import details_of, is_done, note_done
from feeledger.enterprises.actions import (
    EnterpriseDetails,
    FactOrigin,
    record_facts,
    register_enterprise,
)
from feeledger.enterprises.lookup_actions import issue_lookup_code
from feeledger.enterprises.reassessment_actions import (
    reassessments_due,
    settle_reassessments,
)
from feeledger.people.demonstration import DEMO_REGION
from feeledger.periods import Calendar
from feeledger.regions.reader import Regions

STEP = "load"


def load_demonstration(
    session: Session,
    catalog: Catalog,
    regions: Regions,
    calendar: Calendar,
    *,
    today: date,
    now: datetime,
) -> dict[str, object]:
    """Load the county, its enterprises, facts and notices; give what the tale tells of them."""
    publish_edition(session, catalog, by=BY, now=now)
    if is_done(session, STEP):
        return details_of(session, STEP)
    build_setting(session, regions, today=today, now=now)
    enterprises = synthetic_enterprises()
    for enterprise in enterprises:
        _enter(session, enterprise, today=today, now=now)
    due = reassessments_due(session, DEMO_REGION)
    settle_reassessments(session, DEMO_REGION, [row.id for row in due], by=BY, now=now)
    notices = issue_notices(session, enterprises, plan_of(catalog), calendar, today=today, now=now)
    showcase = _showcase(enterprises, notices)
    code = issue_lookup_code(session, showcase.uscc, reason="演示数据", by=BY, now=now)
    note_done(
        session,
        STEP,
        now=now,
        enterprises=len(enterprises),
        notices=[asdict(n) | {"issued_on": n.issued_on.isoformat()} for n in notices],
        showcase_uscc=showcase.uscc,
        showcase_name=showcase.name,
        # The code of one invented enterprise, kept so that the tale can be told again.
        showcase_lookup_code=code,
    )
    return details_of(session, STEP)


def _enter(session: Session, enterprise: Synthetic, *, today: date, now: datetime) -> None:
    register_enterprise(
        session,
        enterprise.uscc,
        EnterpriseDetails(
            name=enterprise.name,
            home_region=DEMO_REGION,
            industry_version="2017",
            industry_code=enterprise.industry,
            registered_on=enterprise.registered_on,
            size_class=enterprise.size,
        ),
        by=BY,
        now=now,
    )
    record_facts(
        session,
        DEMO_REGION,
        enterprise.uscc,
        dict(enterprise.facts),
        FactOrigin(source="enterprise", document="演示数据"),
        valid_from=date(today.year, 1, 1),
        by=BY,
        now=now,
    )


def _showcase(enterprises: tuple[Synthetic, ...], notices: tuple[DemoNotice, ...]) -> Synthetic:
    """Choose the first building enterprise with a notice: several units, one pay code."""
    with_notice = {notice.payer for notice in notices}
    return next(
        e for e in enterprises if e.name in with_notice and "new_floor_area_m2" in dict(e.facts)
    )
