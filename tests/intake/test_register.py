"""A list of enterprises: every fault told, nobody registered by half, the same list again changes nothing."""

import io
import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from feeledger.cli import root
from feeledger.enterprises.queries import enterprise_of
from feeledger.enterprises.tables import EnterpriseRow
from feeledger.errors import FileRefused
from feeledger.intake.register_batches import (
    RegisterMoved,
    RegisterOffer,
    look_at_register,
    register_file,
)
from feeledger.trail import TrailActRow
from tests.builders import CLERK, NOW, REGION, TODAY, USCC, a_place, an_enterprise

HEAD = "规模,统一社会信用代码,企业名称,登记日期,行业代码\n"
FIRST, SECOND = "91130184771329854W", "91130100104363786E"
LIST = HEAD + f"小型,{FIRST},甲厂,2016-03-06,C3011\n,{SECOND.lower()},乙　店,,\n"
OFFER = RegisterOffer("名单.csv", REGION, TODAY)


@pytest.fixture
def small(store):
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
    return store


def looked_at(store, text, offer=OFFER):
    return look_at_register(store, io.BytesIO(text.encode("gbk")), offer)


def faults_of(looked):
    return [(fault.line, fault.path, fault.code) for fault in looked.faults]


def enterprises(store):
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(EnterpriseRow))


def test_a_list_is_registered_once_whole_and_again_changes_nothing(placed):
    looked = looked_at(placed, LIST)
    assert (looked.lines, len(looked.fresh), looked.known, looked.faults) == (2, 2, 0, ())
    assert enterprises(placed) == 1
    assert register_file(placed, OFFER, looked, by=CLERK, now=NOW) == 2

    with placed.read() as session:
        one, two = enterprise_of(session, FIRST), enterprise_of(session, SECOND)
        acts = session.scalars(select(TrailActRow.act)).all()
    assert (one.name, one.home_region, one.size_class) == ("甲厂", REGION, "small")
    assert (one.industry_code, one.industry_version) == ("C3011", "2017")
    assert one.registered_on == date(2016, 3, 6)
    assert (two.name, two.registered_on, two.size_class) == ("乙 店", None, None)
    assert acts.count("register-enterprises") == 1

    again = looked_at(placed, LIST)
    assert (again.fresh, again.known, again.faults) == ((), 2, ())
    assert register_file(placed, OFFER, again, by=CLERK, now=NOW) == 0
    assert enterprises(placed) == 3


def test_every_fault_is_told_and_nobody_is_registered(small):
    register_file(small, OFFER, looked_at(small, LIST), by=CLERK, now=NOW)
    later = (TODAY + timedelta(days=1)).isoformat()
    looked = looked_at(
        small,
        HEAD
        + f"巨型,{USCC},别名,{later},c30\n"
        + f"小型,{FIRST[:-1]}0,,2026-02-30,Z3011\n"
        + f"小型,{SECOND},丙店,,\n"
        + ",,无码,,\n"
        + f",{SECOND},乙 店,,,多\n",
    )

    assert faults_of(looked) == [
        (2, "登记日期", "day-to-come"),
        (2, "规模", "choice-wrong"),
        (3, "统一社会信用代码", "uscc-wrong"),
        (3, "企业名称", "name-missing"),
        (3, "行业代码", "industry-wrong"),
        (3, "登记日期", "day-wrong"),
        (4, "统一社会信用代码", "enterprise-other"),
        (5, "统一社会信用代码", "uscc-missing"),
        (6, "", "heading-missing"),
        (6, "统一社会信用代码", "code-twice"),
    ]
    assert "乙 店" in looked.faults[6].problem.zh
    with pytest.raises(FileRefused):
        register_file(small, OFFER, looked, by=CLERK, now=NOW)
    assert enterprises(small) == 3


def test_headings_regions_and_what_moved_meanwhile(small):
    wrong = looked_at(small, "信用代码,名称,land_occupied_m2\n")
    assert [fault.code for fault in wrong.faults] == ["register-column"]
    assert [f.code for f in looked_at(small, "信用代码\n").faults] == ["column-missing"]
    assert [f.code for f in looked_at(small, "").faults] == ["file-empty"]

    looked = looked_at(small, LIST)
    other = looked_at(small, LIST.replace("甲厂", "甲公司"))
    register_file(small, OFFER, other, by=CLERK, now=NOW)
    with pytest.raises(RegisterMoved):
        register_file(small, OFFER, looked, by=CLERK, now=NOW)
    elsewhere = looked_at(small, LIST, RegisterOffer("名单.csv", "130123", TODAY))
    assert {fault.code for fault in elsewhere.faults} == {"enterprise-elsewhere"}


@pytest.mark.usefixtures("small")
def test_the_command_looks_first_then_registers(sqlite_url, tmp_path, monkeypatch):
    monkeypatch.setenv("FEELEDGER_MODE", "test")
    monkeypatch.setenv("FEELEDGER_DATABASE_URL", sqlite_url)
    path = tmp_path / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    ask = ["facts", "register", str(path), "--region", REGION, "--by", "clerk"]

    for more, told in (
        (["--dry-run"], {"state": "checked", "lines": 2, "new": 2, "known": 0}),
        ([], {"state": "registered", "lines": 2, "new": 2, "known": 0}),
        ([], {"state": "registered", "lines": 2, "new": 0, "known": 2}),
    ):
        answer = CliRunner().invoke(root, [*ask, *more, "--json"])
        assert (answer.exit_code, json.loads(answer.stdout)) == (0, told)
    path.write_text(LIST + "\n,x,y,,\n", encoding="utf-8")
    back = tmp_path / "back.csv"
    answer = CliRunner().invoke(root, [*ask, "--result", str(back), "--lang", "zh"])
    assert answer.exit_code == 1
    assert "对照营业执照改正" in back.read_text(encoding="utf-8")
