"""Synthetic enterprises of the demonstration: valid credit codes, invented names, plausible facts.

Pure and repeatable: the same seed gives the same enterprises. No name, code or figure here belongs
to anyone; every name begins with 演示.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from stdnum.cn import uscc

REGION = "130184"
COUNT = 320
SEED = 20140103
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_INNER_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# The trade's word in the name, its GB/T 4754 code, and which facts such an enterprise has.
TRADES = (
    ("食品", "C1411", "factory"),
    ("机械", "C3411", "factory"),
    ("建材", "C3021", "factory"),
    ("塑料制品", "C2926", "factory"),
    ("医药", "C2720", "factory"),
    ("房地产开发", "K7010", "developer"),
    ("建筑工程", "E4710", "developer"),
    ("广告传媒", "L7251", "advertiser"),
    ("文化娱乐", "R9011", "entertainer"),
    ("商贸", "F5299", "trader"),
    ("物流", "G5430", "carrier"),
    ("农业", "A0111", "trader"),
)
_GIVEN = "安邦诚达丰广海和恒宏华嘉金康隆茂民宁普庆荣瑞盛泰通万祥兴旭永裕源正中卓"


@dataclass(frozen=True, slots=True)
class Synthetic:
    """One invented enterprise; ``facts`` are values as an assessment takes them."""

    uscc: str
    name: str
    industry: str
    registered_on: date
    size: str
    facts: tuple[tuple[str, str | bool], ...]


def synthetic_enterprises(count: int = COUNT, *, seed: int = SEED) -> tuple[Synthetic, ...]:
    """Invent enterprises, each with another code and name."""
    random = Random(seed)
    made: dict[str, Synthetic] = {}
    names: set[str] = set()
    while len(made) < count:
        enterprise = _invent(random)
        if enterprise.uscc not in made and enterprise.name not in names:
            made[enterprise.uscc] = enterprise
            names.add(enterprise.name)
    return tuple(made.values())


def _invent(random: Random) -> Synthetic:
    word, industry, trade = random.choice(TRADES)
    size = random.choices(("micro", "small", "medium", "large"), (50, 35, 12, 3))[0]
    given = "".join(random.choice(_GIVEN) for _ in range(3))
    return Synthetic(
        uscc=_invent_code(random),
        name=f"演示{given}{word}有限公司",
        industry=industry,
        registered_on=date(2004, 1, 1) + timedelta(days=random.randrange(7900)),
        size=size,
        facts=_invent_facts(random, size=size, trade=trade),
    )


def _invent_code(random: Random) -> str:
    """Make a company's code (91) with both check characters right.

    Organisation codes begin with XXYY, unlike any series seen in use, so that no code is meant to
    be a living enterprise's.
    """
    body = f"XXYY{random.randrange(10_000):04d}"
    total = sum(
        weight * _INNER_SIGNS.index(sign) for weight, sign in zip(_INNER_WEIGHTS, body, strict=True)
    )
    inner = {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))
    code = "91" + REGION + body + inner
    return code + str(uscc.calc_check_digit(code))


def _invent_facts(random: Random, *, size: str, trade: str) -> tuple[tuple[str, str | bool], ...]:
    low, high = {"micro": (3, 19), "small": (20, 280), "medium": (300, 900), "large": (1000, 2400)}[
        size
    ]
    heads = random.randint(low, high)
    facts: dict[str, str | bool] = {
        "headcount": str(heads),
        "disabled_employed": str(random.choices((0, heads // 100, heads // 60), (60, 25, 15))[0]),
        "average_wage": f"{random.randint(42_000, 118_000)}",
        "social_average_wage": "84000",
        "electricity_kwh": str(random.randint(800, 90_000) * heads // 10),
        "renewable_user_class": "other",
        "monthly_sales": f"{random.randint(20_000, 90_000) * heads // 10}",
    }
    facts |= _trade_facts(random, heads, trade)
    return tuple(facts.items())


def _trade_facts(random: Random, heads: int, trade: str) -> dict[str, str | bool]:
    if trade == "developer":
        return {
            "new_floor_area_m2": str(random.randint(1_200, 68_000)),
            "shelter_area_required_m2": str(random.randint(0, 2_400)),
            "settlement_class": "county",
            "project_kind": "other",
            "land_occupied_m2": f"{random.randint(900, 42_000)}.5",
        }
    if trade == "advertiser":
        return {
            "ad_sales_incl_vat": f"{random.randint(90_000, 2_600_000)}.40",
            "ad_publishing_paid": f"{random.randint(10_000, 80_000)}.15",
            "vat_taxpayer_kind": "general" if heads > 10 else "small_scale",  # noqa: PLR2004
        }
    if trade == "entertainer":
        return {
            "entertainment_sales_incl_vat": f"{random.randint(60_000, 900_000)}.00",
            "vat_taxpayer_kind": "small_scale",
        }
    if trade == "carrier":
        return {
            "plates_car_reflective": str(random.randint(1, 24)),
            "vehicle_licences": str(random.randint(1, 24)),
            "vehicle_registration_certs": str(random.randint(1, 24)),
        }
    if trade == "factory":
        return {
            "vat_and_consumption_tax_paid": f"{random.randint(4_000, 70_000) * heads // 10}.00",
            "plates_car_reflective": str(random.randint(1, 6)),
            "vehicle_licences": str(random.randint(1, 6)),
        }
    return {"vat_and_consumption_tax_paid": f"{random.randint(2_000, 40_000) * heads // 10}.00"}
