"""Reviewing from the command line."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import User
from tests.certification.world import World

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("certification", *arguments, stdout=out)
    return out.getvalue()


def test_a_connector_goes_its_way_to_the_certificate(world: World, reviewer: User) -> None:
    draft = world.submitted(key="acme-payments")

    started = run("start", "acme-payments", "--by", reviewer.email.upper())
    certified = run("certify", str(draft.pk), "--by", reviewer.email, "--message", "Welcome.")

    assert (started, certified) == ("acme-payments: InCertification\n", "acme-payments: Published\n")
    assert draft.comments.get().text == "Welcome."


def test_a_key_that_looks_like_an_id_is_found(world: World, reviewer: User) -> None:
    key = "0b8a4a0e-6a52-4d8a-a0a5-6b6f0f3c3a51"
    world.submitted(key=key)

    assert run("start", key, "--by", reviewer.email) == f"{key}: InCertification\n"


def test_a_connector_fails_with_the_message_as_its_reason(world: World, reviewer: User) -> None:
    draft = world.submitted(key="acme-payments")
    run("start", "acme-payments", "--by", reviewer.email)

    said = run("fail", "acme-payments", "--by", reviewer.email, "--message", "It takes any caller.")

    assert said == "acme-payments: Failed\n"
    assert draft.comments.get().text == "It takes any caller."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("start", "acme-payments", "--by", "nobody@portal.example"), "Nobody has the e-mail address"),
        (("start", "other", "--by", "rita@portal.example"), "There is no connector"),
        (("start", "00000000-0000-4000-8000-000000000000", "--by", "rita@portal.example"), "There is no connector"),
        (("certify", "acme-payments", "--by", "rita@portal.example"), "start the certification first"),
    ],
)
def test_what_is_not_possible_is_said(world: World, reviewer: User, arguments: tuple[str, ...], said: str) -> None:
    world.submitted(key="acme-payments")

    with pytest.raises(CommandError, match=said):
        run(*arguments)
