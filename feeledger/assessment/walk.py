"""The scalar walk of a program: the meaning of a plan, one request at a time.

Numbers are scaled integers, truths True, False or None; None is unknown and spreads, except where
the rest decides: ``all`` with one false, ``any`` with one true, the branch a truth selects.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import ge, gt, le, lt

from feeledger.catalog.nodes import Node, Program
from feeledger.catalog.plan import LinePlan

Values = list[int | None]
Rule = Callable[[Node, list[int | None]], int | None]
Steps = tuple[tuple[Rule | None, Node, int | None], ...]
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "lt": lt,
    "lte": le,
    "gt": gt,
    "gte": ge,
    "eq": int.__eq__,
}


def walk_program(program: Program, facts: Mapping[str, int]) -> Values:
    """Work out every node from the facts known; an absent fact leaves its nodes unknown."""
    return _walk(_compiled(program), facts)


def walk_line(line: LinePlan, facts: Mapping[str, int]) -> Values:
    """Work out every node of a line; what of it hangs on no fact is prepared once."""
    return _walk(_compiled_line(line), facts)


def _walk(steps: Steps, facts: Mapping[str, int]) -> Values:
    values: Values = []
    for rule, node, value in steps:
        if rule is not None:
            values.append(rule(node, values))
        elif value is not None:
            values.append(value)
        else:
            values.append(facts.get(node.name))
    return values


def _compiled(program: Program) -> Steps:
    """Pair each node with its rule; a constant with its value, a fact with neither."""
    return tuple(
        (RULES.get(node.kind), node, node.value if node.kind == "const" else None)
        for node in program
    )


@lru_cache(maxsize=4096)
def _compiled_line(line: LinePlan) -> Steps:
    return _compiled(line.program)


def _add(node: Node, values: Values) -> int | None:
    left, right = node.args
    a, b = values[left], values[right]
    return None if a is None or b is None else a + b


def _sub(node: Node, values: Values) -> int | None:
    left, right = node.args
    a, b = values[left], values[right]
    return None if a is None or b is None else a - b


def _mul(node: Node, values: Values) -> int | None:
    left, right = node.args
    a, b = values[left], values[right]
    return None if a is None or b is None else a * b


def _known(node: Node, values: Values) -> list[int] | None:
    found = [value for arg in node.args if (value := values[arg]) is not None]
    return found if len(found) == len(node.args) else None


def _min(node: Node, values: Values) -> int | None:
    known = _known(node, values)
    return None if known is None else min(known)


def _max(node: Node, values: Values) -> int | None:
    known = _known(node, values)
    return None if known is None else max(known)


def _steps(node: Node, values: Values) -> int | None:
    x = values[node.args[0]]
    return None if x is None else -(-x // node.value)


def _bands(node: Node, values: Values) -> int | None:
    x, bands = values[node.args[0]], node.bands
    return None if x is None or bands is None else bands.at(x)


def _choose(node: Node, values: Values) -> int | None:
    code = values[node.args[0]]
    return None if code is None else values[node.args[1 + code]]


def _select(node: Node, values: Values) -> int | None:
    truth = values[node.args[0]]
    return None if truth is None else values[node.args[1 if truth else 2]]


def _compare(node: Node, values: Values) -> bool | None:
    left, right = node.args
    a, b = values[left], values[right]
    return None if a is None or b is None else COMPARE[node.op](a, b)


def _member(node: Node, values: Values) -> bool | None:
    code = values[node.args[0]]
    return None if code is None else code in node.codes


def _all(node: Node, values: Values) -> bool | None:
    unknown = False
    for arg in node.args:
        value = values[arg]
        if value is None:
            unknown = True
        elif not value:
            return False
    return None if unknown else True


def _any(node: Node, values: Values) -> bool | None:
    unknown = False
    for arg in node.args:
        value = values[arg]
        if value is None:
            unknown = True
        elif value:
            return True
    return None if unknown else False


def _not(node: Node, values: Values) -> bool | None:
    value = values[node.args[0]]
    return None if value is None else not value


def _first(node: Node, values: Values) -> int | None:
    return next((v for arg in node.args if (v := values[arg]) is not None), None)


RULES: dict[str, Rule] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "min": _min,
    "max": _max,
    "steps": _steps,
    "bands": _bands,
    "choose": _choose,
    "select": _select,
    "compare": _compare,
    "member": _member,
    "all": _all,
    "any": _any,
    "not": _not,
    "first": _first,
}


def absent_facts(program: Program, values: Sequence[int | None], roots: Iterable[int]) -> list[str]:
    """Name the absent facts that leave some nodes unknown, in the order of the program.

    A derived fact is asked for by its parts.
    """
    wanted = [root for root in roots if values[root] is None]
    seen: set[int] = set()
    while wanted:
        index = wanted.pop()
        if index in seen:
            continue
        seen.add(index)
        node = program[index]
        args = node.args[-1:] if node.kind == "first" else node.args
        wanted.extend(arg for arg in args if values[arg] is None)
    return [program[index].name for index in sorted(seen) if program[index].kind == "fact"]
