"""The demonstration's county: its units, banks, account and officers; all invented, marked 演示.

Every name says that it is a demonstration, the account and bank numbers follow the rules of such
numbers and belong to nobody.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session
from stdnum.iso7064 import mod_11_10

from feeledger.api.signing import SigningKey
from feeledger.errors import Text
from feeledger.ledger.actions import open_book
from feeledger.people.actions import Appointment, appoint_officer
from feeledger.people.demonstration import DEMO_OFFICERS, DEMO_REGION
from feeledger.regions.actions import add_unit, keep_regions, let_unit_charge, open_region
from feeledger.regions.bank_actions import (
    AccountDetails,
    Announcement,
    add_bank,
    add_bank_key,
    appoint_agent_bank,
    designate_account,
)
from feeledger.regions.queries import RegionSettings
from feeledger.regions.reader import Regions

BY = "demonstration"
SINCE = date(2014, 1, 1)
ACCOUNT_NO = "0000-0000-1301-8401"
WRONG_ACCOUNT_NO = "0000-0000-9999-0203"
_CNAPS_BODY = "99913018400"


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """One invented collecting unit and the items it may charge."""

    code: str
    name: Text
    items: tuple[str, ...] = ()
    is_window: bool = False


UNITS = (
    DemoUnit("101", Text("演示财政局统一收费窗口", "Demonstration unified window"), is_window=True),
    DemoUnit(
        "201",
        Text("演示公安交警大队", "Demonstration traffic police"),
        ("vehicle-plate", "vehicle-certificate"),
    ),
    DemoUnit(
        "202",
        Text("演示自然资源局", "Demonstration natural resources bureau"),
        ("realestate-registration",),
    ),
    DemoUnit(
        "203",
        Text("演示人民防空办公室", "Demonstration civil air defence office"),
        ("civil-air-defence",),
    ),
    DemoUnit("204", Text("演示水利局", "Demonstration water bureau"), ("soil-water-compensation",)),
    DemoUnit(
        "205",
        Text("演示住房城乡建设局", "Demonstration housing bureau"),
        ("infrastructure-matching", "road-excavation"),
    ),
    DemoUnit("206", Text("演示生态环境监测站", "Demonstration environmental monitoring station")),
)


@dataclass(frozen=True, slots=True)
class DemoBank:
    """One invented agent bank; its key is derived from its code and is no secret."""

    code: str
    name: Text

    @property
    def key(self) -> SigningKey:
        """The key it signs with."""
        return SigningKey(
            id=f"{self.code.lower()}-2026",
            algorithm="hmac-sha256",
            material=hashlib.sha256(f"demonstration {self.code}".encode()).digest(),
        )


BANKS = (
    DemoBank("DEMOBANKA", Text("演示银行甲", "Demonstration bank A")),
    DemoBank("DEMOBANKB", Text("演示银行乙", "Demonstration bank B")),
)


def build_setting(session: Session, regions: Regions, *, today: date, now: datetime) -> None:
    """Enter the county with all that stands in it before any enterprise does."""
    keep_regions(session, regions, by=BY, now=now)
    open_region(session, DEMO_REGION, RegionSettings(), by=BY, now=now)
    for unit in UNITS:
        _enter_unit(session, unit, now)
    for bank in BANKS:
        _enter_bank(session, bank, now)
    _announce_account(session, now)
    open_book(session, DEMO_REGION, first_day=today, by=BY, now=now)
    for officer in DEMO_OFFICERS:
        appointment = Appointment(
            login=officer.login,
            name=officer.name,
            role=officer.role,
            region=officer.region,
            unit_code=officer.unit_code,
        )
        appoint_officer(session, appointment, officer.password, by=BY, now=now)


def _enter_unit(session: Session, unit: DemoUnit, now: datetime) -> None:
    add_unit(
        session,
        DEMO_REGION,
        unit.code,
        name=unit.name,
        valid_from=SINCE,
        by=BY,
        now=now,
        is_window=unit.is_window,
    )
    if unit.items:
        let_unit_charge(
            session, DEMO_REGION, unit.code, unit.items, valid_from=SINCE, by=BY, now=now
        )


def _enter_bank(session: Session, bank: DemoBank, now: datetime) -> None:
    add_bank(session, bank.code, name=bank.name, by=BY, now=now)
    add_bank_key(
        session,
        bank.key.id,
        bank=bank.code,
        algorithm=bank.key.algorithm,
        material=base64.b64encode(bank.key.material).decode(),
        valid_from=datetime(2014, 1, 1, tzinfo=UTC),
        by=BY,
        now=now,
    )
    appoint_agent_bank(session, DEMO_REGION, bank.code, valid_from=SINCE, by=BY, now=now)


def _announce_account(session: Session, now: datetime) -> None:
    designate_account(
        session,
        DEMO_REGION,
        AccountDetails(
            bank=BANKS[0].code,
            cnaps=_CNAPS_BODY + str(mod_11_10.calc_check_digit(_CNAPS_BODY)),
            account_no=ACCOUNT_NO,
            name="演示财政局非税收入汇缴专户",
            bank_name="演示银行甲新乐演示支行",
        ),
        Announcement(
            document="演示公告〔2014〕1号", medium="演示日报", announced_on=date(2013, 12, 20)
        ),
        valid_from=SINCE,
        by=BY,
        now=now,
    )
