"""The designated account: which account a region announced, where and when; nothing else is one."""

from flask import Blueprint, render_template, request

from feeledger.doors import kit
from feeledger.regions.queries import (
    agent_banks_of,
    designated_accounts_on,
    open_regions,
    region_named,
)
from feeledger.web.forms import Form, read_day
from feeledger.web.present import today
from feeledger.web.region_choices import name_of_region, read_region, region_choices

account_pages = Blueprint("account", __name__)


@account_pages.get("/account")
def show_account() -> str:
    """Show the account of a region on a day; the only open region is shown at once."""
    form = Form(request.args)
    day = read_day(form, "on", needed=False) or today()
    with kit().store.read() as session:
        opened = [row.code for row in open_regions(session)]
        asked = form.value("region") or (opened[0] if len(opened) == 1 else "")
        region = read_region(Form(request.args), "region", day) or asked
        known = bool(region) and region_named(session, region) is not None
        accounts = designated_accounts_on(session, region, day) if known else ()
        banks = agent_banks_of(session, region, day) if known else ()
    return render_template(
        "account.html",
        form=form,
        regions=region_choices(day),
        region=region,
        region_name=name_of_region(region, day),
        day=day,
        accounts=accounts,
        banks=banks,
    )
