"""Every page that opens an account or a Project to somebody else, asked by a session whose last proof is old."""

from __future__ import annotations

from time import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from accounts.models import User
from accounts.sessions import proofs
from tests import factory
from tests.config import access
from tests.config.everything import ADMIN, OWNER, Everything
from tests.config.test_access import address, ask, rows, walked

pytestmark = [pytest.mark.django_db, pytest.mark.security]

MINUTE = 60
CONFIRM = reverse("account_reauthenticate")


def client_of(world: Everything, who: str, *, minutes: float) -> Client:
    """Return a browser in which somebody proved who they are some minutes ago."""
    client = world.client(who)
    session = client.session
    session[proofs.PROVED_AT] = time() - minutes * MINUTE
    session.save()
    return client


def is_asked(answer: Any) -> bool:
    return answer.status_code == 302 and answer["Location"].startswith(f"{CONFIRM}?next=")


def test_every_page_that_asks_is_in_the_table_and_no_other() -> None:
    marked = {name for name, view in _views(get_resolver().url_patterns) if hasattr(view, proofs.ASKS)}

    assert marked == access.PROVED
    assert access.OURS.keys() >= access.PROVED
    assert access.PROVED_AT_ACCOUNT <= access.ACCOUNT


def _views(patterns: Any) -> Any:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _views(pattern.url_patterns)
        else:
            yield pattern.name, pattern.callback


def test_an_old_proof_changes_nothing_in_a_project(world: Everything) -> None:
    client, before = client_of(world, OWNER, minutes=11), rows()

    answers = {name: client.post(address(name, world), access.OURS[name].sent(world)) for name in access.PROVED}

    assert [name for name, answer in answers.items() if not is_asked(answer)] == []
    assert rows() == before


def test_a_recent_proof_is_not_asked_for_again(world: Everything) -> None:
    client, asked = client_of(world, OWNER, minutes=9), []

    for name in access.PROVED:
        done = ask(client, "POST", address(name, world), access.OURS[name].sent(world))
        if is_asked(done.response) or not done.changed:
            asked.append(name)

    assert asked == []


@pytest.mark.parametrize("who", [OWNER, ADMIN])
def test_an_old_proof_changes_nothing_in_an_account(world: Everything, who: str) -> None:
    person = world.people[who]
    client, before = client_of(world, who, minutes=11), rows()
    sent = {"email": "thief@example.com", "action_add": "", "action_remove": "", "password1": "x", "account": "1"}

    wrong = []
    for name, path in walked(get_resolver().url_patterns):
        if name in access.PROVED_AT_ACCOUNT:
            where = reverse(name, args=[1] if "<int" in path else [])
            answer = client.get(where) if "view_rec" in name or "download" in name else client.post(where, sent)
            wrong += [] if is_asked(answer) else [f"{name}: {answer.status_code}"]

    assert wrong == []
    assert rows() == before
    assert list(EmailAddress.objects.filter(user=person).values_list("email", flat=True)) == [person.email]


def test_every_change_in_the_admin_asks(world: Everything) -> None:
    client, before, wrong = client_of(world, ADMIN, minutes=11), rows(), []

    for model in apps.get_models():
        label = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for verb, args in (("changelist", []), ("add", []), ("change", ["1"]), ("delete", ["1"])):
            try:
                where = reverse(f"{label}_{verb}", args=args)
            except NoReverseMatch:
                continue
            if not is_asked(client.post(where, {"role": "admin", "is_superuser": "on"})):
                wrong.append(where)

    assert wrong == []
    assert rows() == before


def test_an_operator_goes_on_in_the_admin_after_the_password(world: Everything) -> None:
    client, user = client_of(world, ADMIN, minutes=11), world.people[OWNER]
    where = reverse("admin:accounts_user_change", args=[user.pk]) + "?_changelist_filters=role%3Dadmin"
    form = client.get(where).context["adminform"].form
    sent = {name: value for name in form.fields if (value := form[name].value()) not in (None, False, "")}
    sent = {name: value for name, value in sent.items() if isinstance(value, str)} | {"role": "auditor"}
    sent |= {"date_joined_0": "2026-01-01", "date_joined_1": "10:00:00", "is_active": "on"}

    asked = client.post(where, {**sent, "email": "no address"})
    there = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    client.post(CONFIRM, {"password": factory.PASSWORD, "next": there})
    refused = client.get(there)
    answer = client.post(there, sent)

    assert is_asked(asked)
    assert "Enter a valid email address" in str(refused.context["errors"])
    assert answer.status_code == 302, answer.context["errors"]
    assert User.objects.get(pk=user.pk).role == "auditor"
