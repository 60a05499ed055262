"""Problem documents: the same shape everywhere, in the caller's language."""

from decimal import Decimal

import pytest

from feeledger.api.refusals import BadJson, JsonNeeded, MessageRefused
from feeledger.errors import Conflict, Fault, FileRefused, Invalid, Missing, Refused, Text
from feeledger.problems import problem_of, problem_of_our_own, status_of

DETAIL = Text("应缴 80.00，实缴 81.00", "Due 80.00, paid 81.00")


class SumDiffers(Conflict):
    code = "sum-differs"
    title = Text("金额不符", "The sum differs")
    result = "12004"


def document(error, language="zh"):
    return problem_of(error, language=language, instance="/api/v1/x", request_id="r-1")


@pytest.mark.parametrize(
    ("kind", "status"), [(Missing, 404), (Conflict, 409), (Invalid, 422), (Refused, 403)]
)
def test_the_kind_of_an_error_decides_its_status(kind, status):
    assert status_of(kind(DETAIL)) == status
    assert document(kind(DETAIL))["status"] == status


def test_a_refusal_of_the_door_carries_its_own_status():
    assert status_of(BadJson(DETAIL)) == 400
    assert status_of(JsonNeeded) == 415


def test_a_problem_has_every_member_and_the_result_for_a_bank():
    error = SumDiffers(DETAIL, due="80.00", lines=("a", "b"), share=Decimal("0.5"))

    assert document(error) == {
        "type": "/api/v1/problems/sum-differs",
        "title": "金额不符",
        "status": 409,
        "detail": "应缴 80.00，实缴 81.00",
        "instance": "/api/v1/x",
        "code": "sum-differs",
        "facts": {"due": "80.00", "lines": ["a", "b"], "share": "0.5"},
        "request_id": "r-1",
        "result": "12004",
    }


def test_the_caller_chooses_the_language():
    english = document(SumDiffers(DETAIL), "en")

    assert (english["title"], english["detail"]) == ("The sum differs", "Due 80.00, paid 81.00")


def test_several_faults_are_listed_with_their_places():
    refused = MessageRefused((("/amount", Text("缺少此项", "is missing")),))
    fault = Fault("odd", "a.yaml", 3, "items.x", "1", Text("错", "wrong"), Text("改", "mend it"))

    assert document(refused, "en")["errors"] == [{"pointer": "/amount", "detail": "is missing"}]
    assert document(FileRefused((fault,)))["errors"] == [
        {
            "code": "odd",
            "file": "a.yaml",
            "line": 3,
            "path": "items.x",
            "detail": "a.yaml:3: items.x：错；改",
        }
    ]


def test_a_mistake_of_ours_tells_nothing_but_the_request_id():
    told = problem_of_our_own(language="en", instance="/api/v1/x", request_id="r-2")

    assert told["status"] == 500
    assert told["request_id"] == "r-2"
    assert told["facts"] == {}
