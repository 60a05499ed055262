"""What each role may open and do in the console, and what it is refused."""

import pytest

from feeledger.doors import SESSION_COOKIE
from tests.builders import USCC
from tests.web.conftest import settings_of
from tests.web.desk import Desk, copy_of

SEEING = [
    "/console",
    "/console/enterprises",
    f"/console/enterprises/{USCC}",
    "/console/notices",
    "/console/notices/reliefs",
    "/console/payments",
    "/console/payments/rejections",
    "/console/payments/claims",
    "/console/payments/unmatched",
    "/console/payments/unmatched/ageing",
    "/console/payments/refused-arrivals",
    "/console/refunds",
    "/console/settlements",
    "/console/month",
    "/console/shares",
    "/console/shares/undetermined",
    "/console/ledger",
    "/console/ledger/entries",
    "/console/ledger/verify",
    "/console/reconciliation",
    "/console/reconciliation/days/2026-11-24",
    "/console/differences",
    "/console/cases",
    "/console/departments",
    "/console/departments/130184-WATER",
    "/console/facts",
    "/console/facts/disputes",
    "/console/facts/due",
    "/console/subscriptions",
    "/console/trail",
    "/console/projects",
    "/console/quotas",
    "/console/quotas/coverage",
    "/console/quotas/work",
]
# path of the form, who may open it
FORMS = {
    "/console/enterprises/register": {"clerk"},
    f"/console/enterprises/{USCC}/facts": {"clerk"},
    f"/console/enterprises/{USCC}/acts": {"clerk"},
    "/console/projects/new": {"clerk"},
    "/console/notices/new": {"clerk", "water"},
    "/console/payments/claims/new": {"clerk"},
    "/console/reports/new": {"clerk", "watch"},
    "/console/reports": {"clerk", "reviewer"},
}
OF_THE_DEPARTMENT = {
    "/console/facts",
    "/console",
    "/console/notices",
    "/console/refunds",
    "/console/notices/reliefs",
    "/console/cases",
    "/console/departments",
    "/console/departments/130184-WATER",
}
# what is sent where, and who may
ACTS = {
    f"/console/enterprises/{USCC}/lookup-code": {"clerk"},
    "/console/notices/{unpaid}/void": {"clerk", "reviewer"},
    "/console/notices/{unpaid}/relief": {"clerk", "water"},
    "/console/notices/reliefs/1/approve": {"reviewer"},
    "/console/notices/reliefs/1/refuse": {"reviewer"},
    "/console/subscriptions": {"clerk"},
    "/console/payments/claims/1/audit": {"reviewer"},
    "/console/payments/claims/1/reject": {"reviewer"},
    "/console/payments/claims/1/book": {"clerk"},
    "/console/payments/claims/1/withdraw": {"clerk"},
    "/console/reconciliation": {"clerk"},
    "/console/reconciliation/days/2026-11-23": {"reviewer"},
    "/console/quotas/drafts": {"clerk"},
    "/console/quotas/audits": {"reviewer"},
    "/console/cases/{case}/decision": {"reviewer", "watch"},
    "/console/cases/{case}/publication": {"reviewer", "watch"},
    "/console/cases/{case}/department": {"water"},
}
ROLES = ["clerk", "reviewer", "watch", "water", "audit"]


@pytest.fixture(scope="module")
def signed_file(desk_file, tmp_path_factory):
    """The filled database, an officer of every role signed in, and the cookies of their sessions."""
    path, world = desk_file
    target = copy_of(path, tmp_path_factory.mktemp("signed"))
    desk = Desk(target, world, settings_of(f"sqlite:///{target}"))
    cookies = {role: desk.as_(role).client.get_cookie(SESSION_COOKIE).value for role in ROLES}
    desk.store.close()
    return target, world, cookies


@pytest.fixture
def signed(signed_file, tmp_path):
    """The console, freshly filled, whose officers signed in a moment ago."""
    path, world, cookies = signed_file
    target = copy_of(path, tmp_path)
    made = SignedDesk(target, world, settings_of(f"sqlite:///{target}"))
    made.cookies = cookies
    yield made
    made.store.close()


class SignedDesk(Desk):
    """A desk that hands its officers the sessions they have."""

    cookies = None

    def as_(self, login):
        visitor = self.visitor()
        visitor.client.set_cookie(SESSION_COOKIE, self.cookies[login])
        return visitor


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_what_its_rights_name_and_nothing_more(signed, role):
    visitor = signed.as_(role)
    for path in SEEING:
        allowed = role != "water" or path in OF_THE_DEPARTMENT
        assert visitor.get(path).status_code == (200 if allowed else 403), path


@pytest.mark.parametrize("path", FORMS)
def test_a_form_is_open_to_those_alone_who_may_send_it(signed, path):
    opened = {role for role in ROLES if signed.as_(role).get(path).status_code == 200}

    assert opened == FORMS[path]


@pytest.mark.parametrize("path", ACTS)
def test_an_act_is_refused_to_every_other_role(signed, path):
    address = path.format(**vars(signed.world)) if "{" in path else path
    refused = {
        role
        for role in ROLES
        if signed.as_(role).send(address, {}, page="/console").status_code == 403
    }

    assert refused == set(ROLES) - ACTS[path]


def test_a_refusal_says_who_may(signed):
    answer = signed.as_("audit").get("/en/console/notices/new")

    assert answer.status_code == 403
    assert "ask a bureau clerk or department officer" in answer.text


def test_the_pages_offer_an_auditor_no_act_at_all(signed):
    visitor = signed.as_("audit")
    for path in [
        *SEEING,
        f"/console/notices/{signed.world.unpaid}",
        f"/console/cases/{signed.world.case}",
    ]:
        text = visitor.text(path)
        forms = text.split("<form")[1:]
        acts = [form for form in forms if 'method="post"' in form.split(">")[0]]
        addresses = [form.split('action="')[1].split('"')[0] for form in acts]
        assert set(addresses) <= {"/display", "/sign-out"}, path


def test_an_officer_of_another_region_sees_nothing_of_this_one(desk):
    from feeledger.people.actions import Appointment, appoint_officer
    from feeledger.people.roles import Role
    from tests.builders import NOW, OTHER_REGION
    from tests.web.desk import PASSWORD

    with desk.store.write() as session:
        there = Appointment("elsewhere", "外县经办", Role.CLERK, OTHER_REGION)
        appoint_officer(session, there, PASSWORD, by="tests", now=NOW)
    visitor = desk.as_("elsewhere")

    assert visitor.get(f"/console/notices/{desk.world.unpaid}").status_code == 404
    assert visitor.get(f"/console/payments/{desk.world.payment}").status_code == 404
    assert visitor.get(f"/console/cases/{desk.world.case}").status_code == 404
    assert "演示商行" not in visitor.text("/console/notices")
    assert "演示商行" not in visitor.text("/console/enterprises")


@pytest.mark.parametrize("number", ["9223372036854775808", "9" * 40, "x", "-1"])
@pytest.mark.parametrize(
    "path", ["notices", "payments", "cases", "differences", "reconciliation/batches"]
)
def test_a_number_that_no_record_can_have_is_not_found(signed, path, number):
    assert signed.as_("audit").get(f"/console/{path}/{number}").status_code == 404
