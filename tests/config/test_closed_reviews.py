"""Who belongs to a Project, or left it recently, reads nothing of its reviews: every page and table is searched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import Departure, Event, Membership, User
from accounts.roles import ProjectRole, Role
from certification.models import Approval, Criterion, Round, Touch, Verdict
from certification.notifications import inbox, telling
from certification.notifications.channels import mail
from certification.rounds import conversation, escalations
from certification.verdicts import waiver_decisions
from connectors.models import Finding, ScannerDelivery
from tests.certification.world import World
from tests.config import access
from tests.config.access import Kept
from tests.config.everything import OWNER, REVIEWER, Everything
from tests.config.test_access import address, ask, undone

pytestmark = [pytest.mark.django_db, pytest.mark.security]

SECRETS = [f"zebra{n}crossing" for n in range(9)]
REQUEST, REMARK, NOTE, VERDICT, WAIVER, UNSENT, ESCALATION, SCANNER, SIGNER = SECRETS
MEMBER, FORMER, OUTSIDER = "member", "former member", "outsider"


@pytest.fixture
def planted(world: Everything) -> Iterator[Everything]:
    """Put a secret word into everything that is internal to the review of `reviewed`; all of it goes afterwards."""
    with undone():
        by, draft_id = world.people[REVIEWER], world.ids["reviewed"]
        row = Round.objects.get(draft_id=draft_id)
        Criterion.objects.filter(key="callers").update(active=True)
        asked = conversation.request(draft_id, by=by, text=REQUEST, path="README.md", line=1)
        Touch.objects.create(request=asked, round=row, commit="c" * 40)
        conversation.remark(draft_id, by=by, path="README.md", line=2, text=REMARK)
        conversation.note(draft_id, by=by, text=NOTE)
        Verdict.objects.create(
            round=row, criterion=Criterion.objects.latest("pk"), value="fail", comment=VERDICT, by=by
        )
        finding = Finding.objects.filter(run=row.run).latest("pk")
        waiver_decisions.propose(draft_id, finding.pk, by=by, scope="finding", reason=f"{WAIVER} is only a test.")
        conversation.keep_unsent(row, by=by, slot=f"line:{UNSENT}:1", text=UNSENT, now=timezone.now())
        escalations.escalate(draft_id, to="lead", by=by, note=ESCALATION)
        ScannerDelivery.objects.create(run=row.run, scanner=SCANNER, expires_at=timezone.now())
        Approval.objects.create(round=row, by=by, by_label=SIGNER, commit=row.commit)
        yield world


def somebody(world: Everything, how: str) -> User:
    """Return a superuser who may open everything, and who belongs to the Project, did until today, or never did."""
    user = User.objects.create_superuser(f"{how.replace(' ', '-')}@portal.example", "x", name="Sue")
    user.role = Role.LEAD_REVIEWER
    user.save()
    if how != OUTSIDER:
        project = Round.objects.get(draft_id=world.ids["reviewed"]).project
        membership = Membership.objects.create(project=project, user=user, role=ProjectRole.VIEWER)
        if how == FORMER:
            membership.delete()
    return user


def browser(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def pages(world: Everything) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, address and what is sent, for every path of the reviewers and every table of the admin."""
    for name, path in access.OURS.items():
        if path.kept is Kept.CLOSED:
            yield "GET", address(name, world), dict(path.query)
            if path.writes:
                yield "POST", address(name, world), dict(path.sent(world))
    for view in ("all", "escalated", "overdue", "mine", "developer"):
        yield "GET", reverse("queue"), {"view": view}
        yield "GET", reverse("queue_table"), {"view": view}
    draft_id = str(world.ids["reviewed"])
    for query in ({"q": "reviewed"}, {"escalated": "lead"}, {"q": draft_id}, {"status": "InCertification"}):
        yield "GET", reverse("queue"), query
    for name in ("history", "history_table", "history_lines"):
        yield "GET", reverse(name), {"q": draft_id}
    for action in ("claim", "release", "recheck", "assign"):
        yield "POST", reverse("queue_together"), {"draft": draft_id, "action": action, "to": world.people[REVIEWER].pk}
    for place in ("files", "file", "packages", "documents"):
        yield "GET", f"/reviews/{draft_id}/{place}", {"path": "README.md", "round": "1", "form": "yes", "line": "2"}
    yield from _admin()


def _admin() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "GET", reverse("admin:index"), {}
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        place = reverse(f"{name}_changelist")
        yield "GET", place, {}
        yield "GET", place, {"_popup": "1", "_to_field": "id"}
        yield "GET", place, {"q": "crossing"}
        keys = [str(pk) for pk in model._default_manager.order_by("-pk").values_list("pk", flat=True)[:1]]
        yield "POST", place, {"action": "delete_selected", "_selected_action": keys}
        for pk in keys:
            for page in ("change", "delete"):
                try:
                    yield "GET", reverse(f"{name}_{page}", args=[pk]), {}
                except NoReverseMatch:
                    continue
    for app, model_name, field in (("certification", "savedview", "user"), ("accounts", "membership", "project")):
        query = {"app_label": app, "model_name": model_name, "field_name": field, "term": SECRETS[0]}
        yield "GET", reverse("admin:autocomplete"), query


def found(world: Everything, user: User, *, all_at: bool = False) -> dict[str, set[str]]:
    """Return the secrets that somebody reads, each with where, up to the page `all_at` which all of them were read."""
    client, read = browser(user), {secret: set[str]() for secret in SECRETS}
    for method, where, sent in pages(world):
        if all_at and all(read.values()):
            break
        text = ask(client, method, where, sent).response.content.decode(errors="replace")
        for secret in SECRETS:
            if secret in text:
                read[secret].add(f"{method} {where} {sent}")
    return read


@pytest.mark.parametrize("who", [MEMBER, FORMER])
def test_nobody_of_the_project_reads_what_is_internal_anywhere(planted: Everything, who: str) -> None:
    read = found(planted, somebody(planted, who))

    assert not {secret: places for secret, places in read.items() if places}


def test_somebody_else_reads_all_of_it(planted: Everything) -> None:
    read = found(planted, somebody(planted, OUTSIDER), all_at=True)

    assert not [secret for secret, places in read.items() if not places]


@pytest.mark.parametrize(("who", "status"), [(MEMBER, 302), (FORMER, 403), (OUTSIDER, 200)])
def test_a_member_is_led_to_what_developers_see_and_a_former_one_is_told_until_when(
    planted: Everything, who: str, status: int
) -> None:
    answer = browser(somebody(planted, who)).get(reverse("review", args=[planted.ids["reviewed"]]))

    assert answer.status_code == status
    if who == MEMBER:
        assert answer["Location"] == reverse("draft", args=[planted.ids["reviewed"]])
    if who == FORMER:
        assert "closed to you until" in answer.content.decode()


def test_the_bar_ends_with_its_time(planted: Everything) -> None:
    user = somebody(planted, FORMER)
    row = Departure.objects.get(user=user)
    assert timedelta(days=89) < row.barred_until - timezone.now() < timedelta(days=91)

    Departure.objects.update(barred_until=timezone.now() - timedelta(seconds=1))

    assert browser(user).get(reverse("review", args=[planted.ids["reviewed"]])).status_code == 200


def test_who_comes_back_is_a_member_again_and_leaves_anew(planted: Everything) -> None:
    user = somebody(planted, FORMER)
    first = Departure.objects.get(user=user).left_at
    project = Departure.objects.get(user=user).project

    Membership.objects.create(project=project, user=user).delete()

    assert Departure.objects.get(user=user).left_at > first


def test_deleting_a_person_or_a_project_leaves_no_departure_behind(planted: Everything) -> None:
    membership = Membership.objects.filter(user=planted.people[OWNER]).get()

    User.objects.filter(pk=somebody(planted, MEMBER).pk).delete()

    assert not Departure.objects.exists()
    assert membership.project.memberships.exists()


def test_who_joins_after_the_event_gets_neither_its_mail_nor_its_notice(world: Everything, tmp_path: Any) -> None:
    with undone():
        lead, draft_id = somebody(world, OUTSIDER), world.ids["reviewed"]
        escalations.escalate(draft_id, to="lead", by=world.people[REVIEWER], note="Please.")
        telling.tell(Event.objects.filter(name="round:escalated").latest("pk").pk)
        row = inbox.for_user(lead).get()
        World.member(None, lead, Round.objects.get(draft_id=draft_id).project)  # type: ignore[arg-type]

        outcome = mail.send(row.pk)

        assert outcome != "sent"
        assert (inbox.unread(lead), list(inbox.for_user(lead))) == (0, [])
