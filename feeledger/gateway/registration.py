"""8994 电子缴款单信息: what a unit says when it registers a notice of its own, and when it voids one.

Names, types and lengths are established. Inferred or decided (docs/gateway.md): fields that may be
empty may be absent; the lines must be there, for without them nothing could be judged; the payer is
who has a credit code, an enterprise or another unit.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from feeledger.codes import judge_pay_code
from feeledger.errors import Text
from feeledger.gateway.fields import Field, read_fields
from feeledger.gateway.payinfo import PayLine, read_pay_info
from feeledger.gateway.refusals import LinesDiffer, malformed
from feeledger.gateway.vouchers import Voucher, shown
from feeledger.judgements import narrow_upper
from feeledger.money import Money, parse_amount
from feeledger.payments.refusals import PayCodeCheckFails

REGISTRATION: Final = "8994"
VOID: Final = "2"
REGISTRATION_FIELDS: Final = (
    Field("AdmDivCode", "String", 6, must=True, pattern=r"[0-9]{6}"),
    Field("PayCode", "String", 20, must=True, pattern=r"[0-9]{20}"),
    Field("BillDate", "Date", 8, must=True),
    Field("ChgAgenCode", "String", 30, must=True),
    Field("ChgAgenName", "GBString", 100, must=True),
    Field("PayerName", "GBString", 100, must=True),
    Field("PayerAcct", "String", 50),
    Field("PayerOpBk", "GBString", 100),
    Field("Amt", "Currency", 16, must=True),
    Field("OriAmt", "Currency", 16, must=True),
    Field("DelayAmt", "Currency", 16, must=True),
    Field("PayStats", "NString", 1, must=True, pattern="[02]"),
    Field("RecAcctType", "NString", 2, must=True),
    Field("RecName", "GBString", 100),
    Field("RecAcct", "String", 50),
    Field("RecAcctReal", "String", 50),
    Field("RecOpBk", "GBString", 100),
    Field("RecBankNo", "String", 20),
    Field("IsInterBank", "NString", 1, must=True),
    Field("PayInfo", "GBString", 500, must=True),
    Field("Memo", "GBString", 200),
    Field("CrcCode", "String", 4),
    Field("MobilePhone", "String", 20),
    Field("PayerCreditCode", "String", 30),
    Field("RecCreditCode", "String", 30),
    Field("OperatorCode", "String", 30),
    Field("OperatorName", "GBString", 30),
    Field("Hold1", "GBString", 100),
)
# What a message says of the notice; who sent it, and remarks, may differ when it comes again.
CONTENT: Final = (
    "AdmDivCode",
    "PayCode",
    "BillDate",
    "ChgAgenCode",
    "PayerName",
    "PayerCreditCode",
    "RecAcct",
    "RecAcctReal",
    "PayInfo",
    "CrcCode",
)
VOID_FIELDS: Final = ("AdmDivCode", "PayCode", "ChgAgenCode", "PayStats")


@dataclass(frozen=True, slots=True)
class Registration:
    """A notice as its unit registers it. ``amount`` is what the lines add up to.

    ``uscc`` is what stands for the payer's code, not judged yet: ``payers.demand_payer`` does.
    """

    region: str
    pay_code: str
    bill_date: date
    unit_code: str
    payer_name: str
    uscc: str
    amount: Money
    account: str
    crc_code: str | None
    lines: tuple[PayLine, ...]
    wants_notification: bool
    content_sha256: str


@dataclass(frozen=True, slots=True)
class Voiding:
    """A unit's word that a notice it registered is void."""

    region: str
    pay_code: str
    unit_code: str


def read_registration(voucher: Voucher, *, region: str) -> Registration | Voiding:
    """Read a registration or a voiding; ``region`` is that of the node that sends it.

    Raises FrameMalformed, LinesDiffer.
    """
    if voucher.get("PayStats") == VOID:
        told = read_fields(voucher, [f for f in REGISTRATION_FIELDS if f.name in VOID_FIELDS])
        _demand_place(told, region)
        return Voiding(region, told["PayCode"], told["ChgAgenCode"])
    told = read_fields(voucher, REGISTRATION_FIELDS)
    _demand_place(told, region)
    whole, original, late = (parse_amount(told[name]) for name in ("Amt", "OriAmt", "DelayAmt"))
    if whole.fen != original.fen + late.fen:
        raise LinesDiffer(
            Text(
                f"Amt {whole} 不等于 OriAmt {original} 与 DelayAmt {late} 之和。",
                f"Amt {whole} is not OriAmt {original} and DelayAmt {late} together.",
            )
        )
    if late or not original:
        raise malformed(
            "DelayAmt 须为 0（没有项目公布滞纳金），OriAmt 须大于零",
            "DelayAmt is 0, for no item has a published late fee, and OriAmt is above zero",
        )
    return Registration(
        region=region,
        pay_code=told["PayCode"],
        bill_date=datetime.strptime(told["BillDate"], "%Y%m%d").date(),  # noqa: DTZ007
        unit_code=told["ChgAgenCode"],
        payer_name=told["PayerName"],
        uscc=narrow_upper(told["PayerCreditCode"]),
        amount=original,
        account=told["RecAcctReal"],
        crc_code=told["CrcCode"] or None,
        lines=read_pay_info(told["PayInfo"], total=original),
        wants_notification=told["Hold1"] == "Y",
        content_sha256=_digest(told, original),
    )


def demand_check_digit(pay_code: str, *, own_profile: bool) -> None:
    """Judge the check digit where the region's codes have one (R-P3). Raises PayCodeCheckFails."""
    judged = judge_pay_code(pay_code, "own" if own_profile else "none")
    if judged.problem is not None:
        raise PayCodeCheckFails(
            Text(f"缴款码：{judged.problem.zh}。", f"Pay code: {judged.problem.en}.")
        )


def _demand_place(told: Mapping[str, str], region: str) -> None:
    if not told["AdmDivCode"] == told["PayCode"][:6] == region:
        raise malformed(
            f"AdmDivCode {shown(told['AdmDivCode'])}、缴款码前 6 位与节点区划 {region} 须一致",
            f"AdmDivCode and the pay code begin with the node's region {region}",
        )


def _digest(told: Mapping[str, str], amount: Money) -> str:
    said = "\n".join([str(amount), *(told[name] for name in CONTENT)])
    return hashlib.sha256(said.encode()).hexdigest()
