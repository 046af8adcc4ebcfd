"""Every button of a Project's pages, for everybody in every state: what is offered is what happens.

A button is offered where a page has a form that posts to its address. What somebody posts without one changes nothing;
where a disabled button says why, the answer says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import actors
from accounts.actors import Actor
from accounts.models import ApiClient, Membership, Project, User, Webhook
from accounts.projects import clients, memberships, projects
from accounts.roles import ProjectRole
from accounts.webhooks import subscriptions
from tests import factory
from tests.config import access
from tests.config.everything import DEVELOPER, INSIDER, OWNER, VIEWER, VISITOR, Everything
from tests.config.everything import PEOPLE as EVERYBODY
from tests.config.test_access import ask, undone

pytestmark = pytest.mark.django_db

PARTNER, REMOVED, LOCKED = "second owner", "removed member", "owner whose account is locked"
"""An owner beside the first, where there are two; somebody who was a developer; somebody who can’t sign in any more."""

PEOPLE = (*EVERYBODY, PARTNER, REMOVED, LOCKED)
ONLY_OWNER = "You are the only owner of Acme. Make somebody else an owner first."
DISABLED = "This webhook is disabled. Enable it to send messages."

Button = tuple[str, tuple[Any, ...], Mapping[str, Any]]


def acting(user: User) -> Actor:
    return actors.person(user, public_name="acme")


def as_made(of: Everything, project: Project) -> None:
    """One owner; the webhook sends."""


def two_owners(of: Everything, project: Project) -> None:
    """Each of the two owners may go."""
    by = acting(of.people[OWNER])
    projects.join(project, factory.user("partner@example.com", name="Pia Partner"), role=ProjectRole.OWNER, by=by)


def turned_off(of: Everything, project: Project) -> None:
    """The webhook is disabled, the client revoked, the invitation withdrawn."""
    by = acting(of.people[OWNER])
    subscriptions.disable(Webhook.objects.get(pk=of.ids["webhook"]), by=by)
    clients.disable(ApiClient.objects.get(pk=of.ids["client"]), by=by)
    memberships.revoke(project.invitations.get(pk=of.ids["invitation"]), by=by)


STATES = (as_made, two_owners, turned_off)


def people_of(of: Everything, project: Project) -> dict[str, User]:
    """Return everybody, with those who left."""
    by = acting(of.people[OWNER])
    removed, locked = factory.user("removed@example.com"), factory.user("locked@example.com")
    for person, role in ((removed, ProjectRole.DEVELOPER), (locked, ProjectRole.VIEWER)):
        projects.join(project, person, role=role, by=by)
    memberships.remove(Membership.objects.get(user=removed), by=by)
    User.objects.filter(pk=locked.pk).update(is_active=False)
    return {
        **of.people,
        PARTNER: factory.user("partner@example.com", name="Pia Partner"),
        REMOVED: removed,
        LOCKED: locked,
    }


def buttons(of: Everything, project: Project) -> dict[str, Button]:
    """Return every button by what it does, with the name and the rest of its address, and what it sends."""
    ids = of.ids
    hook = ids["webhook"]
    found: dict[str, Button] = {
        "rename": ("project_rename", (), {"name": "Renamed"}),
        "hand over": ("project_hand_over", (), {"member": ids["member"]}),
        "invite": ("project_invite", (), {"email": "new@example.com", "role": "viewer"}),
        "withdraw invitation": ("project_uninvite", (ids["invitation"],), {}),
        "add client": ("client_create", (), {"name": "ci", "scope": "view_connectors"}),
        "rotate client": ("client_rotate", (ids["client"],), {}),
        "revoke client": ("client_disable", (ids["client"],), {}),
        "add key": ("key_create", (), {"repository": "acme/other"}),
        "remove key": ("key_remove", (ids["deploy key"],), {}),
        "add webhook": ("webhook_create", (), {"url": "https://example.com/others"}),
        "change webhook": ("webhook_act", (hook, "change"), {"url": "https://example.com/changed"}),
        "replay": ("webhook_replay", (hook, ids["delivery"]), {}),
    }
    for verb in ("rotate", "ping", "disable", "enable", "remove"):
        found[f"{verb} webhook"] = ("webhook_act", (hook, verb), {})
    for member in project.memberships.select_related("user"):
        role = "viewer" if member.role != "viewer" else "developer"
        found[f"change role of {member.user}"] = ("member_role", (member.pk,), {f"m{member.pk}-role": role})
        found[f"remove {member.user}"] = ("member_remove", (member.pk,), {})
    return found


PAGES = ("project", "project_clients", "project_keys", "project_webhooks")


def shown(client: Client, of: Everything) -> str:
    """Return all pages of the Project that somebody may open, one behind the other."""
    where = [reverse(name, args=["acme"]) for name in PAGES]
    answers = [client.get(path) for path in [*where, reverse("project_webhook", args=["acme", of.ids["webhook"]])]]
    return "\n".join(answer.content.decode() for answer in answers if answer.status_code == 200)


def offered(pages: str, address: str) -> bool:
    """Return whether a page has a form for an address whose button can be pressed."""
    forms = [part.partition("</form>")[0] for part in pages.split("<form")[1:]]
    return any(f'action="{address}"' in form and " disabled" not in form for form in forms)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_what_is_offered_is_what_happens(world: Everything, state: Callable[[Everything, Project], None]) -> None:
    project, different, done = Project.objects.get(key="acme"), [], set()

    with undone():
        people = people_of(world, project)
        state(world, project)
        for who in PEOPLE:
            client = Client(raise_request_exception=False)
            if who != VISITOR:
                client.force_login(people[who])
            pages = shown(client, world)
            for name, (path, rest, sent) in buttons(world, project).items():
                address = reverse(path, args=["acme", *rest])
                asked = ask(client, "POST", address, sent)
                if asked.changed:
                    done.add((who, name))
                if offered(pages, address) != bool(asked.changed):
                    different.append(f"{who}, {name}: offered {offered(pages, address)}, changed {asked.changed}")

    assert not different, "\n".join(different)
    assert {who for who, _ in done} <= {OWNER, PARTNER, DEVELOPER, VIEWER, INSIDER}
    assert (OWNER, "rename") in done
    assert (DEVELOPER, "rename") not in done
    assert ((OWNER, "remove Olive Owner") in done) == (state is two_owners)
    assert ((DEVELOPER, "ping webhook") in done) == (state is not turned_off)


@pytest.mark.parametrize(
    ("state", "name", "said"),
    [
        (as_made, "remove Olive Owner", ONLY_OWNER),
        (as_made, "change role of Olive Owner", ONLY_OWNER),
        (turned_off, "ping webhook", DISABLED),
        (turned_off, "replay", DISABLED),
    ],
)
def test_a_disabled_button_says_what_its_verb_refuses_with(
    world: Everything, state: Callable[[Everything, Project], None], name: str, said: str
) -> None:
    project = Project.objects.get(key="acme")

    with undone():
        state(world, project)
        client = world.client(OWNER)
        pages = shown(client, world)
        path, rest, sent = buttons(world, project)[name]
        answer = client.post(reverse(path, args=["acme", *rest]), sent, follow=True)

    assert said in pages
    assert said in answer.content.decode()


def test_the_walk_knows_every_button_of_a_project(world: Everything) -> None:
    project = Project.objects.get(key="acme")
    named = {path for path, _, _ in buttons(world, project).values()}

    of_a_project = {name for name, path in access.OURS.items() if path.args[:1] == ("key",) and path.writes}
    assert named == of_a_project
