"""What a name may be, wherever it is given."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts import actors, naming, people
from accounts.models import ApiClient, Project, User
from accounts.naming import InvalidName
from accounts.people import InvalidPerson
from accounts.projects import clients, projects
from accounts.projects.projects import InvalidProject
from certification.models import ApprovalRule, Criterion, Holiday, PreparedAnswer, SavedView
from tests import factory

pytestmark = pytest.mark.security

BY = actors.system("test")
UNSEEN = [
    "\u200b\u200b",
    "\u3164",
    "\u0301",
    "\u00ad",
    "\u2800",
    "\u115f\u1160",
    "\ufe0f",
    "\U000e0041",
    "\u00a0",
    "\u180e",
]
TURNING = ["Pay\u202etnemyap\u202c", "\u2066Acme\u2069", "Acme\u200f", "\u061cAcme", "\u202dAcme"]
GOOD = ["Acme", "株式会社", "دفع", "हिन्दी", "e\u0301", "👩\u200d💻", "!", "Acme\u00a0Ltd", "क्\u200dष"]

unseen = pytest.mark.parametrize("name", ["\u202eAcme", "\u200b\u200b", "\u3164"])


@pytest.mark.parametrize("name", GOOD)
def test_name_that_shows_something_is_fine(name: str) -> None:
    assert naming.problem_of(name) is None


@pytest.mark.parametrize("name", ["", " ", *UNSEEN])
def test_name_that_shows_nothing_needs_a_visible_character(name: str) -> None:
    assert naming.problem_of(name) == "Expected at least one visible character."


@pytest.mark.parametrize("name", TURNING)
def test_direction_control_is_named(name: str) -> None:
    (control,) = {f"U+{ord(char):04X}" for char in name if char in naming.DIRECTIONS and char not in "\u202c\u2069"}

    assert control in str(naming.problem_of(name))


@pytest.mark.parametrize("name", ["a\x00b", "a\nb", "\x85", "\ud800"])
def test_control_character_is_refused(name: str) -> None:
    assert "control character" in str(naming.problem_of(name))


@pytest.mark.parametrize("char", ["\u202e", "\u200b", "\u00ad", "\u3164"])
def test_address_with_a_character_that_nobody_sees_is_none(char: str) -> None:
    assert naming.is_address("jane@example.com")
    assert naming.is_address("jane@bücher.example")
    assert not naming.is_address(f"jane@exam{char}ple.com")


@unseen
@pytest.mark.django_db
def test_verbs_refuse_it_and_make_nothing(name: str) -> None:
    project = factory.project()

    with pytest.raises(InvalidProject, match=r"^name: "):
        projects.create("shop", region=factory.REGION, name=name, by=BY)
    with pytest.raises(InvalidProject, match=r"^name: "):
        projects.rename(project, name=name, by=BY)
    with pytest.raises(InvalidPerson):
        people.create("new@example.com", password="x", name=name, by=BY)
    with pytest.raises(InvalidName):
        clients.create(project, name=name, by=BY)

    assert list(Project.objects.values_list("name", flat=True)) == ["Acme"]
    assert not User.objects.exists()
    assert not ApiClient.objects.exists()


@unseen
@pytest.mark.django_db
@pytest.mark.parametrize(
    "command",
    [
        ["createproject", "shop", "--region", factory.REGION],
        ["createapiclient", "--project", "acme"],
    ],
    ids=lambda command: command[0],
)
def test_commands_refuse_it_in_words(name: str, command: list[str]) -> None:
    factory.project()

    with pytest.raises(CommandError, match=r"direction control U\+202E|visible character"):
        call_command(*command, "--name", name)


@unseen
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "args", "sent"),
    [
        ("project_new", [], {"key": "shop", "region": factory.REGION}),
        ("project_rename", ["acme"], {}),
        ("client_create", ["acme"], {"scope": "view_connectors"}),
        ("profile", [], {}),
    ],
)
def test_pages_refuse_it_beside_the_field(
    name: str, page: str, args: list[str], sent: dict[str, Any], client: Client
) -> None:
    person = factory.owner()
    client.force_login(person)

    answer = client.post(reverse(page, args=args), {"name": name, **sent})

    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "direction control U+202E" in shown or "at least one visible character" in shown
    assert list(Project.objects.values_list("name", flat=True)) == ["Acme"]
    assert not ApiClient.objects.exists()
    person.refresh_from_db()
    assert person.name == "Olive Owner"


@unseen
@pytest.mark.parametrize(
    ("row", "field"),
    [
        (User(), "name"),
        (Project(), "name"),
        (SavedView(), "name"),
        (ApprovalRule(), "name"),
        (Holiday(), "name"),
        (PreparedAnswer(), "title"),
        (Criterion(), "title"),
        (Criterion(), "group"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_admin_refuses_it_by_the_field(name: str, row: Any, field: str) -> None:
    with pytest.raises(ValidationError):
        row._meta.get_field(field).clean(name, row)
