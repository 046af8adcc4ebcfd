"""The developer in a review: the first sentence, requests as tasks, new tag, withdraw, appeal, notes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Event
from accounts.moments import when
from certification.decisions import certificate, changes, failure, question
from certification.desk import claims
from certification.errors import Obstructed
from certification.models import ChangeRequest, Round
from certification.rounds import conversation, deadlines, submissions
from connectors.drafts import next_step
from connectors.models import CheckResult, ConnectorStaged
from tests import factory
from tests.certification.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Client:
    """The owner of the Project, signed in."""
    client = Client()
    client.force_login(factory.owner())
    return client


def started(world: World) -> ConnectorStaged:
    """Return a connector that a reviewer has begun with."""
    row = world.submitted()
    claims.start(row.pk, by=world.person("Rita"))
    return row


def asked_for_changes(world: World) -> tuple[ConnectorStaged, ChangeRequest]:
    row = started(world)
    reviewer = world.person("Rita")
    request = conversation.request(row.pk, by=reviewer, text="Rename the port", path="service/src/index.js", line=1)
    changes.request_changes(row.pk, by=reviewer, message="Please change this.")
    return row, request


def page(client: Client, row: ConnectorStaged) -> Any:
    return client.get(reverse("draft", args=[row.pk]))


def test_the_first_sentence_names_the_moment_of_the_decision(world: World, owner: Client) -> None:
    row = started(world)
    due = Round.objects.get(draft=row).due_at

    turn = page(owner, row).context["turn"]

    assert turn.who == "reviewer"
    assert f"by {when(due)}" in turn.sentence
    assert turn.until == due


def test_a_promise_that_was_not_kept_is_named(world: World, owner: Client) -> None:
    row = started(world)
    due = timezone.now() - timedelta(days=7)
    Round.objects.filter(draft=row).update(due_at=due)

    sentence = page(owner, row).context["turn"].sentence

    assert f"was due {when(due)} and is 5 business days overdue" in sentence
    assert f"by {when(due)}" not in sentence


def test_the_deadline_on_the_page_is_the_one_that_is_kept(world: World, owner: Client) -> None:
    with time_machine.travel(datetime(2026, 11, 27, 13, 28, tzinfo=UTC), tick=False):
        row, _ = asked_for_changes(world)
        sentence = page(owner, row).context["turn"].sentence

    assert "until Fri 11 Dec 2026, 23:59 UTC" in sentence
    assert deadlines.sweep(now=datetime(2026, 12, 11, 23, 59, tzinfo=UTC)).failed == 0
    assert deadlines.sweep(now=datetime(2026, 12, 12, tzinfo=UTC)).failed == 1


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize(
    ("level", "outcome", "said"),
    [
        ("certify", "failed", "The check “Documentation”, which a certificate needs, failed."),
        ("certify", "did not run", "The check “Documentation”, which a certificate needs, did not run."),
        ("required", "did not run", "The required check “Documentation” did not run."),
        ("advisory", "failed", ""),
    ],
)
def test_what_keeps_the_tag_from_a_certificate_is_told_to_the_developer_as_to_the_reviewer(
    world: World, owner: Client, begun: bool, level: str, outcome: str, said: str
) -> None:
    row = started(world) if begun else world.submitted()
    CheckResult.objects.filter(check_id="documentation").update(level=level, outcome=outcome)

    answer = page(owner, row)

    assert answer.context["review"].blocked == ((said,) if said else ())
    assert ("nothing to do for you" in answer.context["turn"].sentence) == (not said)
    assert ("can’t be certified yet" in answer.content.decode()) == bool(said)
    if not begun:
        claims.start(row.pk, by=world.person("Rita"))
    world.decided(row, world.person("Rita"))
    if said:
        with pytest.raises(Obstructed, match=said):
            certificate.certify(row.pk, by=world.person("Rita"))
    else:
        assert certificate.certify(row.pk, by=world.person("Rita")).round.decision == "certified"


def test_a_tag_that_moved_is_told_to_the_developer(world: World, owner: Client) -> None:
    row = started(world)
    world.tag("1.0.0", {"README.md": "other"})
    world.looked_up(row, world.person("Rita"))

    (said,) = page(owner, row).context["review"].blocked

    assert said.startswith("The tag 1.0.0 now leads to")


def test_a_question_is_the_developers_turn_until_they_answer(world: World, owner: Client) -> None:
    row = started(world)
    question.ask(row.pk, by=world.person("Rita"), message="Which API version?")

    asked = page(owner, row).context["turn"]
    owner.post(reverse("draft_comment", args=[row.pk]), {"comment": "Version 2."})

    assert asked.who == "developer"
    assert "asked you something" in asked.sentence
    assert page(owner, row).context["turn"].who == "reviewer"


def test_requests_are_tasks_with_their_place(world: World, owner: Client) -> None:
    row, _ = asked_for_changes(world)

    answer = page(owner, row)

    (task,) = answer.context["review"].tasks
    assert (task.text, task.place, task.done) == ("Rename the port", "service/src/index.js:1", False)
    assert task.link.startswith("https://github.com/acme/payments/blob/")
    assert "1 requested change waits for you" in answer.context["turn"].sentence
    assert "Rename the port" in answer.content.decode()


def test_a_request_that_was_not_sent_yet_is_not_shown(world: World, owner: Client) -> None:
    row = started(world)
    conversation.request(row.pk, by=world.person("Rita"), text="Not told yet")
    conversation.note(row.pk, by=world.person("Rita"), text="Between reviewers")

    text = page(owner, row).content.decode()

    assert "Not told yet" not in text
    assert "Between reviewers" not in text
    assert "Rita" not in text


def test_a_task_is_marked_as_done_and_reopened(world: World, owner: Client) -> None:
    row, request = asked_for_changes(world)
    address = reverse("draft_request", args=[row.pk, request.pk])

    owner.post(address, {"done": "on", "reply": "Renamed"})
    request.refresh_from_db()
    assert (request.state, request.reply) == ("done", "Renamed")

    owner.post(address, {})
    request.refresh_from_db()
    assert request.state == "open"


def test_a_reply_that_is_too_long_is_refused_beside_its_field_and_stays(world: World, owner: Client) -> None:
    row, request = asked_for_changes(world)

    answer = owner.post(reverse("draft_request", args=[row.pk, request.pk]), {"done": "on", "reply": "x" * 5001})

    ((task, form),) = answer.context["tasks"]
    assert answer.status_code == 422
    assert task.pk == request.pk
    assert list(form.errors) == ["reply"]
    assert f'id="request-{request.pk}-reply_error"' in answer.content.decode()
    assert "x" * 5001 in answer.content.decode()


def test_a_request_that_was_settled_meanwhile_says_so_and_keeps_the_reply(world: World, owner: Client) -> None:
    row, request = asked_for_changes(world)
    conversation.settle(row.pk, request.pk, by=world.person("Rita"), accepted=True)

    answer = owner.post(reverse("draft_request", args=[row.pk, request.pk]), {"done": "on", "reply": "Renamed"})

    assert answer.status_code == 422
    assert "settled this request" in answer.content.decode()
    assert 'value="Renamed"' in answer.content.decode()


def test_an_unknown_request_is_not_found(world: World, owner: Client) -> None:
    row, request = asked_for_changes(world)

    assert owner.post(reverse("draft_request", args=[row.pk, request.pk + 1]), {"done": "on"}).status_code == 404


def test_the_turn_is_given_back_when_all_is_done(world: World, owner: Client) -> None:
    row, request = asked_for_changes(world)
    too_early = owner.post(reverse("draft_hand_back", args=[row.pk]), {"text": ""})
    owner.post(reverse("draft_request", args=[row.pk, request.pk]), {"done": "on"})

    answer = owner.post(reverse("draft_hand_back", args=[row.pk]), {"text": "It was right as it is."})

    assert too_early.status_code == 422
    assert answer.status_code == 302
    assert Round.objects.get(draft=row).turn == "reviewer"
    assert row.comments.last().text == "It was right as it is."


def test_a_new_tag_is_checked_and_the_place_is_kept(world: World, owner: Client) -> None:
    row, _ = asked_for_changes(world)
    row.refresh_from_db()

    answer = owner.post(reverse("draft_resubmit", args=[row.pk]), {"tag": "1.0.1", "version": row.version})

    row.refresh_from_db()
    assert answer.status_code == 302
    assert (row.status, row.repository_tag) == ("Processing", "1.0.1")
    assert page(owner, row).context["turn"].who == "system"
    assert Round.objects.open().get(draft=row).assignee == world.person("Rita")


def test_a_wrong_tag_is_said_beside_the_field(world: World, owner: Client) -> None:
    row = started(world)
    row.refresh_from_db()

    answer = owner.post(reverse("draft_resubmit", args=[row.pk]), {"tag": "-rf", "version": row.version})

    assert answer.status_code == 422
    assert "tag" in answer.context["form"].errors


def test_a_stale_page_is_asked_again_with_what_was_typed(world: World, owner: Client) -> None:
    row = started(world)

    answer = owner.post(reverse("draft_resubmit", args=[row.pk]), {"tag": "1.0.1", "version": 1})
    form = answer.context["form"]
    again = owner.post(
        reverse("draft_resubmit", args=[row.pk]), {"tag": form["tag"].value(), "version": form["version"].value()}
    )

    assert answer.status_code == 422
    assert form["tag"].value() == "1.0.1"
    assert again.status_code == 302


def test_withdrawing_makes_it_a_draft_again(world: World, owner: Client) -> None:
    row = started(world)
    row.refresh_from_db()

    owner.post(reverse("draft_withdraw", args=[row.pk]), {"version": row.version})

    row.refresh_from_db()
    assert row.status == "Draft"
    assert Event.objects.filter(name="connector:withdrawn", actor_label="Olive Owner").exists()


def test_a_refusal_is_told_and_appealed(world: World, owner: Client) -> None:
    row = started(world)
    failure.fail(row.pk, by=world.person("Rita"), reason="security", message="It sends keys away.")
    row.refresh_from_db()

    shown = page(owner, row)
    owner.post(reverse("draft_appeal", args=[row.pk]), {"text": "It does not.", "version": row.version})

    row.refresh_from_db()
    assert "security" in shown.context["turn"].sentence
    assert any(offer.label == "Appeal" for offer in shown.context["review"].offers)
    assert row.status == "ReadyForCertification"
    assert Round.objects.open().get(draft=row).kind == "appeal"


@pytest.mark.parametrize("certification", [True, False])
def test_a_refusal_is_not_told_any_more_when_the_checks_said_no_since(
    world: World, owner: Client, certification: bool
) -> None:
    row = started(world)
    failure.fail(row.pk, by=world.person("Rita"), reason="security", message="It sends keys away.")
    told = page(owner, row).context["turn"].sentence
    factory.act(row, {"action": "setRepository", "tag": "1.0.1"})
    after_the_tag = page(owner, row).context["turn"].sentence
    factory.rejected(factory.publish(row, certification=certification))

    shown = page(owner, row)

    assert after_the_tag == told
    assert shown.context["turn"] == next_step.for_draft(ConnectorStaged.objects.get())
    assert "Fix the findings in the report" in shown.context["turn"].sentence
    assert "refused" not in shown.context["turn"].sentence
    assert not any(offer.label == "Appeal" for offer in shown.context["review"].offers)


def test_notes_and_credentials_are_kept_sealed_and_stay_when_left_empty(world: World, owner: Client) -> None:
    row = world.submitted()
    until = timezone.localdate() + timedelta(days=10)
    address = reverse("draft_notes", args=[row.pk])

    owner.post(address, {"notes": "Try the sandbox", "credentials": "user / hunter2", "until": until.isoformat()})
    owner.post(address, {"notes": "Try the new sandbox", "credentials": ""})

    kept = submissions.get(row.pk)
    assert kept is not None
    assert kept.notes == "Try the new sandbox"
    assert "hunter2" not in kept.credentials
    assert "hunter2" not in owner.get(address).content.decode()
    claims.start(row.pk, by=world.person("Rita"))
    assert submissions.reveal(row.pk, by=world.person("Rita")) == "user / hunter2"


@pytest.mark.parametrize("until", ["", "2020-01-01", "2999-01-01", "soon"])
def test_credentials_need_an_end_in_the_near_future(world: World, owner: Client, until: str) -> None:
    row = world.submitted()

    answer = owner.post(
        reverse("draft_notes", args=[row.pk]), {"notes": "Typed", "credentials": "secret", "until": until}
    )

    assert answer.status_code == 422
    assert "until" in answer.context["form"].errors
    assert "Typed" in answer.content.decode()
    assert submissions.get(row.pk) is None


@pytest.mark.parametrize(
    "page_name", ["draft_withdraw", "draft_resubmit", "draft_appeal", "draft_hand_back", "draft_notes"]
)
def test_strangers_find_nothing_and_viewers_may_not(world: World, page_name: str) -> None:
    row = world.submitted()
    stranger, viewer = Client(), Client()
    stranger.force_login(factory.stranger())
    person = factory.user("viewer@example.com")
    row.project.memberships.create(user=person, role="viewer")
    viewer.force_login(person)

    address = reverse(page_name, args=[row.pk])

    assert stranger.get(address).status_code == stranger.post(address).status_code == 404
    assert viewer.post(address).status_code == 403


@pytest.mark.parametrize(
    ("page_name", "why"),
    [
        ("draft_withdraw", "no submission to withdraw"),
        ("draft_resubmit", "Nothing is being reviewed: the connector is published."),
        ("draft_appeal", "no decision"),
        ("draft_hand_back", "Nothing is being reviewed: the connector is published."),
    ],
)
def test_a_step_that_cannot_be_taken_now_leads_back_with_the_reason(
    world: World, owner: Client, page_name: str, why: str
) -> None:
    row = world.certified(world.person("Rita"))

    answer = owner.get(reverse(page_name, args=[row.pk]), follow=True)

    assert answer.redirect_chain == [(reverse("draft", args=[row.pk]), 302)]
    assert why in answer.content.decode()


def test_giving_it_back_waits_for_the_last_request(world: World, owner: Client) -> None:
    row, request = asked_for_changes(world)
    address = reverse("draft_hand_back", args=[row.pk])

    too_early = owner.get(address)
    owner.post(reverse("draft_request", args=[row.pk, request.pk]), {"done": "on"})

    assert too_early.status_code == 302
    assert owner.get(address).status_code == 200


def test_what_was_said_stands_before_the_checks_while_it_matters(world: World, owner: Client) -> None:
    row = started(world)
    before = page(owner, row).content.decode()
    question.ask(row.pk, by=world.person("Rita"), message="Which API version?")

    after = page(owner, row).content.decode()

    assert before.index('id="checks"') < before.index('id="conversation"')
    assert after.index('id="conversation"') < after.index('id="checks"')
    assert after.count('id="conversation"') == 1


def test_what_is_published_leads_to_the_catalog_and_to_the_next_tag(world: World, owner: Client) -> None:
    row = world.certified(world.person("Rita"))

    text = page(owner, row).content.decode()

    banner = text[text.index('id="turn"') : text.index('id="checks"')]
    assert reverse("draft_tag", args=[row.pk]) in banner
    assert reverse("catalog_connector", args=[row.pk]) in banner


def test_the_list_knows_whose_turn_a_review_is(world: World, owner: Client) -> None:
    row, _ = asked_for_changes(world)

    def listed(turn: str) -> list[str]:
        return [str(r.draft.pk) for r in owner.get(reverse("drafts"), {"turn": turn}).context["rows"]]

    assert listed("developer") == [str(row.pk)]
    assert listed("reviewer") == []
    assert owner.get(reverse("drafts")).context["rows"][0].mine


def test_a_tag_is_chosen_and_submitted_at_once_when_nothing_is_reviewed(owner: Client) -> None:
    row = factory.at("Failed")

    answer = owner.post(
        reverse("draft_tag", args=[row.pk]), {"tag": "2.0.0", "then": "certification", "version": row.version}
    )

    row.refresh_from_db()
    assert answer.status_code == 302
    assert (row.status, row.repository_tag) == ("Processing", "2.0.0")


def test_a_wrong_tag_outside_a_review_is_said_beside_the_field(owner: Client) -> None:
    row = factory.draft()

    answer = owner.post(reverse("draft_tag", args=[row.pk]), {"tag": "a..b", "then": "nothing", "version": 1})

    row.refresh_from_db()
    assert "tag" in answer.context["form"].errors
    assert row.version == 1


def test_what_clients_will_notice_is_shown_before_submitting(owner: Client) -> None:
    row = factory.at("Published", supportedRegions=["europe-west1.gcp", "us-central1.gcp"])
    factory.act(row, {"action": "setSupportedRegions", "regions": ["europe-west1.gcp"]})

    on_page = page(owner, row).context["impacts"]
    before_publishing = owner.get(reverse("draft_publish", args=[row.pk])).content.decode()

    assert [impact.label for impact in on_page] == ["breaking"]
    assert "Impact on clients" in before_publishing
