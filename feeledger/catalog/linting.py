"""What a reviewer must look at before an edition is published: places, why, and what to do.

A fault of ``lints.py`` makes an edition unreadable; what is found here is readable and doubtful.
*Grave* findings bar the way; the others are accepted one by one, each with a written reason, or
mended. A finding is known by its code and place, so that a reason stands for it alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from feeledger.catalog.items import Catalog
from feeledger.catalog.lint_conditions import condition_findings, relief_findings
from feeledger.catalog.lint_names import department_findings, issuer_findings, revival_findings
from feeledger.catalog.lint_prices import falling_findings, price_findings
from feeledger.catalog.lint_texts import LINT_TEXTS, Found
from feeledger.errors import Invalid, Text

REASON_LEAST = 4


class EditionDoubtful(Invalid):
    """An edition has grave findings, or doubtful ones without a written reason."""

    code = "edition-doubtful"
    title = Text("目录版本有待处理的检查意见", "The edition has findings that nobody has settled")


@dataclass(frozen=True, slots=True)
class Lint:
    """One finding: its code, the ids it is about, why it is doubtful and what to do."""

    code: str
    place: str
    grave: bool
    problem: Text
    remedy: Text

    @property
    def key(self) -> str:
        """The name by which a reason refers to it."""
        return f"{self.code} {self.place}"

    def to(self, language: str, *, count: int = 1) -> str:
        """Give the finding as one line; ``count`` says in how many places it was found."""
        level = GRAVE if self.grave else DOUBTFUL
        mark, stop = (": ", ". ") if language == "en" else ("：", "；")
        told = f"{self.problem.to(language)}{stop}{self.remedy.to(language)}"
        times = f" ×{count}" if count > 1 else ""
        return f"{level.to(language)} {self.code}{times} {self.place}{mark}{told}"


GRAVE = Text("错误", "error")
DOUBTFUL = Text("提醒", "warning")


@lru_cache(maxsize=8)
def _lints_of(sha256: str, holder: "Holder") -> tuple[Lint, ...]:
    del sha256
    catalog = holder.catalog
    found: list[Found] = [
        *price_findings(catalog),
        *falling_findings(catalog),
        *condition_findings(catalog),
        *relief_findings(catalog),
        *department_findings(catalog),
        *revival_findings(catalog),
        *issuer_findings(catalog),
    ]
    told = dict.fromkeys(_told(each) for each in found)
    return tuple(sorted(told, key=lambda lint: (not lint.grave, lint.code, lint.place)))


@dataclass(frozen=True, slots=True)
class Holder:
    """A catalog that counts as equal to any other: its hash tells them apart."""

    catalog: Catalog

    def __eq__(self, other: object) -> bool:
        """Say that it is a holder."""
        return isinstance(other, Holder)

    def __hash__(self) -> int:
        """Give one hash for all."""
        return 0


def lints_of(catalog: Catalog) -> tuple[Lint, ...]:
    """Give every finding of a sealed edition, the grave ones first."""
    return _lints_of(catalog.edition.sha256, Holder(catalog))


@dataclass(frozen=True, slots=True)
class GatheredLint:
    """Equal findings told once: the first, all of them, and the reason they share."""

    lint: Lint
    each: tuple[Lint, ...]
    reason: str


def gather_lints(lints: Iterable[Lint], reasons: Mapping[str, str]) -> tuple[GatheredLint, ...]:
    """Put findings together that say the same and are accepted for the same reason, in their order."""
    alike: dict[tuple[object, ...], list[Lint]] = {}
    for lint in lints:
        reason = reasons.get(lint.key, "")
        said = (lint.code, lint.grave, lint.problem, lint.remedy, reason)
        alike.setdefault(said, []).append(lint)
    return tuple(GatheredLint(same[0], tuple(same), str(said[-1])) for said, same in alike.items())


def unsettled_of(lints: Iterable[Lint], reasons: Mapping[str, str]) -> tuple[Lint, ...]:
    """Give the findings that bar the way: grave ones, and others without a written reason."""
    return tuple(
        lint
        for lint in lints
        if lint.grave or len(reasons.get(lint.key, "").strip()) < REASON_LEAST
    )


def demand_settled(catalog: Catalog, reasons: Mapping[str, str]) -> None:
    """Let an edition pass of which every finding is settled. Raises EditionDoubtful."""
    refuse_unsettled(catalog, unsettled_of(lints_of(catalog), reasons))


def demand_no_grave(catalog: Catalog) -> None:
    """Let an edition pass that has no grave finding. Raises EditionDoubtful."""
    refuse_unsettled(catalog, [lint for lint in lints_of(catalog) if lint.grave])


def refuse_unsettled(catalog: Catalog, left: Sequence[Lint]) -> None:
    """Refuse an edition with findings left, naming the first. Raises EditionDoubtful."""
    if not left:
        return
    first, count = left[0], len(left)
    raise EditionDoubtful(
        Text(
            f"版本 {catalog.edition.id} 有 {count} 条检查意见未处理，如“{first.to('zh')}”。"
            "错误须改正；提醒须改正，或逐条写明接受的理由。",
            f"Edition {catalog.edition.id} has {count} findings to settle, such as "
            f"“{first.to('en')}”. Mend errors; mend a warning or write why it is accepted.",
        ),
        edition=catalog.edition.id,
        findings=[lint.key for lint in left],
    )


def _told(found: Found) -> Lint:
    """Fill the sentences of a finding."""
    told = LINT_TEXTS[found.code]
    zh = {k: w.zh if isinstance(w, Text) else w for k, w in found.words.items()}
    en = {k: w.en if isinstance(w, Text) else w for k, w in found.words.items()}
    return Lint(
        code=found.code,
        place=" + ".join(found.ids),
        grave=told.grave,
        problem=Text(told.problem.zh.format(**zh), told.problem.en.format(**en)),
        remedy=told.remedy,
    )
