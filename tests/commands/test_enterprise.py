"""An enterprise's standing from the command line: entered, refused, told to programs."""

import json

from click.testing import CliRunner

from feeledger.cli import root
from tests.builders import USCC, a_place, an_edition, an_enterprise

TOLD = ("--day", "2026-11-20", "--document", "准予注销〔2026〕7号", "--reason", "核准注销")


def test_an_enterprise_is_closed_and_restored_from_the_command_line(store, sqlite_url):
    with store.write() as session:
        a_place(session)
        an_enterprise(session)
        an_edition(session)
    env = {"FEELEDGER_MODE": "test", "FEELEDGER_DATABASE_URL": sqlite_url}

    def run(*words):
        return CliRunner().invoke(root, ["enterprise", *words], env=env)

    closed = run("close", USCC.lower(), *TOLD, "--by", "clerk-1", "--json")
    assert closed.exit_code == 0, closed.output
    told = json.loads(closed.stdout)
    assert (told["uscc"], told["standing"], told["reassessment_due"]) == (USCC, "closed", False)
    again = run("close", USCC, *TOLD, "--lang", "en")
    assert (again.exit_code, "cannot become closed" in again.stderr) == (1, True)
    assert run("revoke", USCC, "--day", "2026-11-20").exit_code == 2
    assert run("close", "91130184MA0CQ3T5XX", *TOLD).exit_code == 1  # no such enterprise
    back = ("--day", "2026-11-21", "--document", "撤销注销决定书", "--reason", "冒名注销")
    restored = run("restore", USCC, *back, "--lang", "zh")
    assert restored.exit_code == 0
    shown = run("show", USCC, "--lang", "zh").stdout.splitlines()
    assert (shown[0].split()[-1], len(shown)) == ("已恢复", 3)
    assert "准予注销〔2026〕7号" in shown[1]
