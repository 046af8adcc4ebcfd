"""The operators' view."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from certification.decisions import changes
from certification.rounds import conversation
from connectors.models import Snapshot, SourceText, Waiver
from tests.certification.world import World

pytestmark = pytest.mark.django_db

MODELS = [*apps.get_app_config("certification").get_models(), Waiver, Snapshot, SourceText]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_table_can_be_searched_and_opened(
    client: Client, world: World, reviewer: User, model: type[Model]
) -> None:
    draft = world.begun(reviewer)
    conversation.note(draft.pk, by=reviewer, text="A note.")
    conversation.request(draft.pk, by=reviewer, text="Read the port.", path="a.js")
    changes.request_changes(draft.pk, by=reviewer)
    client.force_login(User.objects.create_superuser("root@portal.example", "x"))
    place = f"admin:{model._meta.app_label}_{model._meta.model_name}"

    listed = client.get(reverse(f"{place}_changelist"), {"q": "pay"})
    first = model._default_manager.first()

    assert listed.status_code == 200
    assert admin.site.get_model_admin(model).search_fields
    if first is not None:
        assert client.get(reverse(f"{place}_change", args=[first.pk])).status_code == 200


def test_nobody_moves_a_round_here(client: Client, world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    client.force_login(User.objects.create_superuser("root@portal.example", "x"))
    row = draft.rounds.get()

    answer = client.post(reverse("admin:certification_round_change", args=[row.pk]), {"status": "Published"})

    assert answer.status_code == 403
