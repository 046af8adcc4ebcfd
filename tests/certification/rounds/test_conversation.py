"""What is said in public beside a decision."""

from __future__ import annotations

from uuid import uuid4

import pytest

from accounts.models import User
from certification.errors import AlreadySent
from certification.models import Answer
from certification.rounds import conversation
from tests.certification.world import World

pytestmark = pytest.mark.django_db


def test_the_same_form_sent_twice_says_it_once(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    token = uuid4()
    conversation.comment(draft.pk, by=reviewer, message="Looking at it.", token=token)

    with pytest.raises(AlreadySent):
        conversation.comment(draft.pk, by=reviewer, message="Looking at it.", token=token)

    assert draft.comments.count() == Answer.objects.count() == 1


def test_line_breaks_of_browsers_are_those_of_the_portal(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)

    conversation.comment(draft.pk, by=reviewer, message="\r\nFirst\r\nSecond\r\n")

    assert draft.comments.get().text == "First\nSecond"
