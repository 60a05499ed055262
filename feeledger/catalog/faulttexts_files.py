"""Faults of the text of a catalog file: folder, YAML, keys, values. See ``faulttexts.py``."""

from feeledger.errors import Text

FILE_FAULTS: dict[str, tuple[Text, Text]] = {
    # The folder and its files.
    "folder-missing": (
        Text("找不到目录文件夹 {value}", "the catalog folder {value} does not exist"),
        Text("检查路径；一个版本是一个文件夹", "check the path; an edition is one folder"),
    ),
    "file-missing": (
        Text("缺少文件 {value}", "the file {value} is missing"),
        Text("版本文件夹须有此文件", "an edition must have this file"),
    ),
    "file-unexpected": (
        Text("不认识的文件 {value}", "unexpected file {value}"),
        Text(
            "版本文件夹只放 *.yaml、examples/ 与 README.md；请移走或改名",
            "an edition holds *.yaml, examples/ and README.md only; move or rename it",
        ),
    ),
    "file-unreadable": (
        Text("文件无法读取：{value}", "the file cannot be read: {value}"),
        Text("检查权限与文件类型", "check its permissions and kind"),
    ),
    "file-too-large": (
        Text("文件超过 {limit} 字节", "the file is larger than {limit} bytes"),
        Text("按领域拆成几个文件", "split it into several files by field"),
    ),
    "file-not-utf8": (
        Text("字节 {value} 不是 UTF-8", "the byte {value} is not UTF-8"),
        Text("以 UTF-8（无 BOM）保存", "save the file as UTF-8 without BOM"),
    ),
    # The text.
    "character-refused": (
        Text("含不可见或控制字符 {value}", "there is a hidden or control character {value}"),
        Text("删去该字符（全角空格也不可用）", "delete it (ideographic spaces too)"),
    ),
    "tab": (
        Text("含制表符（Tab）", "there is a tab"),
        Text("改用空格", "use spaces"),
    ),
    "yaml-syntax": (
        Text("不是有效的 YAML：{value}", "this is not valid YAML: {value}"),
        Text("检查缩进、引号与括号是否成对", "check indentation, quotes and brackets"),
    ),
    "several-documents": (
        Text("一个文件里有多个 YAML 文档", "the file holds several YAML documents"),
        Text("去掉 ---，一个文件只有一个文档", 'remove the "---"; one file is one document'),
    ),
    "too-deep": (
        Text("嵌套超过 {limit} 层", "nested deeper than {limit} levels"),
        Text("删去多余的括号或缩进", "remove the surplus brackets or indentation"),
    ),
    "too-many-values": (
        Text("一个文件的值超过 {limit} 个", "the file holds more than {limit} values"),
        Text("按领域拆成几个文件", "split it into several files by field"),
    ),
    "anchor": (
        Text("不可用锚点 {value}", "the anchor {value} is not allowed"),
        Text("把内容写全，不用 & 与 *", "write the content out, without & and *"),
    ),
    "alias": (
        Text("不可用别名 {value}", "the alias {value} is not allowed"),
        Text("把内容写全，不用 & 与 *", "write the content out, without & and *"),
    ),
    "tag": (
        Text("不可用标签 {value}", "the tag {value} is not allowed"),
        Text("去掉以 ! 开头的标签", 'remove what begins with "!"'),
    ),
    "value-too-long": (
        Text("值过长，上限 {limit} 个字符", "the value is too long; at most {limit} characters"),
        Text("缩短；说明写在 note 中并分句", "shorten it"),
    ),
    # Keys and shapes.
    "key-duplicate": (
        Text(
            "键 {value} 重复，第 {first} 行已有", "the key {value} stands on line {first} already"
        ),
        Text("删去其中一个", "delete one of them"),
    ),
    "key-implicit": (
        Text("键 {value} 会被 YAML 读成 {type}", "YAML reads the key {value} as {type}"),
        Text('加引号，例如 "on"', 'quote it, such as "on"'),
    ),
    "key-not-text": (
        Text("键必须是文字", "a key must be a text"),
        Text("键只写一个名称", "write one name as the key"),
    ),
    "key-unknown": (
        Text("不认识的键 {value}{near}", "unknown key {value}{near}"),
        Text("此处可用：{known}", "known here: {known}"),
    ),
    "key-missing": (
        Text("缺少 {value}", "{value} is missing"),
        Text("补上该键", "add the key"),
    ),
    "wrong-shape": (
        Text("此处应为{wanted}", "{wanted} is wanted here"),
        Text("按格式说明改写", "write it as the format says"),
    ),
    "list-empty": (
        Text("列表为空", "the list is empty"),
        Text("至少写一项，或删去该键", "write at least one entry, or remove the key"),
    ),
    "entry-duplicate": (
        Text("列表中 {value} 重复", "{value} stands twice in the list"),
        Text("删去其中一个", "delete one of them"),
    ),
    # Values.
    "source-address": (
        Text("网址 {value} 不可用", "the address {value} cannot be used"),
        Text(
            "以 http:// 或 https:// 开头；kind: government 只用 gov.cn 的网址",
            "begin with http:// or https://; kind: government wants an address under gov.cn",
        ),
    ),
    "implicit-type": (
        Text("{value} 会被 YAML 读成 {type}", "YAML reads {value} as {type}"),
        Text("文字与数字都加引号", "put texts and numbers in quotes"),
    ),
    "text-empty": (
        Text("文字为空", "the text is empty"),
        Text("写上内容，或删去该键", "write something, or remove the key"),
    ),
    "number-unquoted": (
        Text("数字 {value} 没有引号", "the number {value} is not quoted"),
        Text('写成带引号的十进制数，例如 "1.4"', 'write a quoted decimal, such as "1.4"'),
    ),
    "number-malformed": (
        Text("{value} 不是普通的十进制数", "{value} is not a plain decimal number"),
        Text(
            '只用数字和小数点，例如 "0.0039375"，不用科学记数、千分位、前导零',
            'digits and one point only, such as "0.0039375"; no exponent, separators, leading zeros',
        ),
    ),
    "number-out-of-bounds": (
        Text("{value} 不在 {low} 到 {high} 之间", "{value} is not within {low} to {high}"),
        Text("改为范围内的数；价格不可为负", "write a number within; prices are never negative"),
    ),
    "flag-malformed": (
        Text("{value} 不是 true 或 false", "{value} is neither true nor false"),
        Text("只写 true 或 false，不加引号", "write true or false, unquoted"),
    ),
    "date-unquoted": (
        Text("日期 {value} 没有引号", "the date {value} is not quoted"),
        Text('写成 "2017-07-01"', 'write "2017-07-01"'),
    ),
    "date-unreadable": (
        Text("{value} 不是日历上的日期", "{value} is no day of the calendar"),
        Text('写成 "年-月-日"，例如 "2017-07-01"', 'write "year-month-day", as "2017-07-01"'),
    ),
    "date-out-of-bounds": (
        Text(
            "日期 {value} 的年份不在 {low} 到 {high} 之间",
            "the year of {value} is not within {low} to {high}",
        ),
        Text("核对年份", "check the year"),
    ),
    "choice-unknown": (
        Text("{value} 不在可选值之中{near}", "{value} is none of the choices{near}"),
        Text("可选：{known}", "choose from: {known}"),
    ),
    "id-malformed": (
        Text("编号 {value} 不合规定", "the id {value} is not well formed"),
        Text("按样式 {pattern} 书写", "write it by the pattern {pattern}"),
    ),
    "id-duplicate": (
        Text("编号 {value} 已在 {first} 使用", "the id {value} is used at {first} already"),
        Text("改用另一个编号", "use another id"),
    ),
    "wire-code-duplicate": (
        Text(
            "传输码 {value} 已在 {first} 使用", "the wire code {value} is used at {first} already"
        ),
        Text("换一个未用过的 X 加四位数字", "use another X and four digits"),
    ),
    # Reasons for findings of a review.
    "acceptance-idle": (
        Text("没有检查意见 {finding} {value}", "there is no finding {finding} {value}"),
        Text("删去这条理由，或核对编号", "remove the reason, or check the ids"),
    ),
    "acceptance-grave": (
        Text("{finding} 是错误，不能以理由接受", "{finding} is an error: no reason accepts it"),
        Text("改正目录", "mend the edition"),
    ),
    # What an overlay of a what-if says.
    "overlay-base": (
        Text(
            "覆盖层写给 {value}，这里是 {edition}", "the overlay is for {value}, this is {edition}"
        ),
        Text("核对 base，或用那一版测算", "check the base, or ask with that edition"),
    ),
    "overlay-empty": (
        Text("覆盖层没有说要改什么", "the overlay does not say what it changes"),
        Text("至少写一项：{known}", "give one at least of: {known}"),
    ),
    "overlay-unknown": (
        Text("{value} 不在该版中{near}", "{value} is not in the edition{near}"),
        Text(
            "核对编号；新增的写在 add_items 或 add_lines",
            "check the id; what is new goes to add_items or add_lines",
        ),
    ),
    "overlay-there": (
        Text("{value} 已在该版中", "{value} is in the edition already"),
        Text(
            "改动的写在 replace_items 或 replace_lines",
            "what changes goes to replace_items or replace_lines",
        ),
    ),
    "overlay-twice": (
        Text(
            "{value} 写了两次，或既取消又改动",
            "{value} is named twice, or taken out and changed as well",
        ),
        Text("只留一处", "keep one of the two"),
    ),
}
