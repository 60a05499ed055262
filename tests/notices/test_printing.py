"""The printed notice: what it says, its size, its QR, and names of any kind."""

import io
from dataclasses import replace
from datetime import date
from threading import Thread

import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader

from feeledger.money import Money
from feeledger.notices.printing import (
    GlyphMissing,
    NoticeSheet,
    SheetAccount,
    SheetLine,
    group_in_fours,
    notice_pdf,
    notices_pdf,
    printable,
)

LINE = SheetLine(
    unit_name="新乐市自然资源和规划局",
    item_code="103043211",
    item_name="不动产登记费（非住宅类）",
    quantity="2 件",
    standard="550 元/件",
    amount=Money(110_000),
    why=("登记 2 件，每件 550 元，共 1,100.00 元。", "依据：财税〔2016〕79号。"),
)
ACCOUNT = SheetAccount("新乐市财政局非税收入专户", "DEMO-0001", "演示银行", "演示公告第1号")
SHEET = NoticeSheet(
    region_name="新乐市",
    number="130184-2026-10",
    pay_code="13018426000000000105",
    status="issued",
    issuing_unit="新乐市非税收入征收窗口",
    payer_name="新乐演示面粉有限公司",
    payer_code="91130184MA0CQ3T535",
    issued_on=date(2026, 11, 24),
    due_on=date(2026, 12, 8),
    valid_until=date(2026, 12, 31),
    lines=(LINE,),
    total=Money(110_000),
    account=ACCOUNT,
)


def pages_of(pdf: bytes) -> list[str]:
    return [
        "".join(page.extract_text().split()).replace("⼀", "一")
        for page in PdfReader(io.BytesIO(pdf)).pages
    ]


def test_the_sheet_says_all_that_a_payer_needs():
    text = "".join(pages_of(notice_pdf(replace(SHEET, remarks="请勿折叠"))))

    for part in (
        "新乐市非税收入缴款通知书",
        "通知单，非收据",
        "13018426000000000105",
        "130184-2026-10",
        "2026-11-24",
        "2026-12-08",
        "2026-12-31",
        "新乐演示面粉有限公司",
        "91130184MA0CQ3T535",
        "新乐市非税收入征收窗口",
        "103043211",
        "2件",
        "550元/件",
        "1,100.00",
        "新乐市财政局非税收入专户",
        "DEMO-0001",
        "演示银行",
        "登记2件，每件550元",
        "财税〔2016〕79号",
        "行政复议",
        "行政诉讼",
        "请勿折叠",
        "第1页，共1页",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (15_000, "壹佰伍拾元整"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (1, "壹分"),
    ],
)
def test_the_total_is_written_in_capitals_r_m7(fen: int, words: str):
    text = "".join(pages_of(notice_pdf(replace(SHEET, total=Money(fen)))))

    assert words in text


def test_every_page_is_a4_upright():
    reader = PdfReader(io.BytesIO(notice_pdf(SHEET)))

    for page in reader.pages:
        assert round(float(page.mediabox.width) / 72 * 25.4) == 210
        assert round(float(page.mediabox.height) / 72 * 25.4) == 297


def test_the_qr_holds_the_pay_code_and_is_wider_than_two_and_a_half_centimetres():
    scale = 4
    document = pypdfium2.PdfDocument(notice_pdf(SHEET))
    picture = document[0].render(scale=scale).to_pil()
    document.close()

    (found,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)

    assert found.text == "13018426000000000105"
    width = found.position.top_right.x - found.position.top_left.x
    assert width / scale / 72 * 2.54 >= 2.5


@pytest.mark.parametrize(
    "name",
    [
        "石家庄喆镕堃商贸有限公司",
        "㐀〇玥昇有限公司",
        "¥#*[]有限公司",
        '#evil[*x*]$a$_b_`c`<d>@e"f"\\n//g',
        "--甲---乙~丙...=丁+1.-",
        "{{7*7}}${x}%s\u00e9",
    ],
)
def test_names_of_any_characters_print_literally(name: str):
    text = "".join(pages_of(notice_pdf(replace(SHEET, payer_name=name))))

    assert name in text


def test_a_name_with_line_breaks_and_hidden_signs_prints_on_one_line_without_them():
    assert printable("甲\n乙\u202e丙\u200b\x07丁") == "甲 乙丙丁"


def test_a_character_that_the_fonts_lack_fails_the_print_and_is_named():
    with pytest.raises(GlyphMissing) as refusal:
        notice_pdf(replace(SHEET, payer_name="\U00020bb7野家有限公司"))

    assert "U+20BB7" in refusal.value.detail.zh
    assert "U+20BB7" in refusal.value.detail.en


def test_a_long_list_flows_over_pages_under_a_repeated_head():
    lines = tuple(replace(LINE, item_name=f"收费项目{number:03d}") for number in range(1, 81))

    pages = pages_of(notice_pdf(replace(SHEET, lines=lines)))

    assert len(pages) > 3
    with_lines = [page for page in pages if "550元/件" in page]
    assert len(with_lines) > 1
    assert all("收费标准" in page for page in with_lines)
    whole = "".join(pages)
    assert all(f"收费项目{number:03d}" in whole for number in range(1, 81))
    assert f"第{len(pages)}页，共{len(pages)}页" in pages[-1]


def test_a_name_of_two_hundred_characters_stays_on_the_page():
    text = "".join(pages_of(notice_pdf(replace(SHEET, payer_name="长" * 200))))

    assert "长" * 200 in text


def test_demonstration_is_marked_on_every_page_and_real_notices_are_not():
    lines = (LINE,) * 40

    marked = pages_of(notice_pdf(replace(SHEET, lines=lines, demo=True)))
    real = pages_of(notice_pdf(replace(SHEET, payer_name="新乐某某公司", account=ACCOUNT)))

    assert len(marked) > 1
    assert all("演示数据" in page for page in marked)
    assert all("演示数据" not in page for page in real)


def test_r_m4_a_relieved_notice_prints_what_is_left_what_was_and_by_which_paper():
    """1,100.00 less 40 %, 440.00, leaves 660.00."""
    line = replace(LINE, relieved=Money(44_000))
    told = "第 1 行减缴 40%：演示财政局 演示批〔2026〕3号（2026-11-20）。"
    relieved = replace(SHEET, lines=(line,), total=Money(66_000), reliefs=(told,))
    text = "".join(pages_of(notice_pdf(relieved)))

    for part in ("原1,100.00", "660.00", "陆佰陆拾元整", "减免缓缴", "".join(told.split())):
        assert part in text


def test_a_voided_notice_says_so():
    text = "".join(pages_of(notice_pdf(replace(SHEET, status="voided"))))

    assert "已作废，不得缴款" in text


def test_the_same_sheet_gives_the_same_bytes():
    assert notice_pdf(SHEET) == notice_pdf(SHEET)


def test_a_batch_numbers_the_pages_of_each_notice_afresh():
    second = replace(SHEET, pay_code="13000026999999999999", lines=(LINE,) * 40)

    pages = pages_of(notices_pdf([SHEET, second, SHEET]))

    assert "第1页，共1页" in pages[0]
    assert f"第1页，共{len(pages) - 2}页" in pages[1]
    assert "13000026999999999999" in pages[1]
    assert "第1页，共1页" in pages[-1]


def test_an_empty_batch_is_our_own_mistake():
    with pytest.raises(ValueError, match="no notice"):
        notices_pdf([])


def test_several_threads_print_at_once():
    printed: list[bytes] = []
    threads = [Thread(target=lambda: printed.append(notice_pdf(SHEET))) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert printed == [notice_pdf(SHEET)] * 4


def test_a_code_is_grouped_in_fours():
    assert group_in_fours("13018426000000000105") == "1301 8426 0000 0000 0105"
