from __future__ import annotations

import json
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate

from accounts.models import ApiClient, Project, User
from connectors.models import ConnectorStaged, ValidationRun
from devtools.demo import world

pytestmark = pytest.mark.django_db


def test_the_world_has_people_a_project_a_client_and_drafts(tmp_path: Path) -> None:
    made = world.make(tmp_path)

    assert {a["role"] for a in made["accounts"]} == {"Owner of the Project", "Reviewer", "Lead reviewer"}
    assert Project.objects.get().memberships.get().user.email == "owner@demo.example"
    assert ApiClient.objects.get().client_id == made["client"]["client_id"]
    assert dict(ConnectorStaged.objects.values_list("key", "status")) == {
        "demo-payment": "Draft",
        "demo-shipping": "Processing",
        "demo-shipping-beta": "Processing",
        "demo-loyalty": "Processing",
        "demo-newsletter": "Processing",
    }
    assert ValidationRun.objects.filter(state="queued").count() == 5


def test_everybody_can_sign_in_at_once(tmp_path: Path) -> None:
    made = world.make(tmp_path)

    for account in made["accounts"]:
        assert authenticate(username=account["email"], password=account["password"])
        assert EmailAddress.objects.get(email=account["email"]).verified


def test_the_credentials_are_kept_for_their_owner_only(tmp_path: Path) -> None:
    made = world.make(tmp_path)

    kept, script = tmp_path / "accounts.json", tmp_path / "client.sh"
    assert json.loads(kept.read_text()) == made
    assert f"export CLIENT_SECRET={made['client']['client_secret']}\n" in script.read_text()
    assert {path.stat().st_mode & 0o777 for path in (kept, script)} == {0o600}


def test_making_it_again_changes_nothing(tmp_path: Path) -> None:
    made = world.make(tmp_path)
    drafts = list(ConnectorStaged.objects.values("id", "version"))

    again = world.make(tmp_path)

    assert again == made
    assert list(ConnectorStaged.objects.values("id", "version")) == drafts
    assert (User.objects.count(), ApiClient.objects.count()) == (3, 1)


def test_lost_credentials_are_replaced(tmp_path: Path) -> None:
    made = world.make(tmp_path)
    (tmp_path / "accounts.json").unlink()

    again = world.make(tmp_path)

    owner, before = again["accounts"][0], made["accounts"][0]
    assert authenticate(username=owner["email"], password=owner["password"])
    assert not authenticate(username=before["email"], password=before["password"])
    assert User.objects.count() == 3


def test_an_empty_database_beside_old_credentials_gets_new_ones(tmp_path: Path) -> None:
    (tmp_path / "accounts.json").write_text(json.dumps({"accounts": [], "client": {}}))

    made = world.make(tmp_path)

    assert len(made["accounts"]) == 3
