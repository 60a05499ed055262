"""Who may do what."""

import pytest

from feeledger.people.passwords import PasswordTooWeak, hash_of, password_fits
from feeledger.people.roles import (
    NotYourRight,
    Right,
    Role,
    SamePerson,
    different_person,
    may,
    require_right,
)

CHANGES = [r for r in Right if not r.value.startswith("see-")]


@pytest.mark.parametrize("right", CHANGES)
def test_an_auditor_only_reads(right):
    assert not may(Role.AUDITOR, right)


def test_a_clerk_prepares_and_never_decides_a_case():
    assert may(Role.CLERK, Right.ISSUE_NOTICE)
    assert not may(Role.CLERK, Right.DECIDE_CASE)


def test_a_department_never_sees_who_reported_it_as_rule_r_s3_asks():
    assert not may(Role.DEPARTMENT, Right.SEE_REPORTERS)


def test_every_right_is_held_by_some_role():
    assert [r for r in Right if not any(may(role, r) for role in Role)] == []


def test_a_refusal_names_who_may():
    with pytest.raises(NotYourRight) as refusal:
        require_right(Role.AUDITOR, Right.DECIDE_CASE)

    assert "财政复核" in refusal.value.detail.zh
    assert "bureau reviewer" in refusal.value.detail.en


def test_one_person_cannot_be_two():
    different_person("wang.li", "zhao.min")
    with pytest.raises(SamePerson):
        different_person("wang.li", "wang.li")


@pytest.mark.parametrize(
    "password", ["short", "aaaaaaaaaaaaaaaa", "wang.li-2026-secret", "x" * 201]
)
def test_a_weak_password_is_refused(password):
    with pytest.raises(PasswordTooWeak):
        hash_of(password, login="wang.li")


def test_a_password_fits_its_own_hash_only():
    stored = hash_of("correct horse battery", login="wang.li")

    assert password_fits(stored, "correct horse battery")
    assert not password_fits(stored, "correct horse batter")
    assert not password_fits(None, "correct horse battery")
