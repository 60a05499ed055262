"""What an attack on the command line from outside found wrong, held right."""

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from feeledger.cli import COMMANDS, root
from feeledger.settings import DEFAULT_CATALOG

FUND = ["--item", "reservoir-local", "--json", "--lang", "en"]
DATED = ["--on", "2024-05-01", *FUND]


def asked(text, options):
    data = text if isinstance(text, bytes) else text.encode()
    return CliRunner().invoke(root, ["assess", "--facts", "-", *options], input=data)


def refs(result):
    return [json.loads(line)["ref"] for line in result.stdout.splitlines()]


def first_errors(result):
    told = [json.loads(line) for line in result.stdout.splitlines()]
    return [each["errors"][0]["detail"] if "errors" in each else "" for each in told]


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ('{"ref": "a", "facts": {"x": 1, "x": 2}}', "a"),
        ('{"facts": {"electricity_kwh": NaN}, "ref": 7}', 7),
        ('{"ref": "a", "ref": "b", "facts": {}}', None),
        ('{"ref": 13030014000000000019, "facts": {}}', 13030014000000000019),
        ('{"ref": "a", "facts": ' + '{"b":' * 100000, None),
    ],
    ids=["duplicate key", "NaN", "two references", "long number", "too deep"],
)
def test_a_reference_is_echoed_wherever_it_can_be_told(text, ref):
    assert refs(asked(text, DATED)) == [ref]


def test_bytes_that_are_no_utf_8_are_refused_and_the_run_goes_on():
    text = '{"ref": "河北", "facts": {}}\n'.encode("gb18030") + b'{"ref": 2, "facts": {}}\n'

    result = asked(text, DATED)

    assert result.exit_code == 1
    assert refs(result)[1] == 2
    assert "line 1 is not UTF-8" in first_errors(result)[0]


def test_a_first_line_cut_off_does_not_swallow_the_rest():
    text = '{"ref": 1, "facts": {"electr\n{"ref": 2, "facts": {}}\n{"ref": 3, "facts":\n'

    result = asked(text, DATED)

    assert refs(result) == [None, 2, None]
    assert "at line 3," in first_errors(result)[2]


def test_an_object_that_closes_on_its_second_line_is_one_request():
    assert refs(asked('{"ref": 1, "facts": {}\n}\n', DATED)) == [1]


@pytest.mark.parametrize("dated", [0, 1, 2])
def test_a_request_without_a_date_is_refused_wherever_it_stands(dated):
    requests = [{"ref": n, "facts": {}} for n in range(3)]
    requests[dated]["on"] = "2024-05-01"

    result = asked("\n".join(map(json.dumps, requests)), FUND)

    assert (refs(result), result.exit_code) == ([0, 1, 2], 1)
    assert [bool(each) for each in first_errors(result)] == [n != dated for n in range(3)]


def test_lists_and_objects_are_shown_as_they_were_written():
    [detail] = first_errors(asked('[{"a": [1.50, null]}]', DATED))

    assert '[{"a": ["1.50", null]}]' in detail


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_keeps_its_lines(name):
    assert "\\b" not in CliRunner().invoke(root, [name, "--help"]).stdout


def test_a_checked_value_with_a_line_separator_is_answered_on_one_line():
    arguments = ["check", "uscc", "--json", "--", "9113\u20280184\x85"]

    [line] = CliRunner().invoke(root, arguments).stdout.splitlines()

    assert json.loads(line)["input"] == "9113\u20280184\x85"


@pytest.fixture
def edition(tmp_path):
    folder = tmp_path / "edition"
    shutil.copytree(DEFAULT_CATALOG, folder)
    return folder


def damage(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text.count("\n", 0, text.index(old)) + 1


def told_places(edition):
    result = CliRunner().invoke(root, ["catalog", "check", str(edition), "--json"])
    assert result.exit_code == 1
    return [(each["file"], each["line"]) for each in json.loads(result.stdout)["faults"]]


def test_faults_of_examples_are_told_beside_those_of_the_edition(edition):
    examples = edition / "examples" / "vehicles.yaml"
    price = damage(edition / "vehicles.yaml", 'amount: "100"', "amount: 100.5")
    fact = damage(examples, "plates_car_plain:", "plates_car_plane:")
    outcome = damage(examples, 'outcome: "due"', 'outcome: "dew"')

    assert told_places(edition) == [
        ("vehicles.yaml", price),
        ("examples/vehicles.yaml", outcome),
        ("examples/vehicles.yaml", fact),
    ]


@pytest.mark.parametrize("file", ["vehicles.yaml", "facts.yaml"])
def test_examples_are_not_blamed_for_what_the_edition_leaves_unknown(edition, file):
    with (edition / file).open("a", encoding="utf-8") as stream:
        stream.write("x: [\n")

    assert {told for told, _ in told_places(edition)} == {file}


def loop(path):
    path.symlink_to(path.name)


@pytest.mark.parametrize("name", ["land.yaml", "examples/land.yaml", "facts.yaml"])
@pytest.mark.parametrize("made", [loop, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_told_once_and_never_waited_for(edition, name, made):
    (edition / name).unlink()
    made(edition / name)

    assert (name, 1) in told_places(edition)
    assert {told for told, _ in told_places(edition)} <= {name, "examples"}


def test_an_examples_folder_that_is_none_is_told(edition):
    shutil.rmtree(edition / "examples")
    (edition / "examples").touch()

    assert told_places(edition) == [("examples", 1)]


@pytest.mark.parametrize("name", ["two\nlines.yaml", "\udcff.yaml", "a\u202eb.yaml"])
def test_a_name_that_cannot_be_printed_is_told_in_escapes(edition, name):
    shutil.copy(edition / "land.yaml", edition / name)

    assert told_places(edition) == [(ascii(name)[1:-1], 1)]


def test_a_folder_that_may_not_be_listed_is_told(edition, monkeypatch):
    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", denied)

    assert (str(edition), 1) in told_places(edition)
