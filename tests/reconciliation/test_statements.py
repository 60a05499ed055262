"""A bank's day file: read whole or refused with every fault and its line."""

from datetime import UTC, date, datetime

import pytest

from feeledger.money import Money
from feeledger.reconciliation.faults import DAY_FILE_FAULTS
from feeledger.reconciliation.statements import COLUMNS, DayFile, DayLine, read_day_file

HEAD = {
    "bank": "DEMOBANK",
    "account": "DEMO-0001",
    "date": "2026-11-24",
    "accconfirm_no": "20261124-1",
    "count": "2",
    "total": "1634.50",
}
PAID = "2026-11-24T09:30:00+08:00"
LINES = (
    f"T1,13018426000000000105,1234.50,{PAID},13,",
    f"T2,13000026999999999999,400.00,{PAID},51,现金",
)


def a_file(
    *lines: str, head: dict[str, str] | None = None, columns: str = ",".join(COLUMNS)
) -> str:
    head = HEAD if head is None else head
    top = ["feeledger-day-file,1", *(f"{key},{value}" for key, value in head.items()), columns]
    return "\r\n".join([*top, *(lines or LINES), ""])


def faults_of(text: str | bytes) -> list[tuple[str, int, str]]:
    raw = text if isinstance(text, bytes) else text.encode()
    found, faults = read_day_file(raw, "day.csv")
    assert found is None
    assert faults
    for fault in faults:
        assert fault.file == "day.csv"
        assert "{" not in fault.problem.zh + fault.problem.en + fault.remedy.zh + fault.remedy.en
    return [(fault.code, fault.line, fault.path) for fault in faults]


def sound(text: str | bytes) -> DayFile:
    raw = text if isinstance(text, bytes) else text.encode()
    found, faults = read_day_file(raw, "day.csv")
    assert faults == ()
    assert found is not None
    return found


def test_a_sound_file_is_read_whole():
    found = sound(a_file())

    assert (found.bank, found.account, found.accconfirm_no) == (
        "DEMOBANK",
        "DEMO-0001",
        "20261124-1",
    )
    assert (found.day, found.replaces, found.total) == (date(2026, 11, 24), "", Money(163_450))
    assert found.lines[1] == DayLine(
        number=10,
        trade_no="T2",
        pay_code="13000026999999999999",
        amount=Money(40_000),
        paid_at=datetime(2026, 11, 24, 1, 30, tzinfo=UTC),
        channel="51",
        remark="现金",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_both_encodings_of_banks_are_read(encoding: str):
    text = a_file(LINES[0], LINES[1].replace("现金", "㐀喆〇镕"))

    assert sound(text.encode(encoding)).lines[1].remark == "㐀喆〇镕"


def test_an_empty_day_is_a_sound_file():
    text = "feeledger-day-file,1\n" + "".join(
        f"{key},{value}\n" for key, value in (HEAD | {"count": "0", "total": "0.00"}).items()
    )

    assert sound(text + ",".join(COLUMNS) + "\n").lines == ()


def test_a_correction_names_the_batch_that_it_replaces_r_r1():
    assert sound(a_file(head=HEAD | {"replaces": "20261124-0"})).replaces == "20261124-0"


def test_quoted_remarks_may_hold_commas_and_lines_keep_their_numbers():
    found = sound(a_file(LINES[0] + '"a,b"', LINES[1]))

    assert [(line.number, line.remark) for line in found.lines] == [(9, "a,b"), (10, "现金")]


def test_amounts_of_one_form_only_r_m1():
    assert sound(a_file(head=HEAD | {"total": "1634.5"})).total == Money(163_450)
    for amount in ("1,234.50", "１２.00", "1e3", "-5", "+5", "01.00", "1.005", "", "NaN", "5."):
        text = a_file(f'T1,13018426000000000105,"{amount}",{PAID},13,', LINES[1])
        assert ("amount-malformed", 9, "amount") in faults_of(text)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (f"T1,13018426000000000105,0.00,{PAID},13,", ("amount-zero", 9, "amount")),
        (f",13018426000000000105,1234.50,{PAID},13,", ("cell-malformed", 9, "trade_no")),
        (f"T 1,13018426000000000105,1234.50,{PAID},13,", ("cell-malformed", 9, "trade_no")),
        (f"T1,,1234.50,{PAID},13,", ("cell-malformed", 9, "pay_code")),
        (f"T1,13018426000000000105,1234.50,{PAID},1;3,", ("cell-malformed", 9, "channel")),
        ("T1,13018426000000000105,1234.50,2026-11-24,13,", ("instant-malformed", 9, "paid_at")),
        (
            "T1,13018426000000000105,1234.50,2026-11-24T09:30:00,13,",
            ("instant-malformed", 9, "paid_at"),
        ),
        (
            "T1,13018426000000000105,1234.50,0001-01-01T00:00:00+08:00,13,",
            ("instant-malformed", 9, "paid_at"),
        ),
        (
            "T1,13018426000000000105,1234.50,2026-11-25T00:00:00+08:00,13,",
            ("instant-after-day", 9, "paid_at"),
        ),
        (f"T1,13018426000000000105,1234.50,{PAID},13", ("cells-wrong", 9, "")),
        (f"T1,13018426000000000105,1234.50,{PAID},13,a,b", ("cells-wrong", 9, "")),
        (
            f"T1,13018426000000000105,1234.50,{PAID},13,{'长' * 201}",
            ("cell-malformed", 9, "remark"),
        ),
    ],
)
def test_a_faulty_line_is_named_by_line_and_column(line: str, fault: tuple[str, int, str]):
    assert fault in faults_of(a_file(line, LINES[1]))


def test_a_payment_of_the_day_before_is_a_matter_of_matching_not_a_fault_r_r4():
    late = LINES[0].replace(PAID, "2026-11-23T23:59:58+08:00")

    assert len(sound(a_file(late, LINES[1])).lines) == 2


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("count", "3", ("count-differs", 6, "count")),
        ("count", "two", ("cell-malformed", 6, "count")),
        ("total", "1634.51", ("total-differs", 7, "total")),
        ("total", "1,634.50", ("header-unknown", 7, "")),
        ("date", "2026-11-31", ("date-malformed", 4, "date")),
        ("date", "20261124", ("date-malformed", 4, "date")),
        ("bank", "", ("cell-malformed", 2, "bank")),
        ("account", "6222 0000", ("cell-malformed", 3, "account")),
        ("accconfirm_no", "批次", ("cell-malformed", 5, "accconfirm_no")),
    ],
)
def test_a_faulty_header_is_named(key: str, value: str, fault: tuple[str, int, str]):
    assert fault in faults_of(a_file(head=HEAD | {key: value}))


def test_headers_missing_repeated_or_unknown_are_named():
    without = {key: value for key, value in HEAD.items() if key not in ("bank", "total")}

    assert {("header-missing", 6, "bank"), ("header-missing", 6, "total")} <= set(
        faults_of(a_file(head=without))
    )
    assert ("header-twice", 8, "bank") in faults_of(
        a_file().replace("trade_no,", "bank,OTHER\r\ntrade_no,", 1)
    )
    assert ("header-unknown", 8, "") in faults_of(
        a_file().replace("trade_no,", "bonk,OTHER\r\ntrade_no,", 1)
    )


def test_another_format_is_refused_at_its_first_line():
    assert faults_of("trade_no,amount\nT1,5\n")[0] == ("format-unknown", 1, "")
    assert faults_of("")[0][0] == "format-unknown"
    assert faults_of(a_file().replace("file,1", "file,2", 1))[0] == ("format-unknown", 1, "")


def test_columns_in_another_order_are_refused():
    assert ("columns-wrong", 8, "") in faults_of(a_file(columns="trade_no,amount,pay_code"))
    assert ("columns-missing", 7, "") in faults_of(a_file().split("trade_no")[0])


def test_bytes_of_no_known_text_are_refused():
    assert faults_of(b"\xff\xfe\x00\x00feeledger")[0][0] == "encoding-unknown"
    assert faults_of(a_file().encode() + b"\x00")[0][0] == "encoding-unknown"
    assert faults_of(a_file().encode("utf-16"))[0][0] == "encoding-unknown"


def test_a_quotation_mark_left_open_is_refused():
    assert "csv-malformed" in [
        code for code, _, _ in faults_of(a_file(LINES[0] + '"open', LINES[1]))
    ]


def test_all_faults_come_at_once():
    found = faults_of(
        a_file(
            "T1,x y,1234.50,yesterday,13,",
            "T2,13000026999999999999,4oo,2026-11-24T09:30:00+08:00,51,",
            head=HEAD | {"count": "9", "date": "tomorrow"},
        )
    )

    assert {
        ("cell-malformed", 9, "pay_code"),
        ("instant-malformed", 9, "paid_at"),
        ("amount-malformed", 10, "amount"),
        ("count-differs", 6, "count"),
        ("date-malformed", 4, "date"),
    } <= set(found)


def test_size_and_rows_are_capped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("feeledger.reconciliation.statements.ROWS_MAX", 1)
    assert ("rows-too-many", 10, "") in faults_of(a_file())

    monkeypatch.setattr("feeledger.reconciliation.statements.SIZE_MAX", 10)
    assert faults_of(a_file()) == [("file-too-large", 0, "")]


def test_a_cell_beyond_all_bounds_is_refused():
    assert "csv-malformed" in [code for code, _, _ in faults_of(a_file(LINES[0] + "x" * 200_000))]


def test_every_fault_speaks_both_languages():
    for problem, remedy in DAY_FILE_FAULTS.values():
        assert problem.zh
        assert problem.en
        assert remedy.zh
        assert remedy.en
        assert problem.zh != problem.en
