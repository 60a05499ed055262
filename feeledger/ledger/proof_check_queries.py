"""A proof held against what is published here: its key, its block, its day (docs/proof.md section 3).

The steps are those of the check without a connection, and two more: the key must be one that is
published here and was in force when it signed, and the signed day must be the one that stands here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from feeledger.errors import Text
from feeledger.ledger.receipt_check import (
    Checked,
    NoProof,
    Step,
    Trusted,
    check_receipt,
    read_receipt,
)
from feeledger.ledger.seal_queries import seal_block_of, seal_key_of, signed_day

INTEGER_MAX: Final = 2**63 - 1
_REGION: Final = re.compile(r"[0-9]{6}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
KEY_NOT_PUBLISHED: Final = Text(
    "签署用的公钥未在本系统公布：文件不是由本系统签署的，或是伪造的",
    "the key it is signed by is not published here: the file was not signed by this system, or it is forged",
)
KEY_NOT_IN_FORCE: Final = Text(
    "所称签署时间不在这把公钥的有效期内",
    "the time it says it was signed lies outside the window of that key",
)
BLOCK_NOT_PUBLISHED: Final = Text(
    "该地区没有公布这一编号的区块", "the region has published no block of that number"
)
DAY_NOT_PUBLISHED: Final = Text(
    "本系统没有公布该地区该日的日根", "no root of that day is published here for that region"
)
ANOTHER_DAY: Final = Text(
    "签名成立，而现在公布的日根是另一个：请保存此文件并交审计、监察机关",
    "the signature holds, yet another root of that day is published now: keep the file and give it to the auditors",
)


def check_against_published(session: Session, text: bytes) -> Checked:
    """Check a proof step by step; its key, and its block or day, must be those published here."""
    try:
        proof = read_receipt(text)
        _demand_plain_keys(proof)
    except NoProof:
        return _not_in_form(text)
    if proof["day"] is None:
        return _unsigned(session, text, proof)
    told = proof["day"]["head"]["key"]
    checked = check_receipt(text, Trusted(fingerprint=told))
    checked = replace(checked, steps=tuple(_with_key(session, proof, checked)))
    if not checked.holds:
        return checked
    return replace(checked, steps=(*checked.steps, _day_step(session, proof)))


def _not_in_form(text: bytes) -> Checked:
    """Say what of the form does not hold; a key that no database could be asked for is one such."""
    checked = check_receipt(text, Trusted())
    if checked.proof is None:
        return checked
    found = Text(
        "区划须为 6 位数字、记账日须为日期、区块编号须在范围之内",
        "the region is six digits, the day a date, the block's number within bounds",
    )
    return Checked((Step("form", False, found),))


def _demand_plain_keys(proof: Mapping[str, Any]) -> None:
    """Hold region, day and number against their shapes, before anything is looked up by them."""
    head = proof["block"]["head"]
    if not _REGION.fullmatch(head["region"]) or not _DAY.fullmatch(head["day"]):
        raise NoProof("区划或日期不符", "region or day")
    try:
        date.fromisoformat(head["day"])
    except ValueError as fault:
        raise NoProof("日期不符", "day") from fault
    if not 0 < int(head["number"]) <= INTEGER_MAX:
        raise NoProof("编号不符", "number")


def _unsigned(session: Session, text: bytes, proof: Mapping[str, Any]) -> Checked:
    """Check a proof of a day that was not signed when it was downloaded: by its published block."""
    head = proof["block"]["head"]
    block = seal_block_of(session, head["region"], int(head["number"]))
    checked = check_receipt(text, Trusted(block="-" if block is None else block.hash))
    if block is not None:
        return checked
    steps = [
        Step(step.name, False, BLOCK_NOT_PUBLISHED) if step.name == "published-block" else step
        for step in checked.steps
    ]
    return replace(checked, steps=tuple(steps))


def _with_key(session: Session, proof: Mapping[str, Any], checked: Checked) -> Iterator[Step]:
    """Give the steps, the key's held against the published keys; nothing after one that fails."""
    for step in checked.steps:
        if step.name == "key" and step.holds:
            fault = _fault_of_key(session, proof["day"]["head"])
            if fault is not None:
                yield Step("key", False, fault)
                return
        yield step


def _fault_of_key(session: Session, head: Mapping[str, str]) -> Text | None:
    """Say why a day's key is not to be trusted; None where it is."""
    key = seal_key_of(session, head["key"])
    if key is None:
        return KEY_NOT_PUBLISHED
    try:
        signed_at = datetime.fromisoformat(head["signed_at"])
        in_force = key.valid_from <= signed_at
        in_force = in_force and (key.valid_to is None or signed_at < key.valid_to)
    except (ValueError, TypeError):
        in_force = False
    return None if in_force else KEY_NOT_IN_FORCE


def _day_step(session: Session, proof: Mapping[str, Any]) -> Step:
    """Hold a day whose signature is good against the one that is published."""
    head = proof["day"]["head"]
    day = signed_day(session, head["region"], date.fromisoformat(head["day"]))
    if day is None:
        return Step("published-day", False, DAY_NOT_PUBLISHED)
    same = (day.root, day.previous, str(day.entries)) == (
        head["root"],
        head["previous"],
        head["entries"],
    )
    return Step("published-day", same, ANOTHER_DAY)
