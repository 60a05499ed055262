"""Small catalogs made of values, for tests that need no file."""

from datetime import date
from decimal import Decimal
from itertools import count

from feeledger.assessment.engine import assess
from feeledger.assessment.outcomes import Request
from feeledger.catalog.items import (
    Alternatives,
    Basis,
    Catalog,
    Condition,
    Confidence,
    Edition,
    Event,
    Fact,
    FeeItem,
    Line,
    Place,
    Relief,
    Test,
    Window,
)
from feeledger.catalog.plan import plan_of
from feeledger.errors import Text

SURE = Confidence("high")
DAY = date(2024, 5, 1)
ALWAYS = Window()
SERIAL = count()

FACTS = {
    "kwh": Fact("kwh", "decimal", "千瓦时", Text("用电量", "electricity used")),
    "months": Fact("months", "decimal", "月", Text("月数", "months")),
    "staff": Fact("staff", "int", "人", Text("人数", "staff"), divisor_low=Decimal(1)),
    "disabled": Fact("disabled", "decimal", "人", Text("安排人数", "disabled employed")),
    "share": Fact("share", "decimal", "", Text("安排比例", "share"), derived=("disabled", "staff")),
    "price": Fact("price", "money", "元", Text("价款", "price"), high=Decimal(10) ** 13),
    "wage": Fact("wage", "money", "元", Text("平均工资", "average wage"), high=Decimal(10) ** 13),
    "coefficient": Fact("coefficient", "decimal", "", Text("系数", "coefficient")),
    "rate": Fact(
        "rate", "decimal", "", Text("回采率", "recovery rate"), divisor_low=Decimal("0.000001")
    ),
    "public": Fact("public", "bool", "", Text("公益", "public welfare")),
    "urban": Fact("urban", "bool", "", Text("城区", "urban"), supplied_by="department"),
    "size": Fact(
        "size",
        "enum",
        "",
        Text("规模", "size"),
        values=("large", "small", "micro"),
        value_labels=(Text("大型", "large"), Text("小型", "small"), Text("微型", "micro")),
        supplied_by="register",
    ),
    "user": Fact(
        "user", "enum", "", Text("用户", "user"), values=("home", "shop"), class_fact=True
    ),
}
PLACES = {
    "全国": Place("全国", ("000000",), "the whole country"),
    "河北省": Place("河北省", ("130000",), "Hebei"),
    "石家庄市": Place("石家庄市", ("130100",), "Shijiazhuang"),
    "电网": Place("电网", ("130100", "130400"), "the grid"),
}


def if_all(*tests):
    return Condition("all", tuple(Test(*test) for test in tests))


def if_any(*tests):
    return Condition("any", tuple(Test(*test) for test in tests))


def a_line(rate, line="fee.line", **given):
    kept = {
        "item": "fee",
        "name": Text("收费", "Fee"),
        "place": "河北省",
        "window": ALWAYS,
        "period": "annual",
        "standard": "",
        "basis": Basis(("冀财〔2020〕1号",)),
        "confidence": SURE,
        "series": line,
    }
    return Line(id=line, rate=rate, **(kept | given))


def a_relief(effect, when=None, relief="relief", **given):
    kept = {
        "item": "fee",
        "when": when if when is not None else if_all(),
        "window": ALWAYS,
        "basis": Basis(("冀财〔2021〕9号",)),
        "confidence": SURE,
        "series": relief,
    }
    factor = given.pop("factor", None)
    return Relief(
        id=relief,
        effect=effect,
        factor=Decimal(factor) if factor is not None else None,
        **(kept | given),
    )


def an_event(kind="cancelled", day=date(2018, 1, 1), document="财税〔2018〕4号"):
    return Event(kind, day, document, (), "high")


def an_item(*lines, item="fee", **given):
    kept = {
        "name": Text("收费", "Fee"),
        "category": "administrative",
        "department": Text("部门", "department"),
        "collected_by": "notice",
        "collected_by_basis": "inferred",
        "funds": Text("缴入国库", "treasury"),
        "funds_basis": "seen",
        "status": "in_force",
        "wire_code": "X0001",
        "basis": Basis(("条例",)),
    }
    return FeeItem(id=item, lines=lines, **(kept | given))


def a_catalog(*items, **facts):
    edition = Edition(
        id="test",
        kind="compilation",
        title=Text("测试目录", "Test catalog"),
        province="hebei",
        compiled_on=date(2024, 1, 1),
        gaps=(),
        sha256=f"{next(SERIAL):064x}",
    )
    return Catalog(edition, {item.id: item for item in items}, FACTS | facts, {}, {}, PLACES)


def alternatives(*lines, **given):
    return Alternatives(Text("用户种类", "kind of user"), lines, **given)


def asked(catalog, facts, **given):
    kept = {"ref": None, "on": DAY, "items": ("fee",)}
    return assess(plan_of(catalog), Request(facts=facts, **(kept | given)))


def answered(rate, facts, *, reliefs=(), on=DAY, **line):
    """Answer a request for the one line of a catalog of one item."""
    catalog = a_catalog(an_item(a_line(rate, **line), reliefs=tuple(reliefs)))
    return asked(catalog, facts, on=on).lines[0]
