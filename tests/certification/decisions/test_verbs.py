"""What holds for the verb of every decision, whatever it decides."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import Event, User
from certification import decisions
from certification.errors import AlreadySent, Stale
from certification.models import Answer, Round
from certification.rounds import conversation
from connectors.models import ConnectorStaged
from tests import factory
from tests.certification.world import World, chosen

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("kind", list(decisions.registered()))]


@pytest.fixture
def ready(world: World, reviewer: User) -> ConnectorStaged:
    """Have a draft that any decision is possible for."""
    draft = world.begun(reviewer)
    world.decided(draft, reviewer)
    conversation.request(draft.pk, by=reviewer, text="Read the port.")
    return draft


def test_what_others_did_since_the_page_was_shown_refuses_it(ready: ConnectorStaged, reviewer: User, kind: str) -> None:
    decision = decisions.registered()[kind]
    known = Event.objects.latest("pk").pk
    factory.act(ready, {"action": "addCertificationComment", "comment": "Wait, I found a bug."})

    with pytest.raises(Stale) as refused:
        decision.send(ready.pk, by=reviewer, message="Read this.", last_event_id=known, **chosen(decision))

    assert refused.value.changes == ("API client test-client commented.",)
    assert Round.objects.get().turn == "reviewer"
    assert not Answer.objects.exists()


def test_it_happens_at_the_given_moment(ready: ConnectorStaged, reviewer: User, kind: str) -> None:
    decision = decisions.registered()[kind]
    moment = timezone.now() + timedelta(minutes=5)

    answer = decision.send(ready.pk, by=reviewer, message="Read this.", now=moment, **chosen(decision))

    assert answer.at == moment


def test_what_was_sent_already_is_not_sent_again(ready: ConnectorStaged, reviewer: User, kind: str) -> None:
    decision, token = decisions.registered()[kind], uuid4()
    conversation.comment(ready.pk, by=reviewer, message="Read this.", token=token)

    with pytest.raises(AlreadySent):
        decision.send(ready.pk, by=reviewer, message="Read this.", token=token, **chosen(decision))

    assert Round.objects.get().turn == "reviewer"


def test_its_message_is_public_and_names_its_event(ready: ConnectorStaged, reviewer: User, kind: str) -> None:
    decision = decisions.registered()[kind]

    answer = decision.send(ready.pk, by=reviewer, message="Read this.", **chosen(decision))

    event = Event.objects.get(name=decision.effect_of(answer).event)
    assert ready.comments.get().text == "Read this."
    assert (event.subject_id, event.commit) == (str(ready.pk), answer.commit)
    assert (event.details["round"], event.details["comment"]) == (1, answer.comment_id)
