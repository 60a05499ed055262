"""``feeledger catalog`` check, show, diff and publish, as people call them."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from feeledger.commands.catalog import catalog

EDITION = Path(__file__).parents[2] / "catalogs" / "hebei" / "compiled-2026-11-24"


@pytest.fixture
def run():
    def call(*arguments, **environ):
        return CliRunner().invoke(catalog, [str(argument) for argument in arguments], env=environ)

    return call


@pytest.fixture
def damaged(tmp_path):
    """A copy of the edition with a float price and an unknown source."""
    folder = tmp_path / "damaged"
    shutil.copytree(EDITION, folder)
    vehicles = folder / "vehicles.yaml"
    text = vehicles.read_text(encoding="utf-8")
    text = text.replace('amount: "100"', "amount: 100.0", 1)
    vehicles.write_text(text.replace("[chengan-2021]", "[chengan-2020]", 1), encoding="utf-8")
    return folder


def test_check_counts_a_sound_edition_and_its_unseen_bases(run):
    done = run("check", EDITION, "--json", "--lang", "en")

    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert told["sound"]
    assert told["faults"] == []
    assert {"items": 82, "lines": 237, "reliefs": 39, "events": 50}.items() <= told[
        "counts"
    ].items()
    assert told["counts"]["unseen_bases_reliefs"] == 5
    assert told["counts"]["examples"] >= 239


def test_check_in_words_names_the_edition(run):
    done = run("check", EDITION, "--lang", "zh")

    assert done.exit_code == 0
    assert "compiled-2026-11-24" in done.stdout
    assert "项目 82，收费线 237，减免 39，事件 50" in done.stdout


def test_check_tells_every_fault_with_file_and_line(run, damaged):
    done = run("check", damaged, "--lang", "en")

    assert done.exit_code == 1
    assert "vehicles.yaml:31: items[0].lines[0].rate.amount: the number 100.0 is not quoted" in (
        done.stdout
    )
    assert "no source chengan-2020" in done.stdout
    assert "2 faults." in done.stdout


def test_check_as_json_tells_each_fault_in_full(run, damaged):
    told = json.loads(run("check", damaged, "--json", "--lang", "zh").stdout)

    assert not told["sound"]
    assert told["edition"] is None
    assert [fault["code"] for fault in told["faults"]] == ["number-unquoted", "source-unknown"]
    assert set(told["faults"][0]) == {
        "code",
        "file",
        "line",
        "path",
        "value",
        "problem",
        "remedy",
    }


def test_check_runs_the_worked_examples(run, tmp_path):
    folder = tmp_path / "copied"
    shutil.copytree(EDITION, folder)
    path = folder / "examples" / "vehicles.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('"300.00"', '"301.00"', 1), "utf-8")

    done = run("check", folder, "--lang", "en")

    assert done.exit_code == 1
    assert "the example differs: wanted due 301.00, got due 300.00" in done.stdout


def test_check_of_a_folder_that_is_not_there_says_so(run, tmp_path):
    done = run("check", tmp_path / "nowhere", "--lang", "en")

    assert done.exit_code == 1
    assert "does not exist" in done.stdout


def test_show_tells_prices_documents_and_reliefs_of_a_day(run):
    done = run("show", "残保金", "--on", "2026-06-30", "--lang", "zh")

    assert done.exit_code == 0
    assert "残疾人就业保障金  [disabled-employment · X0025]" in done.stdout
    assert "据公开文本汇编，不是官方公布" in done.stdout
    assert "disabled-employment.cap2" in done.stdout
    assert "disabled-employment.cap3@2017" not in done.stdout
    assert "财政部公告2023年第8号" in done.stdout


def test_show_says_that_an_item_has_ended(run):
    done = run("show", "termite-control", "--on", "2020-01-01", "--lang", "en")

    assert "Ended on 2017-04-01: it may not be charged." in done.stdout


def test_show_as_json_names_the_lines_in_force(run):
    told = json.loads(run("show", "vehicle-certificate", "--on", "2017-06-30", "--json").stdout)

    assert "vehicle-certificate.licence@-2017" in told["in_force"]
    assert "vehicle-certificate.licence" not in told["in_force"]
    assert told["catalog"]["kind"] == "compilation"
    assert told["item"]["wire_code"] == "X0002"


def test_show_of_an_unknown_item_tells_the_nearest(run):
    done = run("show", "idle-lnad", "--lang", "en")

    assert done.exit_code == 1
    assert "idle-land" in done.stderr


def test_diff_tells_a_changed_price(run, tmp_path):
    folder = tmp_path / "next"
    shutil.copytree(EDITION, folder)
    path = folder / "vehicles.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('amount: "15"', 'amount: "16"', 1), "utf-8"
    )

    words, data = (
        run("diff", EDITION, folder, "--lang", "en"),
        run("diff", EDITION, folder, "--json"),
    )

    assert words.stdout.splitlines() == [
        "vehicle-certificate: Vehicle licence (until June 2017): rate · amount 15 → 16",
        "1 change.",
    ]
    assert [change["new"] for change in json.loads(data.stdout)["changes"]] == ["16"]


def test_diff_refuses_a_damaged_edition(run, damaged):
    done = run("diff", EDITION, damaged, "--lang", "en")

    assert done.exit_code == 1
    assert "vehicles.yaml:31" in done.stderr


def test_publishing_twice_changes_nothing_and_another_content_is_refused(run, sqlite_url, tmp_path):
    environ = {"FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": sqlite_url}
    other = tmp_path / "other"
    shutil.copytree(EDITION, other)
    path = other / "vehicles.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('amount: "15"', 'amount: "16"', 1), "utf-8"
    )

    first = run("publish", EDITION, "--by", "甲", "--json", **environ)
    again = run("publish", EDITION, "--by", "甲", "--json", **environ)
    refused = run("publish", other, "--by", "甲", "--lang", "en", **environ)
    text = (other / "edition.yaml").read_text(encoding="utf-8")
    text = text.replace("id: compiled-2026-11-24", "id: earlier")
    text = text.replace('compiled_on: "2026-11-24"', 'compiled_on: "2026-11-20"')
    (other / "edition.yaml").write_text(text, "utf-8")
    path.write_text((EDITION / "vehicles.yaml").read_text(encoding="utf-8"), "utf-8")
    earlier = run("publish", other, "--by", "甲", "--lang", "en", **environ)
    # Dated earlier than the one that answers: nobody is to believe that it does now.
    assert "The edition in use is still compiled-2026-11-24" in earlier.stdout

    assert [json.loads(done.stdout)["published"] for done in (first, again)] == [True, False]
    assert (first.exit_code, again.exit_code, refused.exit_code) == (0, 0, 1)
    assert "A published edition never changes" in refused.stderr


def test_a_damaged_edition_is_not_published(run, sqlite_url, damaged):
    environ = {"FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": sqlite_url}

    done = run("publish", damaged, "--lang", "en", **environ)

    assert done.exit_code == 1
    assert "not quoted" in done.stderr


@pytest.mark.parametrize("name", ["check", "show", "diff", "publish"])
def test_every_command_shows_an_example(name, run):
    done = run(name, "--help")

    assert done.exit_code == 0
    assert "Example: python -m feeledger catalog" in done.stdout
