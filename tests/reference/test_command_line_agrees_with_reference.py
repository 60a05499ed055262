"""``assess --json`` answers a file of requests as the reference does."""

import json
from random import Random

from click.testing import CliRunner

from feeledger.cli import root
from tests.reference.decimal_reference import answer
from tests.reference.edition_files import EDITION
from tests.reference.engine_side import disagreements
from tests.reference.reference_facts import RefusedFact

ASKED = 400
KEYS = {"item", "line", "outcome", "amount", "allowed_range", "needs", "documents", "steps"}


def written(edition, request, ref):
    """Write a request as one line of JSON; numbers stand as numbers, as they are written."""
    facts = ", ".join(
        f"{json.dumps(name)}: {value_written(edition, name, value)}"
        for name, value in request.facts.items()
    )
    asked = {"ref": ref, "on": request.on, "region": request.region}
    asked |= {"items": request.items, "lines": request.lines}
    return f'{json.dumps(asked)[:-1]}, "facts": {{{facts}}}}}'


def value_written(edition, name, value):
    return json.dumps(value) if edition["facts"][name]["type"] in ("bool", "enum") else value


def test_the_command_line_gives_what_the_reference_gives(tmp_path, edition, requests):
    random = Random("command line")
    every = [request for asked in requests.values() for request in asked]
    asked = random.sample(every, ASKED)
    file = tmp_path / "requests.jsonl"
    lines = [written(edition, request, str(n)) for n, request in enumerate(asked)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    arguments = ["assess", "--facts", str(file), "--catalog", str(EDITION), "--json"]
    result = CliRunner().invoke(root, arguments)

    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [given["ref"] for given in answers] == [str(n) for n in range(ASKED)]
    failures = []
    for request, given in zip(asked, answers, strict=True):
        assert all(set(line) >= KEYS for line in given.get("lines", ()))
        refused = {error["field"] for error in given.get("errors", ())}
        failures += [f"{x} | {request}" for x in disagreements(edition, request, refused or given)]
    assert not failures, "\n".join(failures[:20])
    assert result.exit_code == (1 if any(refuses(edition, request) for request in asked) else 0)


def refuses(edition, request):
    try:
        answer(edition, request)
    except RefusedFact:
        return True
    return False
