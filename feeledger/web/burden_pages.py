"""What fees cost, for anybody: a region's year in groups; cells too small to be shown are hidden."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from feeledger.burden.queries import PUBLIC, burdened_of_region
from feeledger.burden.weighing import CELL_LEAST, OTHERS_LEAST, position_among
from feeledger.doors import kit
from feeledger.enterprises.queries import enterprise_of
from feeledger.money import Money
from feeledger.quotas.queries import quota_years
from feeledger.regions.queries import open_regions
from feeledger.web.burden_views import GROUPING_NAMES, burden_shown, grouping_asked
from feeledger.web.forms import Form
from feeledger.web.language import link
from feeledger.web.payer_session import payer_here
from feeledger.web.present import today
from feeledger.web.region_choices import name_of_region, region_choices

burden_pages = Blueprint("burden", __name__)


@burden_pages.get("/burden")
def show_burden() -> str:
    """Show a region's published year in groups, and nothing of any one enterprise."""
    form = Form(request.args)
    by = grouping_asked(form)
    with kit().store.read() as session:
        opened = [row.code for row in open_regions(session)]
        asked = form.value("region")
        region = asked if asked in opened else (opened[0] if len(opened) == 1 else "")
        years = quota_years(session, region) if region else ()
        year = next((each for each in years if str(each) == form.value("year")), None)
        year = year or (years[0] if years else today().year)
        shown = burden_shown(session, region, year, by, states=PUBLIC, public=True)
    return render_template(
        "burden.html",
        form=form,
        region=region,
        regions=[each for each in region_choices(today()) if each[0] in opened],
        region_name=name_of_region(region, today()) if region else None,
        years=[(str(each), str(each)) for each in years],
        year=year,
        by=by,
        groupings=GROUPING_NAMES,
        shown=shown,
        least=CELL_LEAST,
        money_of_fen=Money,
    )


@burden_pages.get("/lookup/burden")
def show_own() -> str | Response:
    """Show an enterprise its own years, and where it stands among its kind."""
    uscc = payer_here()
    if uscc is None:
        return redirect(link("lookup.show_lookup"), code=303)
    with kit().store.read() as session:
        region = enterprise_of(session, uscc).home_region
        found = []
        for year in quota_years(session, region):
            rows = burdened_of_region(session, region, year, states=PUBLIC)
            own = next((row for row in rows if row.uscc == uscc), None)
            if own is not None:
                found.append((year, own, position_among(own, rows)))
    return render_template(
        "lookup/burden.html",
        years=found,
        region_name=name_of_region(region, today()),
        least=OTHERS_LEAST,
        money_of_fen=Money,
    )
