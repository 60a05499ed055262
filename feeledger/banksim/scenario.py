"""What the bank in a box is to play: read strictly from YAML, and laid out as a list of acts.

The same scenario and the same seed give the same list. This file touches nothing but its input.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from feeledger.catalog.yamltext import Listing, Node, Scalar, Table, read_nodes
from feeledger.errors import Fault, FileRefused, Text

ACTS: Final = MappingProxyType(
    {
        "pay": 6,
        "replay": 3,
        "parallel": 2,
        "rivals": 2,
        "cut": 3,
        "reorder": 2,
        "reverse": 1,
        "transfer": 1,
        "batch": 1,
        "account-flow": 1,
        "other-content": 1,
        "wrong-amount": 1,
        "wrong-account": 1,
        "wrong-day": 1,
        "wrong-code": 1,
        "damage-body": 1,
        "damage-digest": 1,
        "damage-signature": 1,
        "nonce-again": 1,
        "old-date": 1,
        "test-codes": 1,
    }
)
# What frames can say: they ask for a notice and confirm, and carry neither nonce nor time.
FRAME_ACTS: Final = (
    "pay",
    "replay",
    "parallel",
    "rivals",
    "cut",
    "other-content",
    "wrong-amount",
    "wrong-account",
    "wrong-day",
    "wrong-code",
    "damage-body",
    "test-codes",
)
# By face: signed calls know no statement of an account, wp.* no transfers and no batches.
FACES: Final = MappingProxyType(
    {
        "api": tuple(act for act in ACTS if act != "account-flow"),
        "wp": tuple(act for act in ACTS if act not in ("transfer", "batch")),
        "frames": FRAME_ACTS,
    }
)
NEEDS_NO_NOTICE: Final = "test-codes"
NUMBERS: Final = MappingProxyType(
    {"seed": (0, 2**31), "count": (1, 100_000), "clients": (1, 64), "patience": (1, 600)}
)
WEIGHT_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Scenario:
    """How much, by how many clients, how long a lost answer is asked for (seconds), which acts."""

    seed: int = 1
    count: int = 50
    clients: int = 4
    patience: int = 30
    acts: Mapping[str, int] = field(default_factory=lambda: ACTS)
    notices: tuple[str, ...] = ()


def acts_of_face(face: str, acts: Mapping[str, int]) -> tuple[Mapping[str, int], tuple[str, ...]]:
    """Give the acts that a face can play, and the names of those that were asked for in vain."""
    known = FACES[face]
    found = {act: weight for act, weight in acts.items() if act in known}
    vain = () if acts is ACTS else tuple(act for act in acts if act not in known)
    return found, vain


@dataclass(frozen=True, slots=True)
class Job:
    """One act in the list; ``pay_code`` is None where it needs no notice."""

    number: int
    act: str
    pay_code: str | None


def read_scenario(data: bytes, file: str) -> Scenario:
    """Read a scenario; unknown keys, wrong values and YAML's traps are refused, all at once.

    Raises FileRefused.
    """
    root, faults = read_nodes(data, file)
    reader = _Reader(file, list(faults))
    found = reader.read(root) if root is not None or not faults else Scenario()
    if reader.faults:
        raise FileRefused(tuple(reader.faults))
    return found


def lay_out(scenario: Scenario) -> tuple[Job, ...]:
    """Draw the acts; each takes a notice of its own, and when none is left only test codes stay."""
    rng = random.Random(scenario.seed)  # noqa: S311 (a repeatable draw, no secret)
    names, weights = list(scenario.acts), list(scenario.acts.values())
    left = list(reversed(scenario.notices))
    jobs = []
    for number in range(scenario.count):
        act = rng.choices(names, weights)[0]
        if act != NEEDS_NO_NOTICE and not left:
            act = NEEDS_NO_NOTICE
        jobs.append(Job(number, act, None if act == NEEDS_NO_NOTICE else left.pop()))
        if not left and act == NEEDS_NO_NOTICE and scenario.notices:
            break
    return tuple(jobs)


class _Reader:
    """Reads the nodes of one file and keeps every fault."""

    def __init__(self, file: str, faults: list[Fault]) -> None:
        self.file = file
        self.faults = faults

    def read(self, root: Node | None) -> Scenario:
        """Read the whole; faults go to the list."""
        if not isinstance(root, Table):
            self._refuse(root, "", "", Text("须为一组键值", "must be a mapping of keys"))
            return Scenario()
        numbers: dict[str, int] = {}
        acts: Mapping[str, int] = ACTS
        notices: tuple[str, ...] = ()
        for key, node in root.entries:
            if key.value in NUMBERS:
                numbers[key.value] = self._number(node, key.value, *NUMBERS[key.value])
            elif key.value == "acts":
                acts = self._acts(node)
            elif key.value == "notices":
                notices = self._notices(node)
            else:
                self._unknown(key, key.value, [*NUMBERS, "acts", "notices"])
        return Scenario(**numbers, acts=acts, notices=notices)

    def _acts(self, node: Node) -> Mapping[str, int]:
        if not isinstance(node, Table) or not node.entries:
            self._refuse(node, "acts", "", Text("须为 动作: 权重", "must be act: weight"))
            return ACTS
        found = {}
        for key, value in node.entries:
            if key.value not in ACTS:
                self._unknown(key, f"acts.{key.value}", list(ACTS))
            found[key.value] = self._number(value, f"acts.{key.value}", 1, WEIGHT_MOST)
        return found

    def _notices(self, node: Node) -> tuple[str, ...]:
        if not isinstance(node, Listing):
            self._refuse(node, "notices", "", Text("须为缴款码清单", "must be a list of pay codes"))
            return ()
        codes = []
        for index, item in enumerate(node.items):
            text = item.value if isinstance(item, Scalar) and item.quoted else ""
            if not (text.isascii() and text.isdigit()):
                wrong = item.value if isinstance(item, Scalar) else ""
                say = Text("缴款码须为引号中的数字", "a pay code is digits in quotes")
                self._refuse(item, f"notices[{index}]", wrong, say)
            codes.append(text)
        return tuple(codes)

    def _number(self, node: Node, path: str, least: int, most: int) -> int:
        text = node.value if isinstance(node, Scalar) and not node.quoted else ""
        if text.isascii() and text.isdigit() and least <= int(text[:12]) <= most:
            return int(text)
        wrong = node.value if isinstance(node, Scalar) else ""
        say = Text(f"须为 {least} 至 {most} 的整数", f"must be a whole number, {least} to {most}")
        self._refuse(node, path, wrong, say)
        return least

    def _unknown(self, node: Node, path: str, known: Sequence[str]) -> None:
        names = ", ".join(known)
        self._refuse(
            node, path, "", Text(f"未知的键；可用 {names}", f"unknown key; known: {names}")
        )

    def _refuse(self, node: Node | None, path: str, value: str, problem: Text) -> None:
        line = node.line if node is not None else 1
        shown = f"“{value[:40]}”" if value else ""
        remedy = Text("请改正，参见 docs/bank-sim.md", "mend it, see docs/bank-sim.md")
        told = Text(shown + problem.zh, f"{value[:40]!r} {problem.en}" if value else problem.en)
        self.faults.append(
            Fault("scenario-refused", self.file, line, path, value[:40], told, remedy)
        )
