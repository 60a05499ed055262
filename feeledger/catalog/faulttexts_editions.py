"""Faults of an edition as a whole: its examples, documents, publication. See ``faulttexts.py``."""

from feeledger.errors import Text

EDITION_FAULTS: dict[str, tuple[Text, Text]] = {
    # Worked examples.
    "example-missing": (
        Text(
            "{value} 没有算例（收费线须有算出数额的，免征的不算）",
            "{value} has no worked example (a line wants one with its figure; an exemption is none)",
        ),
        Text("在 examples/ 中补一个，写明算式", "add one to examples/, with its arithmetic"),
    ),
    "example-amount": (
        Text(
            "结果 {value} 的金额不符：有数的须写金额，没有数的写 null",
            "the amount does not suit {value}: a figure where the outcome has one, else null",
        ),
        Text('写成 "12.30" 或 null', 'write "12.30" or null'),
    ),
    "example-range": (
        Text("范围须为两端", "a range has two ends"),
        Text(
            '写成 ["1.00", "2.00"]，未知的一端写 null',
            'write ["1.00", "2.00"], null for an unknown end',
        ),
    ),
    "example-differs": (
        Text(
            "算例不符：应为 {wanted}，实为 {found}",
            "the example differs: wanted {wanted}, got {found}",
        ),
        Text("核对算例与收费标准", "check the example and the price"),
    ),
    # Documents and the edition.
    "document-number": (
        Text(
            "{value} 不是规范文号、公告号或法规题名",
            "{value} is no regular document number, order, notice or title of a law",
        ),
        Text("原文如此则加 irregular: true", "add irregular: true where it is printed so"),
    ),
    "document-regular": (
        Text(
            "{value} 是规范文号，不必标 irregular",
            "{value} is a regular number and needs no irregular",
        ),
        Text("删去 irregular", "remove irregular"),
    ),
    "document-twin": (
        Text(
            "{value} 与 {other} 统一括号后相同",
            "{value} and {other} are the same once their brackets are normalised",
        ),
        Text("只保留一个写法", "keep one of them"),
    ),
    "publication-incomplete": (
        Text("公布版缺少 {value}", "a publication lacks {value}"),
        Text(
            "公布版须有媒体、期号、日期、文号、编制人与复核人",
            "a publication names medium, number, date, document, author and reviewer",
        ),
    ),
    "publication-data-misplaced": (
        Text("汇编版不可有 {value}", "a compilation has no {value}"),
        Text("删去；汇编不是公布", "remove it; a compilation is not published"),
    ),
    "author-is-reviewer": (
        Text("编制人与复核人同为 {value}", "author and reviewer are the same, {value}"),
        Text("由另一人复核", "let another person review it"),
    ),
    "notice-missing": (
        Text("汇编版没有 notice", "a compilation has no notice"),
        Text(
            "写明“据公开文本汇编，不是官方公布”",
            "say that it is compiled from public texts and not official",
        ),
    ),
}
