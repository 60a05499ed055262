"""The demonstration's facts: a department's file, disputes with what enterprises said, one decided.

The water bureau's survey disagrees with three enterprises; the reviewer has decided one dispute, two
are open. A second file with mistakes waits to be corrected.
"""

import io
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from feeledger.demo.enterprises import Synthetic, synthetic_enterprises
from feeledger.demo.steps import is_done, note_done
from feeledger.enterprises.decision_actions import Decision, decide_dispute
from feeledger.enterprises.dispute_actions import DisputesWanted, find_disputes
from feeledger.enterprises.queries import words_on
from feeledger.errors import Text
from feeledger.intake.batches import check_file, look_at_file, take_file
from feeledger.intake.offer import Offer, Sheet
from feeledger.people.demonstration import DEMO_REGION

if TYPE_CHECKING:
    from feeledger.demo.tale import Say, Stage

STEP: Final = "facts"
WATER: Final = "204"
SURVEYED: Final = 6
DISAGREEING: Final = 3
AREA: Final = "land_occupied_m2"
HEAD: Final = "统一社会信用代码,企业名称,征占用土地面积（平方米）\n"


def tell_facts(stage: "Stage", say: "Say") -> None:
    """Take the water bureau's survey in, let the reviewer decide one dispute, and tell of it."""
    with stage.store.read() as session:
        done = is_done(session, STEP)
    if not done:
        _send(stage, "演示数据-水利局勘测.csv", _survey(), taken=True)
        _send(stage, "演示数据-待改正.csv", _with_mistakes(), taken=False)
        with stage.store.write() as session:
            _decide_one(session, stage)
            note_done(session, STEP, now=stage.now)
    say(
        Text(
            f"演示水利局报送 {SURVEYED} 家企业的勘测面积，{DISAGREEING} 家与企业自报不一致：一家已由复核裁定，"
            "其余待裁定；另有一份有错误的文件待改正（控制台“企业情况”）。",
            f"The demonstration water bureau surveyed {SURVEYED} enterprises; {DISAGREEING} had said something "
            "else: one dispute is decided, the others are open; a file with mistakes waits to be corrected "
            "(console, “Facts”).",
        )
    )


def _surveyed() -> list[Synthetic]:
    return [e for e in synthetic_enterprises() if AREA in dict(e.facts)][:SURVEYED]


def _survey() -> str:
    """Three areas as the enterprises said them, three that are 300 m² larger."""
    rows = []
    for place, enterprise in enumerate(_surveyed()):
        told = str(dict(enterprise.facts)[AREA])
        whole, _, part = told.partition(".")
        found = f"{int(whole) + 300}.{part}" if place < DISAGREEING else told
        rows.append(f"{enterprise.uscc},{enterprise.name},{found}\n")
    return HEAD + "".join(rows)


def _with_mistakes() -> str:
    """Write a number with its unit, a code cut short, and a line told twice."""
    one, two, *_ = _surveyed()
    return HEAD + (
        f"{one.uscc},{one.name},1200平方米\n"
        f"{two.uscc[:-1]},{two.name},900\n"
        f"{two.uscc},{two.name},900\n"
        f"{two.uscc},{two.name},950\n"
    )


def _send(stage: "Stage", name: str, text: str, *, taken: bool) -> None:
    offer = Offer(
        name,
        "department",
        WATER,
        "演示数据：勘测成果",
        date(stage.today.year, 1, 1),
        keep_content=True,
    )
    sheet = Sheet(stage.catalog, io.BytesIO(text.encode("gb18030")))
    now = stage.now + timedelta(minutes=1)  # after what the enterprises said at the start
    looked = look_at_file(stage.store, DEMO_REGION, sheet, offer, now=now)
    row = check_file(stage.store, DEMO_REGION, sheet, offer, looked, by="clerk", now=now)
    if taken:
        take_file(stage.store, DEMO_REGION, row.id, sheet, by="clerk", now=now)


def _decide_one(session: Session, stage: "Stage") -> None:
    """Follow the survey in one dispute; the clerk sent it, the reviewer decides."""
    rows = find_disputes(session, DEMO_REGION, DisputesWanted(), limit=1, offset=0)
    for row in rows:
        held, _ = words_on(session, DEMO_REGION, row.uscc, row.day, name=row.name)[row.name]
        surveyed = next(each for each in held if each.source == "department")
        decide_dispute(
            session,
            DEMO_REGION,
            row.id,
            Decision(surveyed.id, "演示数据：以实地勘测成果为准"),
            by="reviewer",
            now=stage.now + timedelta(minutes=2),
        )
