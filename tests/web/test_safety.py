"""The headers on every answer: made once, an answer's own kept."""

import pytest

from feeledger.web.safety import HEADERS, SafetyHeaders


def headers_of(own, *, https_only=False):
    """Ask an application that sends these headers of its own."""
    sent = []

    def application(_environ, start_response):
        start_response("200 OK", own)
        return [b""]

    wrapped = SafetyHeaders(application, https_only=https_only)
    wrapped({}, lambda _status, headers, _error: sent.extend(headers))
    return sent


def test_an_answer_without_headers_gets_all_of_them():
    assert headers_of([]) == list(HEADERS)


def test_an_answers_own_header_is_kept_however_it_is_written():
    sent = headers_of([("cache-control", "max-age=60")])

    assert [value for name, value in sent if name.lower() == "cache-control"] == ["max-age=60"]
    assert len(sent) == len(HEADERS)


@pytest.mark.parametrize("https_only", [True, False])
def test_only_where_all_is_tls_are_browsers_told_to_come_by_tls_alone(https_only):
    names = [name for name, _ in headers_of([], https_only=https_only)]

    assert ("Strict-Transport-Security" in names) is https_only


def test_a_machines_answer_carries_them_too(client):
    answer = client.get("/api/v1/nothing-here")

    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_log_line_names_the_request_that_its_caller_was_told(client, capsys):
    answer = client.get("/api/v1/bank/notices/13018426000000000011")

    line = capsys.readouterr().err
    assert answer.status_code == 401
    assert f'"request_id": "{answer.headers["X-Request-Id"]}"' in line
    assert '"path": "/api/v1/bank/notices/13018426000000000011"' in line
