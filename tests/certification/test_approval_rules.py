"""A rule of two signatures is weakened by a lead reviewer only, with a reason that the event keeps."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Event, User
from accounts.roles import Role
from certification.models import ApprovalRule
from connectors.choices import IntegrationType

pytestmark = [pytest.mark.django_db, pytest.mark.security]

WEAKER = [
    {"active": ""},
    {"share": "50"},
    {"kind": "first"},
    {"integration_type": IntegrationType.values[0]},
    {"breaking_only": "on"},
]
STRONGER = [{"share": "90"}, {"name": "Renamed"}]


@pytest.fixture
def rule() -> ApprovalRule:
    """A rule that every round needs two signatures for."""
    return ApprovalRule.objects.create(name="Everything", share=80)


def root(client: Client, role: str) -> Client:
    user = User.objects.create_superuser(f"{role or 'no'}@portal.example", "x", role=role)
    client.force_login(user)
    return client


def save(client: Client, rule: ApprovalRule, **typed: str) -> None:
    sent = {"name": rule.name, "active": "on", "share": "80", "integration_type": "", "kind": "", **typed}
    client.post(reverse("admin:certification_approvalrule_change", args=[rule.pk]), sent)


def values(rule: ApprovalRule) -> dict[str, object]:
    row: dict[str, object] = ApprovalRule.objects.filter(pk=rule.pk).values().get()
    return row


@pytest.mark.parametrize("typed", WEAKER, ids=str)
@pytest.mark.parametrize(
    ("role", "reason", "done"),
    [
        (Role.LEAD_REVIEWER, "Too few reviewers this month.", True),
        (Role.LEAD_REVIEWER, "  ", False),
        (Role.ADMIN, "Because I can.", False),
        (Role.REVIEWER, "Because I can.", False),
    ],
)
def test_weakening_needs_a_lead_and_a_reason(
    client: Client, rule: ApprovalRule, typed: dict[str, str], role: str, reason: str, done: bool
) -> None:
    before = values(rule)

    save(root(client, role), rule, **typed, reason=reason)

    assert (values(rule) != before) == done
    kept = list(Event.objects.filter(name="admin:changed").values_list("details", flat=True))
    assert [one["reason"] for one in kept] == ([reason] if done else [])


@pytest.mark.parametrize("typed", STRONGER, ids=str)
def test_strengthening_and_renaming_need_neither(client: Client, rule: ApprovalRule, typed: dict[str, str]) -> None:
    before = values(rule)

    save(root(client, Role.ADMIN), rule, **typed)

    assert values(rule) != before


@pytest.mark.parametrize("role", [Role.LEAD_REVIEWER, Role.ADMIN])
def test_an_active_rule_is_not_deleted_one_by_one_or_together(client: Client, rule: ApprovalRule, role: str) -> None:
    browser = root(client, role)
    together = {"action": "delete_selected", "_selected_action": [rule.pk], "post": "yes"}

    browser.post(reverse("admin:certification_approvalrule_delete", args=[rule.pk]), {"post": "yes"})
    browser.post(reverse("admin:certification_approvalrule_changelist"), together)

    assert values(rule)["active"]


def test_a_rule_that_is_off_is_deleted(client: Client, rule: ApprovalRule) -> None:
    ApprovalRule.objects.update(active=False)

    root(client, Role.ADMIN).post(reverse("admin:certification_approvalrule_delete", args=[rule.pk]), {"post": "yes"})

    assert not ApprovalRule.objects.exists()
