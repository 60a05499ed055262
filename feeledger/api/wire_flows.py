"""A bank's statement of an account by ``wp.outer.account.flow``.

Established are its name and the names of its fields. What they mean in detail, which may be empty, and
how a line meets money that is known are inferred or decided, and told in docs/wp.md.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from feeledger.api.bank_schemas import serial_field
from feeledger.api.fields import CodeField
from feeledger.api.wire_lists import TransListField
from feeledger.api.wire_messages import Method, Moment
from feeledger.api.wire_schemas import (
    WireCountField,
    WireDayField,
    WireMoneyField,
    WireSchema,
    optional_words,
    payee_account_field,
)
from feeledger.api.wire_statements import TOTAL_MOST, demand_count, refuse_content
from feeledger.errors import Text
from feeledger.money import total_of
from feeledger.regions.queries import account_meant
from feeledger.unmatched.arrival import Payer
from feeledger.unmatched.flow import AccountFlow, FlowLine
from feeledger.unmatched.flow_actions import record_flow

# Each line may be posted, and one writer at a time is all that SQLite has: a second's work at most.
LINES_MAX: Final = 200


class FlowLineSchema(WireSchema):
    """One income of the account. ``acct`` is the payer's."""

    income_amount = WireMoneyField(required=True)
    acctname = optional_words(100)
    acct = optional_words(50)
    acct_opbk = optional_words(100)
    batchno = CodeField(
        r"^[0-9A-Za-z._-]{0,64}$",
        means=Text("批次号", "the number of a batch"),
        load_default="",
        allow_none=True,
    )
    addWord = optional_words(200)  # noqa: N815 - the message's own name
    paytype = optional_words(20)
    subacct = optional_words(50)


class FlowSchema(WireSchema):
    """wp.outer.account.flow."""

    date = WireDayField(required=True)
    acctype = optional_words(2)
    acct = payee_account_field()
    count = WireCountField(load_default=None, allow_none=True)
    accflow_no = serial_field()
    translist = TransListField(FlowLineSchema, most=LINES_MAX, required=True)


def _read_flow(told: Mapping[str, Any], zone: str) -> AccountFlow:
    demand_count(told)
    lines = tuple(_line_of(number, line) for number, line in enumerate(told["translist"], 1))
    if total_of(line.amount for line in lines).fen > TOTAL_MOST.fen:
        raise refuse_content("translist", "合计过大", "adds up to too much")
    batches = [line.batch_no for line in lines if line.batch_no]
    twice = sorted({one for one in batches if batches.count(one) > 1})
    if twice:
        raise refuse_content(
            "translist", f"批次 {twice[0]} 出现两次", f"holds batch {twice[0]} twice"
        )
    day: date = told["date"]
    return AccountFlow(zone, told["accflow_no"], told["acct"], day, lines)


def _line_of(number: int, told: Mapping[str, Any]) -> FlowLine:
    if not told["income_amount"]:
        place = f"translist/{number - 1}/income_amount"
        raise refuse_content(place, "须大于零", "must be above zero")
    payer = Payer(told["acctname"] or None, told["acct"] or None, told["acct_opbk"] or None)
    return FlowLine(
        number,
        told["income_amount"],
        payer,
        told["batchno"] or "",
        told["addWord"] or "",
        told["paytype"] or "",
        told["subacct"] or "",
    )


def _take_flow(session: Session, told: AccountFlow, moment: Moment) -> dict[str, Any]:
    account = account_meant(session, told.region, told.account, bank=moment.bank, on=told.day)
    flow = replace(told, account=account)
    answer = record_flow(session, flow, bank=moment.bank, now=moment.now).receipt()
    return {name: value for name, value in answer.items() if name != "result"}


FLOW_METHODS: Final[Mapping[str, Method]] = {
    "wp.outer.account.flow": Method(FlowSchema, "accflow_no", "", _read_flow, _take_flow),
}
