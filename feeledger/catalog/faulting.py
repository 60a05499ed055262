"""Where a fault stands, and how one is told: code, place, value, problem and remedy."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

from feeledger.catalog.faulttexts import FAULT_TEXTS
from feeledger.errors import Fault, Text

SHOWN = 60


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file: its line (from 1) and the path of keys that leads to it."""

    file: str
    line: int
    path: str = ""

    def below(self, key: str, line: int) -> "Spot":
        """Give the place of a key's value."""
        return Spot(self.file, line, f"{self.path}.{key}" if self.path else key)

    def at(self, index: int, line: int) -> "Spot":
        """Give the place of an element of a list."""
        return Spot(self.file, line, f"{self.path}[{index}]")


def fault_of(code: str, spot: Spot, value: str = "", **words: str | Text) -> Fault:
    """Tell one fault; ``words`` fill the sentences of its code (``faulttexts.py``)."""
    problem, remedy = FAULT_TEXTS[code]
    shown = shorten_value(value)
    return Fault(
        code=code,
        file=spot.file,
        line=spot.line,
        path=spot.path,
        value=shown,
        problem=_fill(problem, shown, words),
        remedy=_begin_sentence(_fill(remedy, shown, words)),
    )


def nearest_names(name: str, known: Collection[str]) -> Text:
    """Say which known names are nearest to a name; an empty text where none is near."""
    near = get_close_matches(name, known, n=3) if len(name) <= SHOWN else []
    if not near:
        return Text("", "")
    return Text(f"，最接近的是 {'、'.join(near)}", f"; nearest: {', '.join(near)}")


def list_names(names: Collection[str]) -> Text:
    """Write names in a row, for both languages."""
    ordered = list(names)
    return Text("、".join(ordered), ", ".join(ordered))


def shorten_value(value: str) -> str:
    """Cut a value so that a message stays one line."""
    flat = " ".join(value.split())
    return flat if len(flat) <= SHOWN else f"{flat[:SHOWN]}…({len(value)})"


def _begin_sentence(text: Text) -> Text:
    """Give the English a capital: a remedy stands after a full stop."""
    return Text(text.zh, text.en[:1].upper() + text.en[1:])


def _fill(sentence: Text, value: str, words: dict[str, str | Text]) -> Text:
    """Put the words into a sentence of both languages."""
    zh = {k: w.zh if isinstance(w, Text) else w for k, w in words.items()}
    en = {k: w.en if isinstance(w, Text) else w for k, w in words.items()}
    return Text(sentence.zh.format(value=value, **zh), sentence.en.format(value=value, **en))
