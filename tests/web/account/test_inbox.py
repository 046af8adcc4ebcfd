"""The notification settings and the inbox, as forms."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from certification.models import Preference
from tests import factory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_(client: Client) -> Client:
    client.force_login(factory.owner())
    return client


def test_the_settings_show_what_was_chosen(client_: Client) -> None:
    client_.post(reverse("notification_settings"), {"turn-mail": "digest", "turn-inbox": "on", "decision-mail": "off"})

    forms = {form.kind.id: form for form in client_.get(reverse("notification_settings")).context["forms"]}

    assert (forms["turn"]["mail"].value(), forms["turn"]["inbox"].value()) == ("digest", True)
    assert (forms["decision"]["mail"].value(), forms["decision"]["inbox"].value()) == ("off", False)


def test_a_wrong_way_is_refused_beside_its_field_and_nothing_is_kept(client_: Client) -> None:
    answer = client_.post(reverse("notification_settings"), {"turn-mail": "digest", "decision-mail": "pigeon"})

    wrong = {form.kind.id: list(form.errors) for form in answer.context["forms"] if form.errors}
    assert answer.status_code == 422
    assert wrong == {"decision": ["mail"]}
    assert 'id="id_decision-mail_error"' in answer.content.decode()
    assert {form.kind.id: form for form in answer.context["forms"]}["turn"]["mail"].value() == "digest"
    assert not Preference.objects.exists()


@pytest.mark.parametrize("until", ["x", "-1", "9" * 30])
def test_what_is_no_notification_marks_none_as_read(client_: Client, until: str) -> None:
    assert client_.post(reverse("inbox_read"), {"until": until}).status_code == 400


def test_an_inbox_that_was_empty_marks_none_as_read(client_: Client) -> None:
    assert client_.post(reverse("inbox_read"), {"until": ""})["Location"] == reverse("inbox")
