"""What can be wrong with a file of facts: for each code what it means and what to do, in both languages."""

from typing import Final

from feeledger.errors import Fault, Text

SHOWN_MAX: Final = 60

# code: (what is wrong, what to do); {value} is the value met, other names are given by the reader.
FACT_FILE_FAULTS: Final[dict[str, tuple[Text, Text]]] = {
    "file-empty": (
        Text("文件中没有数据", "there is nothing in the file"),
        Text("第一行写列名，以下每行一户", "write the columns first, then an enterprise a line"),
    ),
    "file-too-large": (
        Text("文件超过 {most} 字节", "the file is over {most} bytes"),
        Text("分成几个文件，或用命令行导入", "split it, or import it on the command line"),
    ),
    "rows-too-many": (
        Text("超过 {most} 行", "more than {most} lines"),
        Text("分成几个文件，或用命令行导入", "split the file, or import it on the command line"),
    ),
    "columns-too-many": (
        Text("超过 {most} 列", "more than {most} columns"),
        Text("删去无关的列；检查分隔符", "leave out what does not belong; check the delimiter"),
    ),
    "faults-too-many": (
        Text(
            "错误超过 {most} 处，其后的行没有再看",
            "more than {most} faults; later lines were not read",
        ),
        Text("先改正已列出的错误", "mend those listed first"),
    ),
    "unit-above": (
        Text("列名之上写有单位：“{value}”", "a unit is told above the columns: '{value}'"),
        Text(
            "把单位写进列名，并按目录的单位换算",
            "put units into the headings, converted to the catalog's",
        ),
    ),
    "encoding-unknown": (
        Text("既不是 UTF-8 也不是 GBK 文本", "neither UTF-8 nor GBK text"),
        Text(
            "另存为 UTF-8 或 GBK 的 CSV，或 Excel（.xlsx）",
            "save it as CSV in UTF-8 or GBK, or as .xlsx",
        ),
    ),
    "csv-malformed": (
        Text("不是合法的 CSV：{value}", "not well-formed CSV: {value}"),
        Text("检查引号是否成对", "see that quotation marks are paired"),
    ),
    "old-excel": (
        Text("是旧式 Excel（.xls）", "it is an old Excel file (.xls)"),
        Text("另存为 .xlsx", "save it as .xlsx"),
    ),
    "excel-malformed": (
        Text("Excel 文件不能读取：{value}", "the Excel file cannot be read: {value}"),
        Text("用 Excel 打开后另存为 .xlsx", "open it in Excel and save it as .xlsx"),
    ),
    "parquet-malformed": (
        Text("Parquet 文件不能读取：{value}", "the Parquet file cannot be read: {value}"),
        Text("重新导出", "export it again"),
    ),
    "column-type": (
        Text("列的类型 {value} 不精确或不支持", "type {value} is inexact or not taken"),
        Text(
            "改为整数、decimal、文本、布尔或日期列",
            "use integer, decimal, text, boolean or date columns",
        ),
    ),
    "column-unknown": (
        Text("没有名为“{value}”的数据项{near}", "there is no fact named '{value}'{near_en}"),
        Text("用下载的模板，或删去该列", "use the template, or leave the column out"),
    ),
    "column-twice": (
        Text("“{value}”出现了两列", "'{value}' stands in two columns"),
        Text("只保留一列", "keep one of them"),
    ),
    "column-missing": (
        Text("缺少“{column}”列", "the column '{column_en}' is missing"),
        Text("加上该列；可下载模板", "add it; a template can be downloaded"),
    ),
    "unit-differs": (
        Text("“{value}”的单位与目录不同", "the unit of '{value}' is not the catalog's"),
        Text(
            "按“{unit}”换算后填写，列名写“{heading}”",
            "convert to {unit_en} and name the column '{heading_en}'",
        ),
    ),
    "cells-too-many": (
        Text("有 {value} 格，列名只有 {due} 个", "{value} cells under {due} columns"),
        Text("含分隔符的内容须加引号", "quote a cell that holds the delimiter"),
    ),
    "uscc-missing": (
        Text("没有信用代码", "the credit code is missing"),
        Text("填写 18 位统一社会信用代码", "enter the credit code of 18 signs"),
    ),
    "uscc-wrong": (
        Text("“{value}”：{why}", "'{value}': {why_en}"),
        Text("对照营业执照改正", "mend it by the business licence"),
    ),
    "enterprise-unknown": (
        Text("没有登记信用代码 {value}", "no enterprise {value} is registered"),
        Text(
            "先登记该企业（多户可按文件登记），或改正代码",
            "register it first (many at once by file), or mend the code",
        ),
    ),
    "row-twice": (
        Text(
            "第 {first} 行已写过 {value} 的“{fact}”，期间重叠",
            "line {first} tells '{fact_en}' of {value} already for these days",
        ),
        Text("只保留一行，或写明各自的起止日", "keep one of them, or give each its days"),
    ),
    "register-column": (
        Text(
            "登记企业的文件没有“{value}”这一列{near}", "there is no column '{value}' here{near_en}"
        ),
        Text(
            "可有的列：信用代码、企业名称、行业代码、行业分类版本、登记日期、规模；数据项用“企业情况”导入",
            "columns: credit code, name, industry, its edition, day, size; facts go by “Facts”",
        ),
    ),
    "name-missing": (
        Text("没有企业名称", "the name is missing"),
        Text("填写执照上的名称", "enter the name on the licence"),
    ),
    "name-unprintable": (
        Text("名称“{value}”含不可见字符", "the name '{value}' holds signs that cannot be seen"),
        Text("重新录入该格", "type it anew"),
    ),
    "industry-wrong": (
        Text("行业代码“{value}”：{why}", "industry code '{value}': {why_en}"),
        Text("写作 C3011，或留空", "write it as C3011, or leave it empty"),
    ),
    "day-to-come": (
        Text("“{value}”在将来", "'{value}' lies in the future"),
        Text("核对登记日期", "check the day"),
    ),
    "code-twice": (
        Text("第 {first} 行已写过 {value}", "{value} stands on line {first} already"),
        Text("只保留一行", "keep one line"),
    ),
    "enterprise-other": (
        Text(
            "{value} 已登记为“{name}”，内容不同",
            "{value} is registered as '{name}', with other details",
        ),
        Text(
            "核对；确须更改的，在该企业页面写明理由更改，并从文件中删去该行",
            "check it; change it on its page with a reason, and leave the line out here",
        ),
    ),
    "enterprise-elsewhere": (
        Text("{value} 已在区划 {region} 登记", "{value} is registered in region {region}"),
        Text("由该区划办理；从文件中删去该行", "leave the line out: that region sees to it"),
    ),
    "heading-missing": (
        Text(
            "第 {place} 列没有列名，却写有“{value}”",
            "column {place} has no heading and holds '{value}'",
        ),
        Text("给该列写上列名，或清空该列", "give the column a heading, or empty it"),
    ),
    "cells-merged": (
        Text(
            "单元格 {value} 是合并的，只读得到一格", "{value} is merged: one cell of it can be read"
        ),
        Text("取消合并，每行每格各自填写", "unmerge it and fill in every cell of every row"),
    ),
    "sheet-beside": (
        Text(
            "另一张表“{value}”中也有信用代码，只读第一张表",
            "the sheet '{value}' holds credit codes too, and only the first sheet is read",
        ),
        Text(
            "并入第一张表，或另存为一个文件",
            "put it into the first sheet, or into a file of its own",
        ),
    ),
    "row-without-facts": (
        Text("没有填写任何数据", "no fact is filled in"),
        Text("填写至少一项，或删去该行", "fill in one at least, or leave the line out"),
    ),
    "day-wrong": (
        Text("“{value}”不是日期", "'{value}' is no date"),
        Text("写作 2026-01-31", "write it as 2026-01-31"),
    ),
    "days-reversed": (
        Text("止日 {value} 早于起日", "the last day {value} lies before the first"),
        Text("改正起止日", "mend the days"),
    ),
    "day-missing": (
        Text("没有起日", "the first day is missing"),
        Text("填写该行的起日，或在导入时给出", "enter it in the line, or give one for the file"),
    ),
    "text-too-long": (
        Text("“{value}”超过 {most} 字", "'{value}' is over {most} characters"),
        Text("请缩短", "shorten it"),
    ),
    "formula": (
        Text("是公式“{value}”", "it is a formula, '{value}'"),
        Text("复制后选择性粘贴为数值", "copy it and paste it as a value"),
    ),
    "number-dated": (
        Text("是日期或时间“{value}”，不是数", "it is a day or a time, '{value}', and no number"),
        Text(
            "核对该格；确是数的，把格式改为“常规”",
            "check the cell; if it is a number, set its format to General",
        ),
    ),
    "number-percent": (
        Text("是百分数“{value}”", "it is a percentage, '{value}'"),
        Text(
            "按列名的单位写数，把格式改为“常规”",
            "write the number in the unit of the heading, in the format General",
        ),
    ),
    "cell-error": (
        Text("是错误值“{value}”", "it is an error, '{value}'"),
        Text("改正该格", "mend the cell"),
    ),
    "number-inexact": (
        Text("“{value}”是计算得来的近似数", "'{value}' is a computed, inexact number"),
        Text(
            "四舍五入到目录允许的小数位后填写，或改为文本格",
            "round it to the decimals allowed, or make the cell text",
        ),
    ),
    "fact-wrong": (
        Text("{why}", "{why_en}"),
        Text("按模板“填表说明”改正", "mend it by the notes of the template"),
    ),
    "choice-wrong": (
        Text("“{value}”不在可选值中", "'{value}' is not among the choices"),
        Text("可选：{choices}", "choose one of: {choices_en}"),
    ),
}


def fact_file_fault(
    code: str, file: str, line: int, *, path: str = "", value: str = "", **figures: object
) -> Fault:
    """Build one fault of a file of facts; ``figures`` fill the places of its texts."""
    shown = value if len(value) <= SHOWN_MAX else f"{value[:SHOWN_MAX]}…"
    fill = {"value": shown, **figures}
    problem, remedy = (
        Text(text.zh.format(**fill), text.en.format(**fill)) for text in FACT_FILE_FAULTS[code]
    )
    return Fault(code, file, line, path, shown, problem, remedy)
