"""Whether a department may be the one that collects an item, as far as its name tells.

Names changed and offices were merged (国土资源 became 自然资源, 工商 became 市场监管); a department is
only said to be the wrong one where both names are known and belong to different offices. Lawful
agents (tax, grid, water, railway, court) are not accused, nor is the bureau's unified window.
"""

import re
import unicodedata
from typing import Final

from feeledger.catalog.items import FeeItem

# Each office with the words that name it, old and new; merged offices share words.
OFFICES: Final[dict[str, tuple[str, ...]]] = {
    "police": ("公安", "交警", "车管", "车辆管理"),
    "land": ("自然资源", "国土", "不动产登记"),
    "building": (
        "住房城乡建设", "住房和城乡建设", "住建", "建设局", "建设厅", "建设部门", "房管", "房产",
        "城市管理", "城管", "市政", "园林", "综合行政执法",
    ),
    "forest": ("林业", "林草"),
    "water": ("水利", "水务"),
    "air-defence": ("人民防空", "人防", "住房和城乡建设", "住建"),
    "environment": ("环境保护", "环保", "生态环境"),
    "sea": ("海洋", "自然资源", "生态环境"),
    "tax": ("税务", "地税", "国税"),
    "disabled": ("残联", "残疾人联合会"),
    "health": ("卫生", "卫健", "卫计"),
    "aviation": ("民航",),
    "transport": ("交通", "海事", "港口", "港务", "运管", "公路"),
    "customs": ("海关",),
    "patents": ("知识产权", "市场监管", "市场监督管理"),
    "radio": ("工业和信息化", "工信", "无线电"),
    "court": ("法院",),
    "drugs": ("药品监督", "药监", "食品药品", "市场监管", "市场监督管理"),
    "quality": ("质检", "质监", "质量技术监督", "检验检疫", "市场监管", "市场监督管理"),
    "farming": ("农业", "畜牧", "农牧", "农林"),
    "prices": ("发展改革", "发展和改革", "发改", "物价", "价格"),
    "commerce": ("工商", "市场监管", "市场监督管理"),
    "staff": ("人力资源", "人社", "社会保障"),
    "education": ("教育",),
    "fire": ("消防",),
    "culture": ("文化", "旅游", "文旅"),
    "civil": ("民政",),
    "weather": ("气象",),
}  # fmt: skip
AGENTS: Final[dict[str, tuple[str, ...]]] = {
    "tax": ("税务", "地税", "国税"),
    "grid": ("电网", "供电", "电力"),
    "water": ("供水", "自来水", "水务", "排水", "污水"),
    "railway": ("铁路",),
    "court": ("法院",),
}
WINDOW_WORDS: Final = ("财政", "政务服务", "行政审批", "办事大厅", "缴费大厅", "一口")
ORGAN: Final = re.compile(r"[局厅委部处办署站所队]$|政府|法院|海关|中心|财政|税务")
SELLER: Final = re.compile(r"公司|事务所|协会|企业|设计院|研究院|[厂店社]$")


def may_collect(item: FeeItem, department: str) -> bool | None:
    """Say whether a department is the one to collect an item; None where the name does not tell."""
    name = _plain(department)
    agents = AGENTS.get(item.collected_by, ())
    if any(word in name for word in agents):
        return True
    asked = _offices_of(name)
    known = _offices_of(_plain(item.department.zh))
    if asked & known:
        return True
    if any(word in name for word in WINDOW_WORDS) or not asked or not (known or agents):
        return None
    return False


def is_organ(department: str | None) -> bool | None:
    """Say whether a name is an office of the state (True), a seller (False), or unclear."""
    name = _plain(department or "")
    if SELLER.search(name):
        return False
    return True if ORGAN.search(name) else None


def _offices_of(name: str) -> frozenset[str]:
    return frozenset(
        office for office, words in OFFICES.items() if any(word in name for word in words)
    )


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip()
