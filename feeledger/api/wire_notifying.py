"""What the finance side tells a bank's platform by ``wp.*`` messages, in GBK, from the outbox.

``wp.bill.sync`` for a notice issued or void, ``wp.account.billfund.confirm`` for the result of a
reconciliation. A message is the same bytes at every attempt; its timestamp is when it happened, so
a platform that is told late knows what is newer. Established: names of messages and fields, and that
a platform says 10000 for success. Decided: the signature is that of our webhooks.
"""

import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from feeledger.api.webhooks import ATTEMPT_SECONDS, Mail, post_mail
from feeledger.api.wire_messages import FINANCE_ACCOUNT, LIST_FORM, paylist_of
from feeledger.api.wire_statements import result_content
from feeledger.api.wire_text import ENCODING, answer_name, write_gbk_json
from feeledger.clock import BEIJING
from feeledger.money import parse_amount
from feeledger.outbox.kinds import NOTICE_ISSUED, NOTICE_VOIDED, STATEMENT_RECONCILED
from feeledger.outbox.letters import Letter, Receipt
from feeledger.outbox.lines import line_to

PLATFORM_SUCCESS: Final = "10000"
MEDIA_TYPE: Final = "application/json; charset=GBK"
ANSWER_MOST: Final = 64 * 1024
SHOWN: Final = 20
SYNC: Final = "wp.bill.sync"
CONFIRM: Final = "wp.account.billfund.confirm"
METHOD_OF: Final = {NOTICE_ISSUED: SYNC, NOTICE_VOIDED: SYNC, STATEMENT_RECONCILED: CONFIRM}
BILL_STATES: Final = {NOTICE_ISSUED: "0", NOTICE_VOIDED: "2"}


def wire_sender(
    allowed: Sequence[str],
    clock: Callable[[], datetime],
    *,
    trust: ssl.SSLContext | None = None,
    seconds: float = ATTEMPT_SECONDS,
) -> Callable[[Letter], Receipt]:
    """Make what sends a letter to a platform; ``clock`` is the real one, for signatures."""
    context = trust or ssl.create_default_context()

    def send(letter: Letter) -> Receipt:
        way = line_to(letter.url, ("https", "http"), allowed)
        if isinstance(way, Receipt):
            return way
        mail = Mail(letter, wire_body(letter), MEDIA_TYPE, clock(), ANSWER_MOST)
        found = post_mail(mail, *way, context, seconds=seconds)
        return found if isinstance(found, Receipt) else judge_answer(letter, found[1])

    return send


def wire_body(letter: Letter) -> bytes:
    """Write a letter as one message in GBK."""
    method = METHOD_OF[letter.kind]
    content = (
        result_content(letter.payload) | {"rec_acct": letter.payload["account"]}
        if method == CONFIRM
        else bill_content(letter)
    )
    return write_gbk_json(
        {
            "zone_code": letter.region,
            "method": method,
            "timestamp": f"{letter.happened_at.astimezone(BEIJING):%Y%m%d%H%M%S}",
            "bankindex": "",
            "biz_content": content,
        }
    )


def bill_content(letter: Letter) -> dict[str, Any]:
    """Write the fields of ``wp.bill.sync``: the bill as it was issued, before any relief."""
    told = letter.payload
    account: Mapping[str, Any] = told["account"] or {}
    lines = [
        (one["item_code"], one["item_name"], parse_amount(one["amount"])) for one in told["lines"]
    ]
    return {
        "billno": told["pay_code"] or "",
        "crccode": told["crc_code"] or "",
        "billdate": told["issued_on"].replace("-", ""),
        "pay_amount": told["amount"],
        "total_amount": told["amount"],
        "delay_amount": "0.00",
        "billstats": BILL_STATES[letter.kind],
        "chg_code": told["unit_code"],
        "chg_name": told["unit_name"],
        "payer_name": told["notice_payer"],
        "payer_acct": "",
        "payer_opbk": "",
        "rec_acctype": FINANCE_ACCOUNT,
        "rec_name": account.get("name", ""),
        "rec_acct": account.get("printed_account", ""),
        "rec_real_acct": account.get("account_no", ""),
        "rec_opbk": account.get("bank_name", ""),
        "rec_bkcode": account.get("cnaps", ""),
        "interbank": "0" if account.get("bank") == letter.bank else "1",
        "remark": "",
        "paylistfmt": LIST_FORM,
        "paylist": paylist_of(lines),
    }


def judge_answer(letter: Letter, raw: bytes) -> Receipt:
    """Read a platform's answer: 10000 under the name of the message is its yes."""
    try:
        told = json.loads(raw.decode(ENCODING))
        code = str(told[answer_name(METHOD_OF[letter.kind])]["code"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return Receipt(error="broken-answer")
    shown = "".join(sign for sign in code if sign.isprintable())[:SHOWN]
    return Receipt(shown) if code == PLATFORM_SUCCESS else Receipt(shown, "refused")
