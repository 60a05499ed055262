"""Faults of what a catalog says: names, facts, windows, rates, items. See ``faulttexts.py``."""

from feeledger.errors import Text

_ADD_BASIS = Text(
    "写明 documents（文号），或 unseen（为何未见）并列出 sources",
    "name documents, or say unseen (why) with sources",
)
_SEE_NAMES = Text("改为已有的名称{near}", "use a name that exists{near}")

RULE_FAULTS: dict[str, tuple[Text, Text]] = {
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
    "class-fact-not-enum": (
        Text("类别事实 {value} 必须是 enum", "the class fact {value} must be an enum"),
        Text("写 type: enum 并列出 values", "write type: enum and its values"),
    ),
    "bounds-backwards": (
        Text("下限 {low} 大于上限 {high}", "the lower bound {low} is above the upper {high}"),
        Text("更正上下限", "mend the bounds"),
    ),
    "derived-malformed": (
        Text(
            "派生事实 {value} 的分子或分母不是数值事实，可能为负，或自身又是派生事实",
            "a part of the derived fact {value} is no number, may be negative, or is derived itself",
        ),
        Text(
            "分子、分母各写一个下限不为负的数值事实",
            "name for each part one numeric fact that is never below zero",
        ),
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
    "hole-needless": (
        Text("{value} 的版本之间没有空档", "there is no hole between versions of {value}"),
        Text(
            "删去这项声明，或更正 series（本项目有：{known}）",
            "remove the declaration, or mend its series; this item has {known}",
        ),
    ),
    "basis-without-date": (
        Text(
            "{value} 未知或开放，不可再写依据类别",
            "{value} is unknown or open and can have no basis",
        ),
        Text("删去 {key}", "remove {key}"),
    ),
    "bound-needless": (
        Text(
            "起始日 {value} 已写明，not_before 没有意义",
            "the first day is known to be {value}: not_before says nothing",
        ),
        Text(
            "删去 not_before；起始日未知的写 from: unknown",
            "remove not_before; write from: unknown where the first day is not known",
        ),
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
    "points-too-few": (
        Text("内插至少要两个点", "a line between points wants two points or more"),
        Text("补上其他的点，或改用其他费率形式", "add the other points, or use another form"),
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
    "float-none": (
        Text("浮动幅度上下都是零", "the float is zero both ways"),
        Text("写上幅度，或删去 float", "write its size, or remove float"),
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
    "plan-refused": (
        Text("收费线无法安全计算：{detail}", "the line cannot be worked out safely: {detail}"),
        Text("按所述改写费率或事实的范围", "mend the rate or the bounds of its facts"),
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
}
