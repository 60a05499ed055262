"""The public part of the machines' door: the catalog, estimates, verdicts, the account, reports.

No signature and no session. What is computed or written is counted by caller (``count_call``);
the catalog is answered with an ETag and may be kept by caches.
"""

import hashlib
from datetime import date, timedelta
from typing import Any, Final

from flask import Blueprint, Response, request

from feeledger.api.catalog_json import edition_json, item_json, summary_json
from feeledger.api.door import (
    answer,
    count_public_call,
    handle_refusals,
    json_body,
    language,
    read_query,
    spoken_answer,
)
from feeledger.api.estimates import estimate_document, estimate_or_errors
from feeledger.api.fields import load_message
from feeledger.api.openapi import Operation, describe
from feeledger.api.refusals import MessageRefused
from feeledger.api.schemas import (
    NAME_PATTERN,
    REQUESTS_MAX,
    AccountQuerySchema,
    AccountsAnswerSchema,
    CatalogPageSchema,
    CatalogQuerySchema,
    DayQuerySchema,
    EstimateAnswerSchema,
    EstimateQuerySchema,
    EstimateRefusedSchema,
    EstimateSchema,
    ItemAnswerSchema,
    VerdictAnswerSchema,
    VerdictSchema,
)
from feeledger.assessment.findings import Charge
from feeledger.assessment.requests import Defaults
from feeledger.assessment.verdict import judge_charge
from feeledger.assessment.verdict_document import verdict_document
from feeledger.catalog.finding import Wanted, find_items
from feeledger.catalog.items import Catalog
from feeledger.catalog.plan import plan_of
from feeledger.catalog.queries import edition_in_use
from feeledger.catalog.showing import item_of_name
from feeledger.doors import kit
from feeledger.errors import Text
from feeledger.regions.queries import designated_accounts_on, is_printed, region_settings
from feeledger.regions.tables import DesignatedAccountRow

CATALOG_KEPT: Final = {"Cache-Control": "public, max-age=300"}

public = Blueprint("api_public", __name__, url_prefix="/api/v1")
handle_refusals(public)


@public.get("/catalog")
@describe(
    Operation(
        Text("查询收费目录", "List the fee catalog"),
        {200: CatalogPageSchema},
        query=CatalogQuerySchema,
    )
)
def list_catalog() -> Response:
    """Give a page of the catalog, narrowed by the query."""
    asked = read_query(CatalogQuerySchema())
    catalog = catalog_in_use()
    on = asked.get("in_force_on") or kit().clock.today()
    found = find_items(
        catalog,
        Wanted(
            words=asked.get("q", ""),
            category=asked.get("category", ""),
            department=asked.get("department", ""),
            status=asked.get("status", ""),
            collected_by=asked.get("collected_by", ""),
            in_force_on=asked.get("in_force_on"),
        ),
    )
    page, size = asked["page"], asked["size"]
    shown = found[(page - 1) * size : page * size]
    return kept_answer(
        {
            "catalog": edition_json(catalog.edition),
            "on": on.isoformat(),
            "page": page,
            "size": size,
            "total": len(found),
            "items": [summary_json(item, on=on) for item in shown],
        }
    )


@public.get("/catalog/items/<item_id>")
@describe(
    Operation(
        Text("查看一个收费项目", "Show one item"),
        {200: ItemAnswerSchema},
        errors=(404,),
        path={"item_id": NAME_PATTERN},
        query=DayQuerySchema,
    )
)
def show_item(item_id: str) -> Response:
    """Give everything the catalog holds about an item; raises ItemUnknown."""
    on = read_query(DayQuerySchema()).get("on") or kit().clock.today()
    catalog = catalog_in_use()
    item = item_of_name(catalog, item_id)
    return kept_answer(
        {
            "catalog": edition_json(catalog.edition),
            "on": on.isoformat(),
            "item": item_json(catalog, item, on=on),
        }
    )


@public.post("/estimates")
@describe(
    Operation(
        Text("测算应缴（一个请求或至多一百个）", "Work out what is owed (one request, or a list)"),
        {200: EstimateAnswerSchema},
        errors=(404, 429),
        query=EstimateQuerySchema,
        body=EstimateSchema,
        refused_one=EstimateRefusedSchema,
    )
)
def estimate() -> Response:
    """Answer one request, or a list of them in order; a refused one of a list is answered too."""
    count_public_call()
    asked = read_query(EstimateQuerySchema())
    defaults = Defaults(on=asked.get("on"), region=asked["region"])
    body, plan, spoken = json_body(), plan_of(catalog_in_use()), language()
    if not isinstance(body, list):
        return spoken_answer(estimate_document(plan, body, defaults=defaults, language=spoken))
    if not 0 < len(body) <= REQUESTS_MAX:
        fault = Text(f"须为 1 至 {REQUESTS_MAX} 个请求", f"1 to {REQUESTS_MAX} requests")
        raise MessageRefused((("", fault),))
    return spoken_answer(
        [estimate_or_errors(plan, one, defaults=defaults, language=spoken) for one in body]
    )


@public.post("/verdicts")
@describe(
    Operation(
        Text("核对一笔收费是否合法", "Is this charge lawful?"),
        {200: VerdictAnswerSchema},
        errors=(404, 429),
        body=VerdictSchema,
    )
)
def give_verdict() -> Response:
    """Hold a charge against the catalog and the designated account."""
    count_public_call()
    asked = load_message(VerdictSchema(), json_body())
    charged_on = asked.get("charged_on") or asked["on"]
    with kit().store.read() as session:
        catalog = edition_in_use(session)
        accounts = designated_accounts_on(session, asked["region"], charged_on)
    charge = Charge(
        named=asked["item"],
        amount=asked["amount"],
        on=asked["on"],
        charged_on=charged_on,
        department=asked.get("department"),
        region=asked["region"],
        facts=asked["facts"],
        lines=tuple(asked["lines"]),
        account=asked.get("account"),
        designated=numbers_of(accounts),
    )
    verdict = judge_charge(plan_of(catalog), charge)
    return spoken_answer(verdict_document(verdict, catalog, language()))


@public.get("/designated-account")
@describe(
    Operation(
        Text("查询指定账户", "The designated account of a region"),
        {200: AccountsAnswerSchema},
        errors=(404,),
        query=AccountQuerySchema,
    )
)
def show_designated_account() -> Response:
    """Give the accounts designated in a region on a day; raises RegionNotOpen."""
    asked = read_query(AccountQuerySchema())
    region, on = asked["region"], asked.get("on") or kit().clock.today()
    with kit().store.read() as session:
        region_settings(session, region)
        accounts = designated_accounts_on(session, region, on)
    shown = [account_document(row, on=on) for row in accounts]
    return answer({"region": region, "on": on.isoformat(), "accounts": shown})


def numbers_of(accounts: tuple[DesignatedAccountRow, ...]) -> tuple[str, ...] | None:
    """Give every number an account may be told by; None where no account is known."""
    numbers = [number for row in accounts for number in (row.account_no, row.printed_account)]
    return tuple(dict.fromkeys(numbers)) or None


def account_document(row: DesignatedAccountRow, *, on: date) -> dict[str, Any]:
    """Give an account with its announcement; ``valid_until`` is the last day, null: open."""
    until = None if row.valid_to is None else (row.valid_to - timedelta(days=1)).isoformat()
    return {
        "account_no": row.account_no,
        "printed_account": row.printed_account,
        "name": row.name,
        "bank": row.bank,
        "bank_name": row.bank_name,
        "cnaps": row.cnaps,
        "printed": is_printed(row, on),
        "valid_from": row.valid_from.isoformat(),
        "valid_until": until,
        "announced_by": {
            "document": row.document,
            "medium": row.medium,
            "on": row.announced_on.isoformat(),
        },
    }


def catalog_in_use() -> Catalog:
    """Give the catalog edition that answers."""
    with kit().store.read() as session:
        return edition_in_use(session)


def kept_answer(document: dict[str, Any]) -> Response:
    """Answer what caches may keep: with an ETag of the content, 304 where the caller has it."""
    response = answer(document, headers=CATALOG_KEPT)
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.make_conditional(request)
    return response
