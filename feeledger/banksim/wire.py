"""A bank's front end that speaks ``wp.*``: JSON in GBK, signed like the signed API's calls.

It asks, confirms, takes back, tells of money, and sends the statements of an account and of a day.
Nothing here asks by serial. An answer is read as the signed API would give it; its bytes are kept.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from feeledger.api.signing import sign_request
from feeledger.api.wire_text import answer_name, read_gbk_json, write_gbk_json
from feeledger.banksim.client import BankAnswer, BankSimulator, Order, Sending
from feeledger.clock import BEIJING, wall_time
from feeledger.errors import FeeLedgerError

WIRE: Final = "/api/v1/bank/wp"
GBK: Final = "application/json; charset=GBK"
REFUSED: Final = 409
GOOD: Final = 200
TIME: Final = "%Y%m%d%H%M%S"
DAY: Final = "%Y%m%d"


class WireBank(BankSimulator):
    """One bank by ``wp.*`` messages, with the key that it signs with."""

    @property
    def asks_serial(self) -> bool:
        """No message asks by the bank's own serial."""
        return False

    def write_query(self, pay_code: str) -> Sending:
        """Write the question for a notice."""
        return self.write_message("wp.outer.bill.pay.query", pay_code[:6], {"billno": pay_code})

    def write_confirmation(self, order: Order) -> Sending:
        """Write a confirmation."""
        told = {
            "billno": order.pay_code,
            "pay_datetime": f"{order.paid_at.astimezone(BEIJING):{TIME}}",
            "pay_amount": order.amount,
            "trade_no": order.trade_no,
            "rec_acct": order.account,
            "paymode": "13",
            "payer_name": order.payer_name,
        }
        return self.write_message("wp.outer.bill.pay", order.pay_code[:6], told)

    def write_reversal(self, order: Order) -> Sending:
        """Write that a payment is taken back."""
        told = {"billno": order.pay_code, "pay_amount": order.amount, "trade_no": order.trade_no}
        return self.write_message("wp.outer.bill.refund", order.pay_code[:6], told)

    def write_arrival(self, order: Order) -> Sending:
        """Write that the money of a payment came."""
        told = {
            "arrival_time": f"{order.paid_at.astimezone(BEIJING):{TIME}}",
            "trade_no": order.trade_no,
            "amt": order.amount,
            "rec_acct": order.account,
            "payer_name": order.payer_name,
        }
        return self.write_message("wp.outer.account.arrival", order.pay_code[:6], told)

    def write_flow(self, order: Order, amount: str) -> Sending:
        """Write a statement of the account with one income of ``amount``, named after the order."""
        told = {
            "date": f"{order.paid_at.astimezone(BEIJING):{DAY}}",
            "acctype": "1",
            "acct": order.account,
            "count": "1",
            "accflow_no": f"{order.trade_no}F",
            "translist": [{"income_amount": amount, "addWord": f"缴款 {order.pay_code}"}],
        }
        return self.write_message("wp.outer.account.flow", order.pay_code[:6], told)

    def write_day(self, number: str, orders: Sequence[Order]) -> Sending:
        """Write the statement of a day: the payments of one region, account and day."""
        told = {
            **_day_of(number, orders[0]),
            "translist": [
                {"billno": one.pay_code, "trade_no": one.trade_no, "amount": one.amount}
                for one in orders
            ],
        }
        return self.write_message("wp.outer.account.billfund", orders[0].pay_code[:6], told)

    def write_day_query(self, number: str, order: Order) -> Sending:
        """Write the question what became of a day's statement."""
        method = "wp.outer.account.billfund.query"
        return self.write_message(method, order.pay_code[:6], _day_of(number, order))

    def write_message(self, method: str, zone: str, content: Mapping[str, Any]) -> Sending:
        """Write and sign one message with a fresh nonce."""
        now = wall_time()
        body = write_gbk_json(
            {
                "zone_code": zone,
                "method": method,
                "timestamp": f"{now.astimezone(BEIJING):{TIME}}",
                "bankindex": "01",
                "biz_content": content,
            }
        )
        signed = sign_request(
            method="POST",
            url=f"{self.scheme}://{self.host}:{self.port}{WIRE}",
            body=body,
            key=self.key,
            created=now,
            nonce=secrets.token_urlsafe(16),
        )
        return Sending("POST", f"{WIRE}#{method}", {**signed, "Content-Type": GBK}, body)

    def deliver(self, sending: Sending, *, cut: bool = False) -> BankAnswer:
        """Send a message and read the answer; ``cut`` closes before reading. Raises AnswerLost."""
        answer = super().deliver(sending, cut=cut)
        return _read_answer(answer, sending.path.partition("#")[2])


def _day_of(number: str, order: Order) -> dict[str, str]:
    day = f"{order.paid_at.astimezone(BEIJING):{DAY}}"
    return {"date": day, "accconfirm_no": number, "rec_acct": order.account}


def _read_answer(answer: BankAnswer, method: str) -> BankAnswer:
    """Read an answer as the signed API would give it; problems (401) stay as they are.

    Its bytes stand in the document, so that two answers are equal only where the bytes are.
    """
    if answer.status != GOOD:
        return answer
    try:
        written = read_gbk_json(answer.body)
        told = written[answer_name(method)]
        result = str(told["code"])
    except (FeeLedgerError, LookupError, TypeError):
        return answer
    document = {
        **told,
        "result": result,
        "status": told.get("status", told.get("billstats", "")),
        "payable": told.get("pay_amount", ""),
        "account": {"account_no": told.get("rec_real_acct", "")},
        "payer_name": told.get("payer_name", ""),
        "told": answer.body.decode("gbk", errors="replace"),
    }
    status = GOOD if result == "00000" else REFUSED
    return BankAnswer(status, json.dumps(document, ensure_ascii=False, sort_keys=True).encode())
