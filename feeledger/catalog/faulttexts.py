"""Every fault a catalog file can have: its code, the problem and the remedy, zh and en.

The codes are fixed names; docs/catalog-format.md describes each (a house test holds that).
``{value}`` is what stood in the file, shortened.
"""

from feeledger.errors import Text

_ADD_BASIS = Text(
    "写明 documents（文号），或 unseen（为何未见）并列出 sources",
    "name documents, or say unseen (why) with sources",
)
_SEE_NAMES = Text("改为已有的名称{near}", "use a name that exists{near}")

FAULT_TEXTS: dict[str, tuple[Text, Text]] = {
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
        Text(
            "文件过大：{value} 字节，上限 {limit}", "the file has {value} bytes, at most {limit} go"
        ),
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
    # Names that must exist.
    "fact-unknown": (
        Text("没有名为 {value} 的事实", "there is no fact {value}"),
        _SEE_NAMES,
    ),
    "document-unknown": (
        Text("documents.yaml 中没有文件 {value}", "documents.yaml has no document {value}"),
        _SEE_NAMES,
    ),
    "source-unknown": (
        Text("sources.yaml 中没有来源 {value}", "sources.yaml has no source {value}"),
        _SEE_NAMES,
    ),
    "place-unknown": (
        Text("places.yaml 中没有地方 {value}", "places.yaml has no place {value}"),
        _SEE_NAMES,
    ),
    "region-unknown": (
        Text("{value} 不是已知的区划代码", "{value} is not a known division code"),
        Text("核对六位区划代码", "check the six-digit division code"),
    ),
    "line-unknown": (
        Text("没有收费线 {value}", "there is no line {value}"),
        _SEE_NAMES,
    ),
    "line-foreign": (
        Text(
            "{value} 是 {item} 的收费线，不属于本项目",
            "{value} is a line of {item}, not of this item",
        ),
        Text("只写本项目的收费线", "name lines of this item only"),
    ),
    "line-misnamed": (
        Text(
            "收费线 {value} 的系列 {series} 与编号不符",
            "the series {series} does not suit the line {value}",
        ),
        Text("系列须以同一前缀开头", "a series begins with the same slug"),
    ),
    "enum-value-unknown": (
        Text("事实 {fact} 没有取值 {value}{near}", "the fact {fact} has no value {value}{near}"),
        Text("可选：{known}", "choose from: {known}"),
    ),
    "relief-unknown": (Text("没有减免 {value}", "there is no relief {value}"), _SEE_NAMES),
    # Facts.
    "fact-type": (
        Text(
            "事实 {value} 的类型是 {type}，此处须为{wanted}",
            "the fact {value} is {type}; {wanted} is wanted here",
        ),
        Text("换一个事实，或更正 facts.yaml", "use another fact, or mend facts.yaml"),
    ),
    "class-fact-as-driver": (
        Text(
            "类别事实 {value} 只用于选择收费线，不可作计费依据或条件",
            "the class fact {value} only chooses lines; it is no driver and no part of a condition",
        ),
        Text("改用普通事实，或写在 alternatives 中", "use a plain fact, or put it in alternatives"),
    ),
    "class-fact-plain": (
        Text("{value} 不是类别事实", "{value} is not a class fact"),
        Text("在 facts.yaml 中标明 class_fact: true", "mark it class_fact: true in facts.yaml"),
    ),
    "bounds-backwards": (
        Text("下限 {low} 大于上限 {high}", "the lower bound {low} is above the upper {high}"),
        Text("更正上下限", "mend the bounds"),
    ),
    "derived-malformed": (
        Text(
            "派生事实 {value} 的分子或分母不是数", "a part of the derived fact {value} is no number"
        ),
        Text("分子、分母各写一个数值事实", "name one numeric fact for each part"),
    ),
    "values-mismatch": (
        Text(
            "{value} 的取值须为 {{值: {{zh, en}}}}，且仅限 enum",
            "values belong to an enum only, and {value} wants them",
        ),
        Text("enum 写 values，其他类型不写", "give values to an enum, and to no other type"),
    ),
    # Conditions.
    "operator-type": (
        Text(
            "{op} 不适用于 {type} 类型的事实 {value}",
            "{op} does not fit the fact {value} of type {type}",
        ),
        Text(
            "数用 eq lt lte gt gte，枚举用 eq in，真假用 eq",
            "numbers take eq lt lte gt gte, enums eq in, booleans eq",
        ),
    ),
    "condition-shape": (
        Text("条件须恰有 all 或 any 之一", "a condition has exactly one of all and any"),
        Text("写 all: […] 或 any: […]", "write all: […] or any: […]"),
    ),
    # Windows.
    "window-backwards": (
        Text(
            "终止日 {value} 早于起始日 {first}", "the last day {value} is before the first {first}"
        ),
        Text(
            "两日都算在内，终止日不早于起始日",
            "both ends count; the last day is not before the first",
        ),
    ),
    "windows-overlap": (
        Text(
            "{value} 与 {other} 在 {first} 至 {last} 重叠",
            "{value} and {other} overlap from {first} to {last}",
        ),
        Text(
            "同一系列的版本在同一地方不可重叠，改窗口",
            "versions of one series never overlap in one place; mend a window",
        ),
    ),
    "hole-undeclared": (
        Text(
            "{series} 在 {first} 至 {last} 没有版本，也没有声明",
            "{series} has no version from {first} to {last}, and no hole is declared",
        ),
        Text(
            "补上版本，或在 no_rate 中声明这段空档及原因",
            "add the version, or declare the hole with its reason under no_rate",
        ),
    ),
    "hole-mismatch": (
        Text(
            "声明的空档 {value} 与版本之间的空档不符",
            "the declared hole {value} is no hole between two versions",
        ),
        Text("空档为 {first} 至 {last}", "the hole runs from {first} to {last}"),
    ),
    "basis-without-date": (
        Text(
            "{value} 未知或开放，不可再写依据类别",
            "{value} is unknown or open and can have no basis",
        ),
        Text("删去 {key}", "remove {key}"),
    ),
    # Basis.
    "basis-missing": (Text("没有依据", "there is no basis"), _ADD_BASIS),
    "basis-double": (
        Text("documents 与 unseen 不可并存", "documents and unseen exclude each other"),
        _ADD_BASIS,
    ),
    "unseen-without-source": (
        Text("未见文件的依据没有列出来源", "an unseen basis names no source"),
        Text("列出至少一个 sources", "name at least one source"),
    ),
    # Rates.
    "brackets-out-of-order": (
        Text("{value} 不大于前一档 {before}", "{value} is not above the one before, {before}"),
        Text("按从小到大排列，不可重复", "put them in rising order, none twice"),
    ),
    "open-end-misplaced": (
        Text("open 只能在最后一档", "open may stand in the last place only"),
        Text("移到最后，或写上数字", "move it to the end, or write a number"),
    ),
    "open-end-missing": (
        Text("累进档次须以 open 结束", "marginal brackets must end with open"),
        Text("最后一档写 upto: open", "write upto: open in the last one"),
    ),
    "bracket-shape": (
        Text(
            "一档须恰有 percent、permille、amount 之一",
            "a bracket has exactly one of percent, permille and amount",
        ),
        Text("只保留一个", "keep one of them"),
    ),
    "flat-bracket-misplaced": (
        Text("固定金额只能在第一档", "a flat amount may stand in the first bracket only"),
        Text("改用 percent 或 permille", "use percent or permille"),
    ),
    "minimum-above-maximum": (
        Text("最低 {low} 高于最高 {high}", "the minimum {low} is above the maximum {high}"),
        Text("对调或更正", "swap or mend them"),
    ),
    "shares-sum": (
        Text("各方分担之和是 {value}，不是 1", "the shares add up to {value}, not to 1"),
        Text("更正份额", "mend the shares"),
    ),
    "matrix-shape": (
        Text(
            "表格应有 {rows} 行 {columns} 列", "the table must have {rows} rows of {columns} cells"
        ),
        Text("每个重量档一行，每个类别一列", "one row for each band, one cell for each class"),
    ),
    "formula-refused": (
        Text("公式有误：{detail}", "the formula is refused: {detail}"),
        Text(
            "只用 + - *、比较、min、max 与已有名称；除数写在 divisor",
            "use + - *, comparisons, min, max and known names; a divisor goes to divisor",
        ),
    ),
    "constant-unused": (
        Text("公式没有用到常数 {value}", "the formula does not use the constant {value}"),
        Text("删去，或更正公式", "remove it, or mend the formula"),
    ),
    "constant-shadows-fact": (
        Text("常数 {value} 与事实同名", "the constant {value} has the name of a fact"),
        Text("改名", "rename it"),
    ),
    "divisor-zero": (
        Text("除数 {value} 可能为零或负", "the divisor {value} may be zero or negative"),
        Text(
            "在 facts.yaml 为其中的事实写大于零的 divisor_low",
            "give its facts a divisor_low above zero in facts.yaml",
        ),
    ),
    "ceiling-top-band": (
        Text(
            "amount_low 须小于 amount，且只用于 ceiling",
            "amount_low is below amount and wants a ceiling",
        ),
        Text("写 ceiling: true，或删去 amount_low", "write ceiling: true, or remove amount_low"),
    ),
    # Lines, reliefs, alternatives.
    "factor-misplaced": (
        Text(
            "factor 只用于 multiply，且 multiply 必须有",
            "factor belongs to multiply, which needs it",
        ),
        Text(
            "effect 为 multiply 时写 factor，否则删去",
            "give a factor with multiply, and with nothing else",
        ),
    ),
    "base-only-misplaced": (
        Text(
            "covers: base_amount 只适用于有基本金额的收费线；{value} 没有",
            "covers: base_amount wants lines with a base amount; {value} has none",
        ),
        Text("删去 covers，或限定 lines", "remove covers, or limit the lines"),
    ),
    "alternative-double": (
        Text(
            "{value} 已在另一组 alternatives 中", "{value} stands in another group of alternatives"
        ),
        Text("一条收费线只属于一组", "a line belongs to one group"),
    ),
    "alternative-unreachable": (
        Text("没有类别选中 {value}", "no class chooses {value}"),
        Text("在 classes 中写上它", "name it in classes"),
    ),
    "alternative-alone": (
        Text("一组 alternatives 至少两条收费线", "a group of alternatives has two lines or more"),
        Text("补上其他收费线，或删去该组", "add the other lines, or remove the group"),
    ),
    # Items and events.
    "status-without-event": (
        Text(
            "状态为 {value}，却没有相应的终止事件",
            "the status is {value}, but no dated event ends the item",
        ),
        Text("补上有日期的终止事件，或更正状态", "add the dated event, or mend the status"),
    ),
    "status-contradicted": (
        Text(
            "状态为 {value}，但已在 {day} 终止",
            "the status is {value}, but an event ended the item on {day}",
        ),
        Text("更正状态或事件", "mend the status or the event"),
    ),
    "service-payable": (
        Text(
            "经营服务性收费不可进入非税账户：collected_by 须为 seller",
            "an operating service charge never enters the non-tax account: collected_by must be seller",
        ),
        Text("写 collected_by: seller", "write collected_by: seller"),
    ),
    "seller-not-service": (
        Text(
            "只有经营服务性收费由 seller 收取",
            "only operating service charges are collected by a seller",
        ),
        Text("更正 collected_by 或 category", "mend collected_by or category"),
    ),
    "pricing-misplaced": (
        Text(
            "pricing 只用于经营服务性收费，且必须有",
            "pricing belongs to operating service charges, which need it",
        ),
        Text(
            "经营服务性收费写 pricing，其他删去",
            "give it to operating service charges, and to no other",
        ),
    ),
    # Worked examples.
    "example-missing": (
        Text("{value} 没有算例", "{value} has no worked example"),
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
    "edition-id": (
        Text(
            "版本编号 {value} 与文件夹名 {folder} 不同",
            "the edition id {value} differs from its folder {folder}",
        ),
        Text("两者改为一致", "make them the same"),
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
