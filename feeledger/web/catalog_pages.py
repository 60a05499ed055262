"""The fee catalog for reading: a list to search and filter, and a page for each item."""

from collections.abc import Sequence

from flask import Blueprint, render_template, request

from feeledger.assessment.charge_words import PAID_THROUGH
from feeledger.catalog.items import Catalog
from feeledger.catalog.showing import item_of_name
from feeledger.errors import Text
from feeledger.web.catalog_views import ItemRow, matches, page_of_item, row_of_item
from feeledger.web.forms import Form, read_day, read_text
from feeledger.web.language import say
from feeledger.web.paging import asked_page, page_of
from feeledger.web.present import catalog_in_use, today
from feeledger.web.wording import CATEGORIES, STANDINGS

catalog_pages = Blueprint("catalog", __name__)

QUERY_LENGTH_MAX = 100


@catalog_pages.get("/catalog")
def list_items() -> str:
    """Show the items that fit the search and the filters."""
    catalog = catalog_in_use()
    form = Form(request.args)
    day = read_day(form, "on", needed=False) or today()
    query = read_text(form, "q", needed=None, longest=QUERY_LENGTH_MAX)[:QUERY_LENGTH_MAX]
    rows = _filtered(
        [row_of_item(item, day, catalog) for item in catalog.items.values()], form, query
    )
    return render_template(
        "catalog/list.html",
        edition=catalog.edition,
        form=form,
        query=query,
        day=day,
        page=page_of(rows, asked_page(request.args)),
        filters=_filters_kept(form),
        departments=[(text.zh, say(text)) for text in _departments(catalog)],
        categories=CATEGORIES,
        collectors=PAID_THROUGH,
        standings=STANDINGS,
    )


@catalog_pages.get("/catalog/<item_id>")
def show_item(item_id: str) -> str:
    """Show one item on a day, asked for by id or name: prices, reliefs, history, documents."""
    catalog = catalog_in_use()
    item = item_of_name(catalog, item_id)
    form = Form(request.args)
    day = read_day(form, "on", needed=False) or today()
    return render_template(
        "catalog/item.html",
        edition=catalog.edition,
        form=form,
        day=day,
        today=today(),
        item=item,
        page=page_of_item(item, day, catalog),
    )


def _filtered(rows: Sequence[ItemRow], form: Form, query: str) -> list[ItemRow]:
    """Keep the rows that fit every filter set."""
    category, collector = form.value("category"), form.value("by")
    department, standing = form.value("department"), form.value("standing")
    return [
        row
        for row in rows
        if (not category or row.item.category == category)
        and (not collector or row.item.collected_by == collector)
        and (not department or row.item.department.zh == department)
        and (not standing or row.standing.code == standing)
        and (not query or matches(row.item, query))
    ]


def _filters_kept(form: Form) -> dict[str, str]:
    """Give the filters that turning a page must keep."""
    names = ("q", "category", "department", "standing", "by", "on")
    return {name: form.value(name) for name in names if form.value(name)}


def _departments(catalog: Catalog) -> list[Text]:
    """List the departments of the catalog, each once, in its order."""
    return list(dict.fromkeys(item.department for item in catalog.items.values()))
