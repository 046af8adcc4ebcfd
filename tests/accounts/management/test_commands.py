from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts.models import ApiClient, Event, Project, User
from tests import factory

pytestmark = pytest.mark.django_db

REGION = "europe-west1.gcp"


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch | None = None, text: str = "") -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    if monkeypatch:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_project_is_made_with_its_event() -> None:
    run("createproject", "shop-1", "--region", REGION, "--name", "Shop")

    project = Project.objects.get()
    assert (project.key, project.name, project.region) == ("shop-1", "Shop", REGION)
    assert Event.objects.get(name="project:created").project_key == "shop-1"


@pytest.mark.parametrize(
    ("key", "region", "why"),
    [("a", REGION, "key"), ("no spaces", REGION, "key"), ("x" * 37, REGION, "key"), ("shop", "moon", "region")],
)
def test_a_project_that_cannot_be_is_refused(key: str, region: str, why: str) -> None:
    with pytest.raises(CommandError, match=f"^{why}: "):
        run("createproject", key, "--region", region)

    assert not Project.objects.exists()


def test_a_key_that_is_taken_is_refused() -> None:
    run("createproject", "shop", "--region", REGION)

    with pytest.raises(CommandError, match="shop already exists"):
        run("createproject", "shop", "--region", REGION)


def test_an_api_client_prints_one_json_object() -> None:
    run("createproject", "shop", "--region", REGION)

    out, _ = run("createapiclient", "--project", "shop")

    row = json.loads(out)
    assert set(row) == {"client_id", "client_secret", "scope"}
    assert row["scope"] == "manage_project:shop"
    assert ApiClient.objects.get().client_id == row["client_id"]


def test_scopes_may_be_given_in_every_form() -> None:
    run("createproject", "shop", "--region", REGION)

    for given in (
        ["--scope", "manage_connectors:shop", "view_connectors:shop"],
        ["--scope", "manage_connectors", "--scope", "view_connectors"],
        ["--scope", "manage_connectors view_connectors"],
    ):
        out, _ = run("createapiclient", "--project", "shop", *given)

        assert json.loads(out)["scope"] == "manage_connectors:shop view_connectors:shop"


@pytest.mark.parametrize("given", [["--project", "none"], ["--project", "shop", "--scope", "manage_project:other"]])
def test_a_client_that_cannot_be_is_refused(given: list[str]) -> None:
    run("createproject", "shop", "--region", REGION)

    with pytest.raises(CommandError):
        run("createapiclient", *given)

    assert not ApiClient.objects.exists()


def test_a_reviewer_can_sign_in_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    run("createreviewer", "Rita@Example.com", monkeypatch=monkeypatch, text="correct horse battery\n")

    user = User.objects.get()
    assert (user.email, user.role) == ("rita@example.com", "reviewer")
    assert authenticate(username="rita@example.com", password="correct horse battery") == user
    assert EmailAddress.objects.get(user=user).verified


@pytest.mark.parametrize("email", ["root@example.com", "Root@Example.com"])
def test_a_superuser_signs_in_without_a_mail_server(monkeypatch: pytest.MonkeyPatch, email: str) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse battery")
    arguments: Any = ("createsuperuser", "--noinput", "--email", email)

    run(*arguments)

    user = User.objects.get()
    assert factory.signs_in("root@example.com", "correct horse battery")
    assert (user.email, user.role, user.is_superuser) == ("root@example.com", "admin", True)
    assert Event.objects.get(name="user:created").subject_label == "root@example.com"


@pytest.mark.parametrize("role", ["reviewer", "lead-reviewer"])
def test_a_reviewer_signs_in_without_a_mail_server(monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    arguments: Any = ("createreviewer", "Rita@Example.com", "--role", role)

    run(*arguments, monkeypatch=monkeypatch, text="correct horse battery")

    assert factory.signs_in("rita@example.com", "correct horse battery")


@pytest.mark.parametrize("command", ["createsuperuser", "createreviewer"])
def test_an_address_that_somebody_confirmed_as_theirs_is_refused(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    other = User.objects.create_user("other@example.com", "something else")
    EmailAddress.objects.create(user=other, email="second@example.com", verified=True)
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse battery")
    arguments: Any = {
        "createsuperuser": ("createsuperuser", "--noinput", "--email", "second@example.com"),
        "createreviewer": ("createreviewer", "second@example.com"),
    }[command]

    with pytest.raises(CommandError, match="already"):
        run(*arguments, monkeypatch=monkeypatch, text="correct horse battery")

    assert User.objects.get() == other


@pytest.mark.parametrize(
    ("email", "password", "why"),
    [
        ("nobody", "correct horse battery", "not an e-mail address"),
        ("rita@example.com", "", "password is empty"),
        ("rita@example.com", "short", "too short"),
        ("rita@example.com", "Password123456", "published data breaches"),
        ("TAKEN@example.com", "correct horse battery", "already exists"),
    ],
)
def test_a_reviewer_that_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, email: str, password: str, why: str
) -> None:
    User.objects.create_user("taken@example.com", "something else")

    with pytest.raises(CommandError, match=why):
        run("createreviewer", email, monkeypatch=monkeypatch, text=password)

    assert User.objects.count() == 1


def test_a_lead_reviewer_has_the_role_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments: Any = ("createreviewer", "lena@example.com", "--role", "lead-reviewer")

    run(*arguments, monkeypatch=monkeypatch, text="correct horse battery")

    assert User.objects.get().role == "lead-reviewer"
