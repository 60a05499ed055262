"""The tiny total language of formulas: read by whitelist into a tree, never evaluated as code.

``+ - *``, comparisons, ``and or not``, ``min(…)``, ``max(…)``, names of facts and constants,
decimal literals. A comparison may stand as a factor: it counts 1 where it holds and 0 where not.
There is no division (a formula's one quotient is written as ``divisor``), no call, no loop. Text,
brackets and literals are bounded before anything is read, so hostile text is refused at once.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Literal, NoReturn

from feeledger.errors import Invalid, Text

TEXT_MAX = 2000
TOKENS_MAX = 256
DEPTH_MAX = 32
DIGITS_MAX = 30
NAME_MAX = 64

Operation = Literal[
    "add", "sub", "mul", "min", "max", "lt", "lte", "gt", "gte", "eq", "all", "any", "not"
]
COMPARISONS: dict[str, Operation] = {
    "<": "lt",
    "<=": "lte",
    ">": "gt",
    ">=": "gte",
    "==": "eq",
}
TRUTHS = frozenset({"lt", "lte", "gt", "gte", "eq", "all", "any", "not"})
WORDS = frozenset({"and", "or", "not", "min", "max"})

TOKEN = re.compile(
    r"[ \t\r\n]*(?:"
    r"(?P<number>[0-9]+(?:\.[0-9]+)?)(?![0-9A-Za-z_.])"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<mark><=|>=|==|[-+*()<>,])"
    r"|(?P<end>\Z))"
)
DIVISION = Text(
    "公式中不得使用“/”；唯一的除数写在旁边的 divisor 中",
    '"/" is not allowed; write the one divisor as "divisor" beside the expression',
)
WRONG_MARKS = {
    "/": DIVISION,
    "÷": DIVISION,
    "%": Text("不得使用“%”；请写成小数", '"%" is not allowed; write a decimal'),
    ".": Text("不得使用属性“.”", 'attributes (".") are not allowed'),
    "'": Text("不得使用字符串", "strings are not allowed"),
    '"': Text("不得使用字符串", "strings are not allowed"),
    "=": Text("相等写作“==”", 'equality is written "=="'),
}
EXPONENT = Text(
    "数字须写成普通小数，不得用指数或其他形式",
    "a number must be a plain decimal, without exponent or other forms",
)


class ExpressionRefused(Invalid):
    """A formula is not written in the tiny language; the detail names the position."""

    code = "expression-refused"
    title = Text("公式未通过检查", "The expression was refused")


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal literal."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a fact or of a constant."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation on its operands, which are of the sort it wants."""

    operation: Operation
    operands: tuple["Expression", ...]


Expression = Number | Name | Apply


@dataclass(frozen=True, slots=True)
class Token:
    """One word of the text and the position (from 1) where it stands."""

    kind: str
    text: str
    position: int


def parse_expression(text: str, names: Collection[str]) -> Expression:
    """Read a formula that comes to a number and uses only the names given.

    Raises ExpressionRefused with the position of the first fault.
    """
    reader = _Reader(_tokens_of(text), names)
    expression = reader.read_any(0)
    last = reader.token
    if last.kind != "end":
        _refuse(last.position, Text(f"多余的“{last.text}”", f'"{last.text}" is not expected here'))
    if is_truth(expression):
        _refuse(1, Text("公式的结果须是数，不是真假", "the result must be a number, not a truth"))
    return expression


def is_truth(expression: Expression) -> bool:
    """Say whether an expression comes to a truth rather than a number."""
    return isinstance(expression, Apply) and expression.operation in TRUTHS


def names_of(expression: Expression) -> frozenset[str]:
    """Give every name an expression uses."""
    if isinstance(expression, Name):
        return frozenset({expression.name})
    if isinstance(expression, Apply):
        return frozenset().union(*(names_of(operand) for operand in expression.operands))
    return frozenset()


def _refuse(position: int, problem: Text) -> NoReturn:
    detail = Text(f"第 {position} 个字符：{problem.zh}", f"character {position}: {problem.en}")
    raise ExpressionRefused(detail, position=position)


def _tokens_of(text: str) -> list[Token]:
    if len(text) > TEXT_MAX:
        _refuse(
            TEXT_MAX + 1,
            Text(
                f"公式过长（{len(text)} 个字符，最多 {TEXT_MAX}）",
                f"the text is too long ({len(text)} characters, at most {TEXT_MAX})",
            ),
        )
    tokens: list[Token] = []
    at = 0
    while not tokens or tokens[-1].kind != "end":
        match = TOKEN.match(text, at)
        if match is None:
            _refuse_character(text, at)
        kind = match.lastgroup or "end"
        tokens.append(_checked(Token(kind, match.group(kind), match.start(kind) + 1)))
        at = match.end()
        if len(tokens) > TOKENS_MAX:
            _refuse(
                at, Text(f"公式超过 {TOKENS_MAX} 个词", f"there are more than {TOKENS_MAX} words")
            )
    return tokens


def _checked(token: Token) -> Token:
    limit = DIGITS_MAX if token.kind == "number" else NAME_MAX
    if len(token.text) > limit:
        _refuse(
            token.position,
            Text(
                f"过长（{len(token.text)} 个字符，最多 {limit}）",
                f"too long ({len(token.text)} characters, at most {limit})",
            ),
        )
    return token


def _refuse_character(text: str, at: int) -> NoReturn:
    while text[at] in " \t\r\n":
        at += 1
    found = text[at]
    if found.isascii() and found.isdigit():
        _refuse(at + 1, EXPONENT)
    other = Text(f"不允许的字符“{found}”", f'the character "{found}" is not allowed')
    _refuse(at + 1, WRONG_MARKS.get(found, other))


class _Reader:
    """A reader of one text; each method reads one level of precedence."""

    def __init__(self, tokens: list[Token], names: Collection[str]) -> None:
        self.tokens = tokens
        self.names = names
        self.at = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self, *texts: str) -> Token | None:
        """Take the token when it is one of the texts."""
        token = self.token
        if token.kind == "end" or token.text not in texts:
            return None
        self.at += 1
        return token

    def demand(self, text: str) -> None:
        token = self.token
        if self.take(text) is None:
            found = token.text or "end"
            _refuse(
                token.position,
                Text(f"此处应为“{text}”，却是“{found}”", f'expected "{text}", found "{found}"'),
            )

    def read_any(self, depth: int) -> Expression:
        if depth > DEPTH_MAX:
            _refuse(
                self.token.position,
                Text(f"括号嵌套超过 {DEPTH_MAX} 层", f"more than {DEPTH_MAX} nested levels"),
            )
        return self.read_joined("or", "any", depth)

    def read_joined(self, word: str, operation: Operation, depth: int) -> Expression:
        """Read a row of truths joined by one word."""
        start = self.token.position
        parts = [self.read_below(word, depth)]
        while self.take(word):
            parts.append(self.read_below(word, depth))
        if len(parts) == 1:
            return parts[0]
        for part in parts:
            _want_truth(part, start, word)
        return Apply(operation, tuple(parts))

    def read_below(self, word: str, depth: int) -> Expression:
        if word == "or":
            return self.read_joined("and", "all", depth)
        return self.read_negation(depth)

    def read_negation(self, depth: int) -> Expression:
        word = self.take("not")
        if word is None:
            return self.read_comparison(depth)
        if self.token.text == "not":
            _refuse(self.token.position, Text("不得连写 not", '"not not" is not allowed'))
        part = self.read_comparison(depth)
        _want_truth(part, word.position, "not")
        return Apply("not", (part,))

    def read_comparison(self, depth: int) -> Expression:
        left = self.read_sum(depth)
        mark = self.take(*COMPARISONS)
        if mark is None:
            return left
        right = self.read_sum(depth)
        _want_numbers(mark.position, left, right)
        again = self.token
        if again.kind == "mark" and again.text in COMPARISONS:
            _refuse(again.position, Text("比较不得连写", "comparisons cannot be chained"))
        return Apply(COMPARISONS[mark.text], (left, right))

    def read_sum(self, depth: int) -> Expression:
        left = self.read_product(depth)
        while mark := self.take("+", "-"):
            right = self.read_product(depth)
            _want_numbers(mark.position, left, right)
            left = Apply("add" if mark.text == "+" else "sub", (left, right))
        return left

    def read_product(self, depth: int) -> Expression:
        left = self.read_operand(depth)
        while mark := self.take("*"):
            if self.token.text == "*":
                _refuse(mark.position, Text("不得使用乘方“**”", 'powers ("**") are not allowed'))
            right = self.read_operand(depth)
            if is_truth(left) and is_truth(right):
                _refuse(mark.position, Text("两个真假不得相乘", "two truths cannot be multiplied"))
            left = Apply("mul", (left, right))
        return left

    def read_operand(self, depth: int) -> Expression:
        token = self.token
        if self.take("("):
            inner = self.read_any(depth + 1)
            self.demand(")")
            return inner
        if token.kind == "number":
            self.at += 1
            return Number(Decimal(token.text))
        if token.kind == "name":
            return self.read_name(depth)
        found = Text("公式在此处中断", "the expression ends here")
        if token.kind != "end":
            found = Text(f"此处不应有“{token.text}”", f'"{token.text}" is not expected here')
        _refuse(token.position, found)

    def read_name(self, depth: int) -> Expression:
        token = self.token
        self.at += 1
        if token.text in ("min", "max"):
            return self.read_extreme("min" if token.text == "min" else "max", depth)
        if self.token.text == "(":
            _refuse(
                token.position,
                Text(
                    f"不得调用“{token.text}”，只有 min 和 max",
                    f'"{token.text}" cannot be called, only min and max can',
                ),
            )
        if token.text in WORDS or token.text not in self.names:
            _refuse(token.position, _unknown_name(token.text, self.names))
        return Name(token.text)

    def read_extreme(self, operation: Literal["min", "max"], depth: int) -> Expression:
        start = self.token.position
        self.demand("(")
        parts = [self.read_any(depth + 1)]
        while self.take(","):
            parts.append(self.read_any(depth + 1))
        self.demand(")")
        if len(parts) == 1:
            _refuse(start, Text(f"{operation} 至少要两项", f"{operation} wants two or more"))
        _want_numbers(start, *parts)
        return Apply(operation, tuple(parts))


def _want_numbers(position: int, *parts: Expression) -> None:
    if any(is_truth(part) for part in parts):
        _refuse(position, Text("此处须是数，不是真假", "a number is wanted here, not a truth"))


def _want_truth(part: Expression, position: int, word: str) -> None:
    if not is_truth(part):
        _refuse(
            position,
            Text(f"{word} 两边须是比较", f'"{word}" joins comparisons, not numbers'),
        )


def _unknown_name(name: str, names: Collection[str]) -> Text:
    near = get_close_matches(name, sorted(names), n=3)
    zh = f"未知的名称“{name}”" + (f"，相近的有：{'、'.join(near)}" if near else "")
    en = f'unknown name "{name}"' + (f", the nearest are {', '.join(near)}" if near else "")
    return Text(zh, en)
