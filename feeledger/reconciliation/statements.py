"""A bank's day file: bytes → lines, or the list of all its faults with their line numbers.

What always holds: a file is taken whole or not at all, and its control count and total have been
added up again. The format is described in docs/day-file.md. Bank files are hostile input: size,
rows, columns and cells are capped.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from feeledger.errors import Fault
from feeledger.money import AmountRefused, Money, parse_amount, total_of
from feeledger.periods import BEIJING, beijing_date
from feeledger.reconciliation.faults import day_file_fault

FORMAT: Final = ("feeledger-day-file", "1")
HEADERS: Final = ("bank", "account", "date", "accconfirm_no", "count", "total")
OPTIONAL_HEADERS: Final = ("replaces",)
COLUMNS: Final = ("trade_no", "pay_code", "amount", "paid_at", "channel", "remark")
SIZE_MAX: Final = 16 * 1024 * 1024
ROWS_MAX: Final = 200_000
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# The form of each cell that is a name, and the form in words.
FORMS: Final[dict[str, tuple[re.Pattern[str], str, str]]] = {
    "bank": (re.compile(r"[!-~]{1,64}"), "1 至 64 个半角字符", "1 to 64 ASCII characters"),
    "account": (re.compile(r"[0-9A-Za-z-]{1,50}"), "账号", "an account number"),
    "accconfirm_no": (re.compile(r"[!-~]{1,64}"), "批次号", "a batch number in ASCII"),
    "replaces": (re.compile(r"[!-~]{1,64}"), "原批次号", "the number of the batch replaced"),
    "count": (re.compile(r"0|[1-9][0-9]{0,6}"), "笔数", "a number of lines"),
    "trade_no": (re.compile(r"[!-~]{1,64}"), "1 至 64 个半角字符", "1 to 64 ASCII characters"),
    "pay_code": (re.compile(r"[0-9A-Za-z]{1,30}"), "缴款码", "a pay code"),
    "channel": (re.compile(r"[0-9A-Za-z_-]{0,20}"), "渠道代码或空", "a channel code or nothing"),
    "remark": (
        re.compile(r"[^\x00-\x1f\x7f-\x9f]{0,200}"),
        "至多 200 字",
        "200 characters at most",
    ),
}


@dataclass(frozen=True, slots=True)
class DayLine:
    """One payment as the bank lists it; ``number`` is its line in the file."""

    number: int
    trade_no: str
    pay_code: str
    amount: Money
    paid_at: datetime
    channel: str
    remark: str


@dataclass(frozen=True, slots=True)
class DayFile:
    """One batch of a bank's day: its key (bank, account, day, accconfirm_no) and its lines.

    ``replaces`` names the batch that this one corrects, "" for none.
    """

    bank: str
    account: str
    day: date
    accconfirm_no: str
    replaces: str
    total: Money
    lines: tuple[DayLine, ...]


@dataclass(slots=True)
class _Reading:
    """What has been read so far, and every fault met."""

    file: str
    faults: list[Fault] = field(default_factory=list)
    headers: dict[str, tuple[int, str]] = field(default_factory=dict)
    lines: list[DayLine] = field(default_factory=list)
    rows: int = 0

    def blame(self, code: str, line: int, path: str, value: str, **figures: object) -> None:
        fault = day_file_fault(code, self.file, line, path=path, value=value, **figures)
        self.faults.append(fault)


@dataclass(slots=True)
class _Cell:
    """One cell: where it stands and what it holds. Reading it notes its fault and gives None."""

    reading: _Reading
    line: int
    path: str
    value: str

    def refuse(self, code: str, **figures: object) -> None:
        self.reading.blame(code, self.line, self.path, self.value, **figures)

    def name(self) -> str | None:
        form, words, words_en = FORMS[self.path]
        if form.fullmatch(self.value):
            return self.value
        self.refuse("cell-malformed", form=words, form_en=words_en)
        return None

    def amount(self) -> Money | None:
        try:
            return parse_amount(self.value)
        except AmountRefused:
            self.refuse("amount-malformed")
            return None

    def positive(self) -> Money | None:
        amount = self.amount()
        if amount == Money(0):
            self.refuse("amount-zero")
            return None
        return amount

    def day(self) -> date | None:
        try:
            return date.fromisoformat(self.value if DAY.fullmatch(self.value) else "")
        except ValueError:
            self.refuse("date-malformed")
            return None

    def instant(self) -> datetime | None:
        moment = _instant_of(self.value)
        if moment is None:
            self.refuse("instant-malformed")
        return moment


def read_day_file(raw: bytes, name: str) -> tuple[DayFile | None, tuple[Fault, ...]]:
    """Read a day file; give the file and no faults, or None and every fault."""
    reading = _Reading(name)
    text = _decode(raw, reading)
    if text is not None:
        _read_rows(text, reading)
    found = _file_of(reading)
    return (None if reading.faults else found), tuple(reading.faults)


def _instant_of(value: str) -> datetime | None:
    """Read an ISO 8601 time with its offset; give it in UTC."""
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo and value.isascii() else None
    except (ValueError, OverflowError):
        return None


def _decode(raw: bytes, reading: _Reading) -> str | None:
    """Decode UTF-8 (with or without its mark), else GB18030, both strictly."""
    if len(raw) > SIZE_MAX:
        reading.blame("file-too-large", 0, "", str(len(raw)), most=SIZE_MAX)
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    reading.blame("encoding-unknown", 0, "", "")
    return None


def _read_rows(text: str, reading: _Reading) -> None:
    """Read the first line, the header lines, the column line and the payment lines."""
    rows = _rows_of(text, reading)
    number, first = next(rows, (1, []))
    if tuple(first) != FORMAT:
        reading.blame("format-unknown", number, "", ",".join(first[:4]))
        return
    for number, row in rows:
        if row[0] == COLUMNS[0]:
            _check_columns(number, row, reading)
            break
        _read_header(number, row, reading)
    else:
        reading.blame("columns-missing", number, "", "", known=",".join(COLUMNS))
    for key in HEADERS:
        if key not in reading.headers:
            reading.blame("header-missing", number, key, "")
    for number, row in rows:
        _read_line(number, row, reading)


def _rows_of(text: str, reading: _Reading) -> Iterator[tuple[int, list[str]]]:
    """Give the rows that are not blank, each with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begin = 1
    try:
        for row in reader:
            if row:
                yield begin, row
            begin = reader.line_num + 1
    except csv.Error as error:
        reading.blame("csv-malformed", begin, "", str(error))


def _check_columns(number: int, row: list[str], reading: _Reading) -> None:
    if tuple(row) != COLUMNS:
        reading.blame("columns-wrong", number, "", ",".join(row[:9]), known=",".join(COLUMNS))


def _read_header(number: int, row: list[str], reading: _Reading) -> None:
    key, known = row[0], (*HEADERS, *OPTIONAL_HEADERS)
    if key not in known or len(row) != 2:  # noqa: PLR2004 - a key and a value
        reading.blame("header-unknown", number, "", ",".join(row[:9]), known=", ".join(known))
    elif key in reading.headers:
        reading.blame("header-twice", number, key, row[1], first=reading.headers[key][0])
    else:
        reading.headers[key] = (number, row[1])


def _read_line(number: int, row: list[str], reading: _Reading) -> None:
    """Read one payment; every fault of the line is noted."""
    reading.rows += 1
    if reading.rows > ROWS_MAX:
        if reading.rows == ROWS_MAX + 1:
            reading.blame("rows-too-many", number, "", "", most=ROWS_MAX)
        return
    if len(row) != len(COLUMNS):
        reading.blame("cells-wrong", number, "", str(len(row)), due=len(COLUMNS))
        return
    cells = {
        path: _Cell(reading, number, path, value) for path, value in zip(COLUMNS, row, strict=True)
    }
    trade_no, pay_code = cells["trade_no"].name(), cells["pay_code"].name()
    amount, paid_at = cells["amount"].positive(), cells["paid_at"].instant()
    channel, remark = cells["channel"].name(), cells["remark"].name()
    if trade_no and pay_code and amount and paid_at and channel is not None and remark is not None:
        line = DayLine(number, trade_no, pay_code, amount, paid_at, channel, remark)
        reading.lines.append(line)


def _file_of(reading: _Reading) -> DayFile | None:
    """Read the headers' values, then hold the control figures and days against the lines."""
    cells = {key: _Cell(reading, at, key, text) for key, (at, text) in reading.headers.items()}
    names = {key: cell.name() for key, cell in cells.items() if key in FORMS}
    day = cells["date"].day() if "date" in cells else None
    total = cells["total"].amount() if "total" in cells else None
    if names.get("count"):
        _check_count(reading, int(names["count"] or 0))
    if day is not None:
        _check_days(reading, day)
    if reading.faults or day is None or total is None:
        return None
    _check_total(reading, total)
    key = {name: names.get(name) or "" for name in ("bank", "account", "accconfirm_no", "replaces")}
    return DayFile(day=day, total=total, lines=tuple(reading.lines), **key)


def _check_count(reading: _Reading, count: int) -> None:
    if count != reading.rows:
        at, value = reading.headers["count"]
        reading.blame("count-differs", at, "count", value, found=reading.rows)


def _check_total(reading: _Reading, total: Money) -> None:
    found = total_of(line.amount for line in reading.lines)
    if total != found:
        at, value = reading.headers["total"]
        reading.blame("total-differs", at, "total", value, found=found)


def _check_days(reading: _Reading, day: date) -> None:
    """Refuse payments later than the file's own day (earlier ones are cut-off shifts, R-R4)."""
    for line in reading.lines:
        if beijing_date(line.paid_at) > day:
            value = line.paid_at.astimezone(BEIJING).isoformat()
            reading.blame("instant-after-day", line.number, "paid_at", value, day=day)
