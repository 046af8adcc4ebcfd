"""Each change in the admin leaves one event with the old and the new values, whichever table and page it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import models
from django.forms import BaseModelForm
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts import actors
from accounts.models import Event, Membership, Project, User
from accounts.operators import traces
from certification.models import ApprovalRule, Criterion, Holiday, PreparedAnswer, SavedView, TimeLimit
from tests import factory

pytestmark = [pytest.mark.django_db, pytest.mark.security]

NAMES = {"admin:added", "admin:changed", "admin:deleted", "member:role-changed", "member:removed"}

ROWS: dict[type[models.Model], tuple[Callable[[], models.Model], str, Any]] = {
    User: (lambda: factory.user("other@example.com", name="Otto"), "name", "Somebody else"),
    Group: (lambda: Group.objects.create(name="Desk"), "name", "Operators"),
    Project: (factory.project, "name", "Renamed"),
    Membership: (
        lambda: Membership.objects.create(project=factory.project(), user=factory.user("m@example.com"), role="viewer"),
        "role",
        "developer",
    ),
    Criterion: (
        lambda: Criterion.objects.create(key="k", title="Old", group="g", text="t", checks=["x"], inputs=["y"]),
        "title",
        "New",
    ),
    PreparedAnswer: (lambda: PreparedAnswer.objects.create(title="Old", text="t"), "title", "New"),
    TimeLimit: (lambda: TimeLimit.objects.get_or_create(limits="first", business_days=5)[0], "business_days", 7),
    Holiday: (lambda: Holiday.objects.create(day=date(2031, 1, 1), name="Old"), "name", "New"),
    ApprovalRule: (lambda: ApprovalRule.objects.create(name="Old", active=False), "name", "New"),
    SavedView: (
        lambda: SavedView.objects.create(name="Old", user=factory.user("v@example.com"), query="view=mine"),
        "name",
        "New",
    ),
}
"""A row of each table that the admin changes, and what is changed."""


@pytest.fixture
def root(client: Client) -> Client:
    """Return a browser in which a superuser is signed in."""
    client.force_login(User.objects.create_superuser("root@portal.example", "x", name="Root"))
    return client


def place(what: str, row: models.Model) -> str:
    """Return the address of a page about a row."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{what}", args=[row.pk])


def form_of(answer: Any) -> dict[str, Any]:
    """Return what the form of a page sends when nobody touches it."""
    shown: BaseModelForm[Any] = answer.context["adminform"].form
    sent: dict[str, Any] = {}
    for bound in shown:
        value = bound.value()
        if hasattr(bound.field.widget, "widgets_names"):
            parts = bound.field.widget.decompress(value)
            sent |= {
                bound.html_name + end: part for end, part in zip(bound.field.widget.widgets_names, parts, strict=True)
            }
        elif value is True:
            sent[bound.html_name] = "on"
        elif value is not None and value is not False:
            sent[bound.html_name] = value
    for inline in answer.context["inline_admin_formsets"]:
        sent |= {f"{inline.formset.prefix}-{one}": 0 for one in ("TOTAL_FORMS", "INITIAL_FORMS")}
    return sent


def told(row: models.Model, key: Any) -> list[Event]:
    return list(Event.objects.filter(name__in=NAMES, subject_type=row._meta.model_name, subject_id=str(key)))


def test_the_table_of_rows_has_every_table_that_the_admin_changes() -> None:
    request = RequestFactory().get("/")
    request.user = User(is_active=True, is_staff=True, is_superuser=True)

    changed = {model for model, page in admin.site._registry.items() if page.has_change_permission(request)}
    deleted = {model for model, page in admin.site._registry.items() if page.has_delete_permission(request)}
    added = {model for model, page in admin.site._registry.items() if page.has_add_permission(request)}

    assert (changed, added) == (ROWS.keys(), ROWS.keys())
    assert deleted == {*ROWS, Authenticator}


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model._meta.label)
def test_a_change_and_a_deletion_each_leave_one_event_with_both_values(root: Client, model: Any) -> None:
    make, name, new = ROWS[model]
    row = make()
    key, old = row.pk, getattr(row, name)

    root.post(place("change", row), {**form_of(root.get(place("change", row))), name: new})
    changes = told(row, key) if model is not Membership else list(Event.objects.filter(name="member:role-changed"))
    root.post(place("delete", row), {"post": "yes"})

    (event,) = changes
    assert (event.actor_label, event.name) in {("Root", "admin:changed"), ("Root", "member:role-changed")}
    found = event.details.get("changes", {name: {"from": event.details.get("from"), "to": event.details.get("role")}})
    assert found == {name: {"from": old, "to": new}}
    assert not model._base_manager.filter(pk=key).exists()
    ends = [one for one in Event.objects.all() if one.name in {"admin:deleted", "member:removed"}]
    (end,) = [one for one in ends if one.subject_id == str(key) or one.name == "member:removed"]
    assert str(new) in str(end.details)


def test_nothing_is_recorded_of_a_form_that_changes_nothing_or_is_refused(root: Client) -> None:
    row = Holiday.objects.create(day=date(2031, 1, 1), name="Old")
    sent = form_of(root.get(place("change", row)))

    root.post(place("change", row), sent)
    root.post(place("change", row), {**sent, "name": ""})

    assert not told(row, row.pk)


def test_lists_actions_and_links_leave_events_too(root: Client) -> None:
    limits = [TimeLimit.objects.get_or_create(limits="first", defaults={"business_days": 5})[0]]
    edited = {f"form-{name}": value for name, value in (("TOTAL_FORMS", 1), ("INITIAL_FORMS", 1))}
    days = limits[0].business_days
    listed = reverse("admin:certification_timelimit_changelist")
    TimeLimit.objects.exclude(pk=limits[0].pk).delete()
    root.post(listed, {**edited, "form-0-id": limits[0].pk, "form-0-business_days": days + 1, "_save": "Save"})
    days_off = [Holiday.objects.create(day=date(2031, 1, n), name=f"Day {n}") for n in (1, 2)]
    action = {"action": "delete_selected", "_selected_action": [row.pk for row in days_off], "post": "yes"}
    root.post(reverse("admin:certification_holiday_changelist"), action)
    group, may = Group.objects.create(name="Desk"), Permission.objects.first()
    assert may
    root.post(place("change", group), {"name": "Desk", "permissions": [may.pk]})
    root.post(reverse("admin:certification_holiday_add"), {"day": "2031-02-01", "name": "New"})

    (limit,) = told(limits[0], limits[0].pk)
    assert limit.details["changes"] == {"business_days": {"from": days, "to": days + 1}}
    assert Event.objects.filter(name="admin:deleted", subject_type="holiday").count() == 2
    (linked,) = told(group, group.pk)
    assert linked.details["changes"] == {"permissions": {"from": [], "to": [str(may)]}}
    (added,) = Event.objects.filter(name="admin:added", subject_type="holiday")
    assert added.details["changes"]["name"] == {"from": None, "to": "New"}


def test_a_secret_is_named_without_its_value(root: Client) -> None:
    user = factory.user("other@example.com")
    row = Authenticator.objects.create(user=user, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})

    root.post(place("delete", row), {"post": "yes"})

    event = Event.objects.get(name="admin:deleted", subject_type="authenticator")
    assert event.details["changes"]["data"] == traces.NOT_SHOWN
    assert "JBSWY3DPEHPK3PXP" not in str(event.details)
    root.post(place("delete", user), {"post": "yes"})
    assert user.password not in str(list(Event.objects.values_list("details", flat=True)))


def test_change_and_event_are_kept_together_or_not_at_all(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Holiday.objects.create(day=date(2031, 1, 1), name="Old")
    sent = {**form_of(root.get(place("change", row))), "name": "New"}
    monkeypatch.setattr(traces.events, "record", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        root.post(place("change", row), sent)

    row.refresh_from_db()
    assert row.name == "Old"


def test_what_others_change_at_the_same_time_is_not_recorded() -> None:
    row = Holiday.objects.create(day=date(2031, 1, 1), name="Old")

    with traces.recording(by=actors.system("one")):
        pass
    row.name = "New"
    row.save()

    assert not told(row, row.pk)
