"""The catalog format is documented: every fault code and every key that the reader knows."""

import re
from pathlib import Path

from feeledger.catalog.changewords import LABELS
from feeledger.catalog.faulttexts import FAULT_TEXTS
from feeledger.catalog.items import ENDING_EVENTS
from feeledger.catalog.lint_texts import LINT_TEXTS
from feeledger.catalog.reader_items import PERIODS, STATUSES
from feeledger.catalog.reader_rates import READERS
from feeledger.catalog.reader_reliefs import EVENT_KINDS
from feeledger.catalog.showing import COLLECTORS
from feeledger.catalog.showing import STATUSES as STATUS_NAMES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "catalog-format.md").read_text(encoding="utf-8")
KEY = re.compile(r"\.(?:need|maybe|get|has)\(\"([a-z_]+)\"\)")


def test_every_fault_code_is_documented_and_no_other():
    documented = set(re.findall(r"^\| `([a-z0-9-]+)` \| .*。", TEXT, re.MULTILINE))

    assert documented == set(FAULT_TEXTS)


def test_every_finding_of_a_review_is_documented_with_its_gravity_and_no_other():
    documented = dict(re.findall(r"^- `([a-z-]+)` (错误|提醒) ", TEXT, re.MULTILINE))

    told = {code: "错误" if each.grave else "提醒" for code, each in LINT_TEXTS.items()}
    assert documented == told


def test_every_key_the_reader_asks_for_is_documented():
    files = [*ROOT.glob("feeledger/catalog/reader*.py")]
    files += [ROOT / "feeledger/catalog" / name for name in ("examples.py", "acceptances.py")]
    asked = {key for path in files for key in KEY.findall(path.read_text(encoding="utf-8"))}

    assert asked
    assert sorted(key for key in asked if not re.search(rf"\b{key}\b", TEXT)) == []


def test_every_form_status_period_and_event_is_documented():
    words = {*READERS, *STATUSES, *PERIODS, *EVENT_KINDS, *COLLECTORS}

    assert sorted(word for word in words if f"`{word}`" not in TEXT) == []


def test_every_event_and_status_has_a_name_in_both_languages():
    assert set(EVENT_KINDS) <= set(LABELS)
    assert set(STATUSES) == set(STATUS_NAMES)
    assert set(EVENT_KINDS) >= ENDING_EVENTS


def test_every_sentence_of_a_fault_can_be_filled_in_both_languages():
    holes = re.compile(r"(?<!\{)\{([a-z_]+)\}(?!\})")
    for code, sentences in FAULT_TEXTS.items():
        for sentence in sentences:
            assert sentence.zh, code
            assert sentence.en, code
            assert set(holes.findall(sentence.zh)) == set(holes.findall(sentence.en)), code
