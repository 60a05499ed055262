"""What can be wrong with a day file: for each code what it means and what to do, in two languages."""

from typing import Final

from feeledger.errors import Fault, Text

SHOWN_MAX: Final = 60

# code: (what is wrong, what to do); {value} is the value met, other names are given by the reader.
DAY_FILE_FAULTS: Final[dict[str, tuple[Text, Text]]] = {
    "file-too-large": (
        Text("文件 {value} 字节，超过 {most}", "{value} bytes, over {most}"),
        Text("分批报送，各用一个批次号", "send it in batches, each with a number of its own"),
    ),
    "encoding-unknown": (
        Text("既不是 UTF-8 也不是 GB18030 文本", "neither UTF-8 nor GB18030 text"),
        Text("以 UTF-8 或 GB18030 另存为 CSV", "save it as CSV in UTF-8 or GB18030"),
    ),
    "csv-malformed": (
        Text("不是合法的 CSV：{value}", "not well-formed CSV: {value}"),
        Text("检查引号是否成对", "see that quotation marks are paired"),
    ),
    "format-unknown": (
        Text(
            "首行不是 feeledger-day-file,1，而是“{value}”",
            "the first line is not feeledger-day-file,1 but '{value}'",
        ),
        Text("按 docs/day-file.md 的格式报送", "send the format of docs/day-file.md"),
    ),
    "rows-too-many": (
        Text("明细超过 {most} 行", "more than {most} lines"),
        Text("分批报送，各用一个批次号", "send it in batches, each with a number of its own"),
    ),
    "header-unknown": (
        Text("“{value}”不是“名称,值”形式的已知表头", "'{value}' is no known header key,value"),
        Text("可用的表头：{known}", "the headers are {known}"),
    ),
    "header-twice": (
        Text("第 {first} 行已有此表头", "line {first} gives it already"),
        Text("只保留一行", "keep one of them"),
    ),
    "header-missing": (
        Text("缺少此表头", "this header is missing"),
        Text("在列名行之前加一行 {path},…", "add a line {path},… before the columns"),
    ),
    "columns-missing": (
        Text("没有列名行 {known}", "there is no column line {known}"),
        Text("在明细之前写列名行", "write the column line before the payments"),
    ),
    "columns-wrong": (
        Text("列名是“{value}”", "the columns are '{value}'"),
        Text("须依次为 {known}", "name them, in this order, {known}"),
    ),
    "cells-wrong": (
        Text("有 {value} 列，应为 {due} 列", "{value} cells where {due} are due"),
        Text("含逗号的备注须加引号", "quote a remark that holds a comma"),
    ),
    "cell-malformed": (
        Text("“{value}”不合格式", "'{value}' has not the right form"),
        Text("须为{form}", "write {form_en}"),
    ),
    "amount-malformed": (
        Text("“{value}”不是金额", "'{value}' is no amount"),
        Text("填写元，至多两位小数，如 1234.50", "write yuan, two decimals at most: 1234.50"),
    ),
    "amount-zero": (
        Text("金额为零", "the amount is zero"),
        Text("删去此行", "leave the line out"),
    ),
    "date-malformed": (
        Text("“{value}”不是日期", "'{value}' is no date"),
        Text("写作 2026-11-24", "write it as 2026-11-24"),
    ),
    "instant-malformed": (
        Text("“{value}”不是带时区的时间", "'{value}' is no time with its offset"),
        Text("写作 2026-11-24T09:30:00+08:00", "write it as 2026-11-24T09:30:00+08:00"),
    ),
    "instant-after-day": (
        Text("“{value}”晚于文件日期 {day}", "'{value}' lies after the day of the file, {day}"),
        Text("放入该日的文件", "put it into the file of its day"),
    ),
    "count-differs": (
        Text("控制笔数 {value}，实有 {found} 笔", "the control count is {value}, found {found}"),
        Text("核对是否缺行后重新生成", "look for lost lines and make the file again"),
    ),
    "total-differs": (
        Text("控制金额 {value}，实为 {found}", "the control total is {value}, found {found}"),
        Text("核对明细金额后重新生成", "check the amounts and make the file again"),
    ),
}


def day_file_fault(
    code: str, file: str, line: int, *, path: str = "", value: str = "", **figures: object
) -> Fault:
    """Build one fault of a day file; ``figures`` fill the places of its texts."""
    shown = value if len(value) <= SHOWN_MAX else f"{value[:SHOWN_MAX]}…"
    fill = {"value": shown, "path": path, **figures}
    problem, remedy = (
        Text(text.zh.format(**fill), text.en.format(**fill)) for text in DAY_FILE_FAULTS[code]
    )
    return Fault(code, file, line, path, shown, problem, remedy)
