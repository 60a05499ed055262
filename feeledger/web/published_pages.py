"""Cases that were ordered to be published, for everybody: which unit, which fee, what was found (R-S5).

Open, dismissed and appealed cases never stand here, nor who reported or who paid, nor words that a
reporter wrote for a unit or fee that is not on record.
"""

from flask import Blueprint, render_template, request

from feeledger.doors import kit
from feeledger.ledger.queries import regions_with_books
from feeledger.money import Money
from feeledger.supervision.queries import published_cases
from feeledger.supervision.states import STATE_TEXTS
from feeledger.web.forms import Form
from feeledger.web.language import say
from feeledger.web.paging import asked_page, page_of
from feeledger.web.present import today
from feeledger.web.region_choices import name_of_region

published_pages = Blueprint("published", __name__)


@published_pages.get("/cases")
def list_published() -> str:
    """Show the published cases of a region, the latest first."""
    form = Form(request.args)
    with kit().store.read() as session:
        regions = regions_with_books(session)
        asked = form.value("region")
        region = asked if asked in regions else (regions[0] if len(regions) == 1 else "")
        rows = published_cases(session, region) if region else ()
    return render_template(
        "published.html",
        form=form,
        regions=[(code, say(name_of_region(code, today()))) for code in regions],
        region=region,
        region_name=name_of_region(region, today()) if region else None,
        page=page_of(rows, asked_page(request.args)),
        states=STATE_TEXTS,
        money_of_fen=Money,
    )
