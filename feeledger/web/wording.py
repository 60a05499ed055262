"""Names for what the catalog keeps as codes: categories, collectors, events, periods, units, windows.

A code that has no name here is shown as it is: a page never fails over a word.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from feeledger.assessment.wording import unit_words
from feeledger.catalog.items import Window
from feeledger.errors import Text
from feeledger.web.formats import format_day, last_day

CATEGORIES: Final = {
    "administrative": Text("行政事业性收费", "Administrative fee"),
    "government_fund": Text("政府性基金", "Government fund"),
    "operating_service": Text("经营服务性收费", "Operating service charge"),
}
STANDINGS: Final = {
    "in_force": Text("有效", "In force"),
    "no_rate": Text("当日无确定标准", "No established price"),
    "ended": Text("已停止收取", "Ended"),
}
STANDING_TONES: Final = {"in_force": "good", "no_rate": "warn", "ended": "bad"}
EVENTS: Final = {
    "cancelled": Text("取消", "Cancelled"),
    "cancelled_or_suspended": Text("取消或停征", "Cancelled or suspended"),
    "suspended": Text("停征", "Suspended"),
    "stopped": Text("停止征收", "Stopped"),
    "exempt_all": Text("对所有缴款人免征", "Exempt for all payers"),
    "rate_set_to_zero": Text("征收标准降为零", "Rate set to zero"),
    "merged_and_stopped": Text(
        "并入其他项目，停止单独征收", "Merged into another item and stopped"
    ),
    "converted_to_tax": Text("改为征税", "Turned into a tax"),
    "superseded_by": Text("由其他项目取代", "Superseded by another item"),
    "government_pricing_ended": Text("不再由政府定价", "Government pricing ended"),
    "released_to_market": Text("放开，实行市场调节价", "Released to market prices"),
    "exempt_small_enterprises": Text("对小微企业免征", "Exempt for small and micro enterprises"),
    "scheduled_but_never_applied": Text("已公布但从未执行", "Announced but never applied"),
}
PERIODS: Final = {
    "per_event": Text("按次", "each time"),
    "monthly": Text("按月", "monthly"),
    "quarterly": Text("按季", "quarterly"),
    "quarterly_or_monthly": Text("按季或按月", "quarterly or monthly"),
    "annual": Text("按年", "yearly"),
    "daily": Text("按日", "daily"),
    "per_shipment": Text("按批次运输", "each shipment"),
    "as_extracted": Text("随开采量", "as extracted"),
    "as_collected": Text("随征收", "as collected"),
    "semi_annual_or_as_set": Text("按半年或另定", "half-yearly or as set"),
}
PRICINGS: Final = {
    "government_set": Text("政府定价", "Set by the government"),
    "government_guided": Text("政府指导价", "Guided by the government"),
    "government_floor": Text("政府规定最低价", "Floor set by the government"),
    "industry_reference": Text(
        "行业参考价，不是政府定价", "Industry reference, not a government price"
    ),
}
BASES: Final = {
    "seen": Text("", ""),
    "inferred": Text("推断", "inferred"),
    "unknown": Text("未知", "unknown"),
    "not_seen": Text("未见公布", "not seen in print"),
    "not_applicable": Text("", ""),
}
SOURCE_KINDS: Final = {
    "government": Text("政府网站", "a government site"),
    "news": Text("新闻报道", "news"),
    "mirror": Text("转载", "a copy"),
    "article": Text("文章", "an article"),
    "code": Text("公开程序代码", "public program code"),
}


def named(names: Mapping[str, Text], code: str) -> Text:
    """Give the name of a code; a code without one is shown as it is."""
    return names.get(code, Text(code.replace("_", " "), code.replace("_", " ")))


def words_of_unit(unit: str) -> Text:
    """Give a unit as printed, and in English."""
    return Text(unit, unit_words(unit, "en"))


def words_of_window(window: Window) -> Text:
    """Say which days a window covers; an unknown start stays unknown, with its lower bound."""
    start, end = _start_of(window), _end_of(window)
    return Text(f"{start.zh}{end.zh}", f"{start.en}{end.en}")


def marked(basis: str) -> Text:
    """Mark what was inferred or not seen; nothing for what was seen."""
    mark = BASES.get(basis, Text("", ""))
    return Text(f"（{mark.zh}）" if mark.zh else "", f" ({mark.en})" if mark.en else "")


def words_of_month_or_day(text: str) -> Text:
    """Write a day or a month ("2013-06") in words."""
    parts = text.split("-")
    if len(parts) == 3:  # noqa: PLR2004 - year, month, day
        day = date.fromisoformat(text)
        return Text(format_day(day, "zh"), format_day(day, "en"))
    if len(parts) == 2:  # noqa: PLR2004 - year, month
        name = format_day(date(int(parts[0]), int(parts[1]), 1), "en").removeprefix("1 ")
        return Text(f"{parts[0]}年{int(parts[1])}月", name)
    return Text(f"{text}年", text)


def _start_of(window: Window) -> Text:
    if window.begin is not None:
        mark = marked(window.begin_basis)
        return Text(
            f"自 {format_day(window.begin, 'zh')}{mark.zh}",
            f"from {format_day(window.begin, 'en')}{mark.en}",
        )
    if window.not_before is not None:
        return Text(
            f"起始日未知，不早于 {format_day(window.not_before, 'zh')}",
            f"start unknown, not before {format_day(window.not_before, 'en')}",
        )
    return Text("起始日未知", "start unknown")


def _end_of(window: Window) -> Text:
    if window.end is None:
        return Text("起" if window.begin is not None else "", "")
    last, mark = last_day(window.end), marked(window.end_basis)
    return Text(
        f" 至 {format_day(last, 'zh')}{mark.zh}", f" until {format_day(last, 'en')}{mark.en}"
    )
