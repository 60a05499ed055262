"""One item of the catalog as lines of text and as JSON data, for the command line."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from feeledger.catalog.canonical import encode_row
from feeledger.catalog.changewords import LABELS
from feeledger.catalog.faulting import nearest_names
from feeledger.catalog.items import Basis, Catalog, FeeItem, Line, Window
from feeledger.errors import Missing, Text

ONE_DAY = timedelta(days=1)

STATUSES: dict[str, Text] = {
    "in_force": Text("执行中", "in force"),
    "cancelled": Text("已取消", "cancelled"),
    "suspended": Text("已停征", "suspended"),
    "rate_zero": Text("标准降为零", "rate set to zero"),
    "exempt_for_all": Text("全部免征", "free for all"),
    "converted_to_tax": Text("已改征税", "converted to a tax"),
    "market_priced": Text("市场调节价", "market-priced"),
    "superseded": Text("已被取代", "superseded"),
    "lapsed": Text("已到期", "lapsed"),
    "unknown_after_2015": Text("2015年后不明", "not traced after 2015"),
    "unknown_after_2018": Text("2018年后不明", "not traced after 2018"),
}
COLLECTORS: dict[str, Text] = {
    "notice": Text("凭缴款通知缴入指定账户", "paid by notice into the designated account"),
    "tax": Text("税务部门征收", "paid through the tax authority"),
    "grid": Text("随电费由电网企业代收", "paid through the grid company"),
    "water": Text("随水费由供水企业代收", "paid through the water supplier"),
    "railway": Text("由铁路运输企业代收", "paid through the railway"),
    "court": Text("向人民法院缴纳", "paid to the court"),
    "central": Text("向中央单位缴纳", "paid to a central body"),
    "seller": Text(
        "向服务提供者支付，不入非税账户", "paid to the seller, never as non-tax revenue"
    ),
}


class ItemUnknown(Missing):
    """No item of the edition has this id, name or alias."""

    code = "item-unknown"
    title = Text("目录中没有此项目", "The catalog has no such item")


def item_of_name(catalog: Catalog, name: str) -> FeeItem:
    """Find an item by its id, its official name in either language, or an alias.

    Raises ItemUnknown with the nearest names.
    """
    known: dict[str, FeeItem] = {}
    for item in catalog.items.values():
        for each in (item.id, item.name.zh, item.name.en, *item.aliases):
            known.setdefault(each, item)
    found = known.get(name.strip())
    if found is None:
        near = nearest_names(name.strip(), known)
        raise ItemUnknown(
            Text(
                f"目录 {catalog.edition.id} 没有“{name[:60]}”{near.zh}。",
                f"Catalog {catalog.edition.id} has no “{name[:60]}”{near.en}.",
            )
        )
    return found


def lines_on(item: FeeItem, day: date | None) -> tuple[Line, ...]:
    """Give the lines in force on a day, all without one; an ended item has none."""
    if day is None:
        return item.lines
    if item.ending(day) is not None:
        return ()
    return tuple(line for line in item.lines if line.window.covers(day))


def show_document(
    catalog: Catalog, item: FeeItem, day: date | None, language: str
) -> dict[str, Any]:
    """Give an item as JSON data; ``in_force`` names the lines of the day."""
    edition = catalog.edition
    ending = None if day is None else item.ending(day)
    return {
        "catalog": {
            "id": edition.id,
            "kind": edition.kind,
            "sha256": edition.sha256,
            "notice": None if edition.notice is None else edition.notice.to(language),
        },
        "on": None if day is None else f"{day}",
        "item": encode_row(item),
        "in_force": [line.id for line in lines_on(item, day)],
        "ended": None if ending is None else encode_row(ending),
    }


def show_lines(catalog: Catalog, item: FeeItem, day: date | None, language: str) -> Iterator[str]:
    """Give an item as lines of text."""
    say = Text.to
    edition = catalog.edition
    notice = "" if edition.notice is None else f" · {say(edition.notice, language)}"
    yield f"{say(item.name, language)}  [{item.id} · {item.wire_code}]"
    yield f"{edition.id}{notice}"
    status = STATUSES.get(item.status, Text(item.status, item.status))
    yield f"{say(item.department, language)} · {say(status, language)}"
    yield f"{say(COLLECTORS[item.collected_by], language)} · {say(item.funds, language)}"
    if item.note is not None:
        yield say(item.note, language)
    yield from _basis_lines(item.basis, language, "")
    ending = None if day is None else item.ending(day)
    if ending is not None:
        yield Text(
            f"{ending.day} 起已终止，再收即违规。", f"Ended on {ending.day}: it may not be charged."
        ).to(language)
    yield from _price_lines(lines_on(item, day), language)
    yield from _relief_lines(item, day, language)
    yield from _event_lines(item, language)


def _price_lines(lines: Sequence[Line], language: str) -> Iterator[str]:
    """Give the published prices."""
    for line in lines:
        yield f"- {line.name.to(language)}  [{line.id}]"
        yield f"    {line.standard}"
        yield f"    {line.place} · {window_words(line.window).to(language)}"
        yield from _basis_lines(line.basis, language, "    ")
        if line.confidence.note is not None:
            yield f"    {line.confidence.note.to(language)}"


def _relief_lines(item: FeeItem, day: date | None, language: str) -> Iterator[str]:
    """Give the reliefs whose window has the day."""
    for relief in item.reliefs:
        if day is None or relief.window.covers(day):
            factor = "" if relief.factor is None else f" × {relief.factor}"
            yield f"* {relief.id} ({relief.effect}{factor}) {window_words(relief.window).to(language)}"
            yield from _basis_lines(relief.basis, language, "    ")


def _event_lines(item: FeeItem, language: str) -> Iterator[str]:
    """Give the dated events of the item."""
    for event in item.events:
        day = Text("日期未见", "day not seen").to(language) if event.day is None else f"{event.day}"
        label = LABELS[event.kind].to(language)
        unseen = "" if event.unseen is None else event.unseen.to(language)
        yield f"! {day} {label} {event.document or unseen}"


def _basis_lines(basis: Basis, language: str, indent: str) -> Iterator[str]:
    """Give the documents of a basis, or why none was seen."""
    if basis.documents:
        yield f"{indent}{'、'.join(basis.documents)}"
    elif basis.unseen is not None:
        unseen = Text("未见文件", "document not seen").to(language)
        yield f"{indent}{unseen}: {basis.unseen.to(language)} ({', '.join(basis.sources)})"


def window_words(window: Window) -> Text:
    """Say the days of a window, both ends counted."""
    begin = _begin_words(window)
    if window.end is None:
        return Text(f"{begin.zh}起", f"{begin.en} on")
    last = window.end - ONE_DAY
    return Text(f"{begin.zh}至 {last}", f"{begin.en} to {last}")


def _begin_words(window: Window) -> Text:
    """Say where a window begins, as far as it is known."""
    if window.begin is not None:
        return Text(f"{window.begin} ", f"{window.begin}")
    if window.not_before is not None:
        day = window.not_before
        return Text(f"起始未知（不早于 {day}）", f"unknown start (not before {day})")
    return Text("起始未知", "unknown start")
