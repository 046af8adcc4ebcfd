"""What is typed into the form of a draft and not saved: it is kept, comes back, and meets what others changed."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from connectors.drafts import update
from connectors.drafts.update import Lookup
from connectors.models import ConnectorStaged, Unfinished
from tests import factory
from tests.web.developers.test_editing import TYPED, posted
from web.developers import autosave
from web.developers.autosave import TypedForm

pytestmark = pytest.mark.django_db

CHANGED: dict[str, Any] = {
    "name": "Half a na",
    "description": "Line one\r\nline two",
    "creator_email": "half@",
    "creator_no_of_contributors": "many",
    "integration_types": ["tax"],
    "supported_regions": [],
    "private_projects": "europe-west1.gcp:shop\r\nnons",
}


def kept(client: Client, row: ConnectorStaged, **changes: Any) -> None:
    """Type into the form of a draft and close the window."""
    answer = client.post(reverse("draft_keep_changes", args=[row.id]), posted("draft_edit", row, client, **changes))
    assert answer.status_code == 200


def edited(client: Client, row: ConnectorStaged) -> Any:
    return client.get(reverse("draft_edit", args=[row.id]))


def test_what_was_typed_comes_back_right_or_wrong(owner: Client) -> None:
    row = factory.draft(integrationTypes=["psp"], supportedRegions=["europe-west1.gcp"])
    kept(owner, row, **CHANGED)

    answer = edited(owner, row)

    form = answer.context["form"]
    assert {name: form[name].value() for name in CHANGED} == CHANGED
    assert "Restored your unsaved input" in answer.content.decode()
    assert not form.errors


def test_keeping_changes_nothing_in_the_draft(owner: Client) -> None:
    row = factory.draft()

    kept(owner, row, name="Mine")

    row.refresh_from_db()
    assert (row.name, row.version) == ("Acme payments", 1)


def test_what_was_kept_is_saved_like_anything_typed(owner: Client) -> None:
    row = factory.draft(description="old", privateProjects=["europe-west1.gcp:shop"])
    kept(owner, row, name="Mine", private_projects="europe-west1.gcp:other")

    owner.post(reverse("draft_edit", args=[row.id]), posted("draft_edit", row, owner))

    row.refresh_from_db()
    assert (row.name, row.description, row.private_projects) == ("Mine", "old", ["europe-west1.gcp:other"])
    assert autosave.find(factory.owner(), draft=row) is None
    assert Unfinished.objects.get().typed == {}


def test_what_others_changed_meanwhile_is_shown_and_not_undone(owner: Client) -> None:
    row = factory.draft(description="old")
    kept(owner, row, name="Mine")
    factory.act(row, {"action": "setName", "name": "Theirs"}, {"action": "setDescription", "description": "newer"})

    answer = edited(owner, row)

    told = {c.label: (c.before, c.now, c.yours) for c in answer.context["conflicts"]}
    assert told == {"Name": ("Acme payments", "Theirs", "Mine"), "Description": ("old", "newer", "newer")}
    owner.post(reverse("draft_edit", args=[row.id]), posted("draft_edit", row, owner))
    row.refresh_from_db()
    assert (row.name, row.description) == ("Mine", "newer")


def test_typing_that_came_back_to_what_stands_there_is_not_mentioned(owner: Client) -> None:
    row = factory.draft(description="One\ntwo", creator={"email": "dev@acme.example", "noOfContributors": 3})

    kept(owner, row)

    assert edited(owner, row).context["kept"] is None


def test_a_form_without_a_base_counts_from_the_present(owner: Client) -> None:
    row = factory.draft(description="old")
    owner.post(reverse("draft_keep_changes", args=[row.id]), {"name": "Mine"})

    form = edited(owner, row).context["form"]
    assert (form["name"].value(), form["description"].value()) == ("Mine", "old")


def test_somebody_finishes_later(owner: Client) -> None:
    row = factory.draft()

    answer = owner.post(
        reverse("draft_edit", args=[row.id]), posted("draft_edit", row, owner, creator_email="half@", later="1")
    )

    assert answer["Location"] == reverse("draft", args=[row.id])
    assert edited(owner, row).context["form"]["creator_email"].value() == "half@"


def test_somebody_drops_what_was_typed(owner: Client) -> None:
    row = factory.draft()
    kept(owner, row, name="Mine")

    owner.post(reverse("draft_drop_changes", args=[row.id]))

    assert edited(owner, row).context["form"]["name"].value() == "Acme payments"


def test_without_a_script_a_look_keeps_what_was_typed(owner: Client) -> None:
    row = factory.draft()
    typed = posted("draft_edit", row, owner, name="Mine", repository_url="https://example.com/", look="1")

    answer = owner.post(reverse("draft_edit", args=[row.id]), typed)

    assert answer.context["form"]["name"].value() == "Mine"
    assert answer.context["look"].problem


def test_the_unfinished_new_form_is_another_one(owner: Client) -> None:
    row = factory.draft()
    kept(owner, row, name="Mine")

    assert owner.get(reverse("draft_new")).context["kept"] is None


def said(client: Client, page: str, typed: dict[str, Any], *ids: Any) -> str:
    """Send what a page sends by itself while somebody types, and return what it shows then."""
    return client.post(reverse(page, args=ids), typed).content.decode()


def test_what_arrives_after_the_save_brings_nothing_back(owner: Client) -> None:
    row = factory.draft()
    typed = posted("draft_edit", row, owner, name="Mine")
    owner.post(reverse("draft_edit", args=[row.id]), typed)

    late = said(owner, "draft_keep_changes", {**typed, "name": "Min"}, row.id)

    assert "Not saved" in late
    assert edited(owner, row).context["kept"] is None
    assert edited(owner, row).context["form"]["name"].value() == "Mine"


def test_what_arrives_after_a_new_draft_is_made_brings_nothing_back(owner: Client) -> None:
    sheet = owner.get(reverse("draft_new")).context["form"]["sheet"].value()
    owner.post(reverse("draft_new"), {**TYPED, "sheet": sheet})

    late = said(owner, "draft_keep", {**TYPED, "sheet": sheet})

    assert "Not saved" in late
    assert owner.get(reverse("draft_new")).context["kept"] is None


def test_what_arrives_after_somebody_put_the_form_away_replaces_nothing(owner: Client) -> None:
    row = factory.draft()
    typed = posted("draft_edit", row, owner, name="All of it")
    owner.post(reverse("draft_edit", args=[row.id]), {**typed, "later": "1"})

    said(owner, "draft_keep_changes", {**typed, "name": "All"}, row.id)

    assert edited(owner, row).context["form"]["name"].value() == "All of it"


@pytest.mark.parametrize("how", ["draft_edit", "draft_drop_changes"])
def test_the_form_that_is_opened_next_is_kept_again(owner: Client, how: str) -> None:
    row = factory.draft()
    kept(owner, row, name="Mine")
    typed = posted("draft_edit", row, owner)
    owner.post(reverse(how, args=[row.id]), typed)
    late = said(owner, "draft_keep_changes", typed, row.id)

    kept(owner, row, name="Another")

    assert "Not saved" in late
    assert edited(owner, row).context["form"]["name"].value() == "Another"


def test_the_form_in_another_window_goes_on(owner: Client) -> None:
    row = factory.draft()
    other = posted("draft_edit", row, owner, description="Typed elsewhere")
    owner.post(reverse("draft_edit", args=[row.id]), posted("draft_edit", row, owner, name="Mine"))

    told = said(owner, "draft_keep_changes", other, row.id)

    assert "Saved at" in told
    assert edited(owner, row).context["form"]["description"].value() == "Typed elsewhere"


def test_a_form_that_was_not_saved_goes_on(owner: Client) -> None:
    row = factory.draft()
    typed = posted("draft_edit", row, owner, name="Mine")
    factory.act(row, {"action": "setName", "name": "Theirs"})
    refused = owner.post(reverse("draft_edit", args=[row.id]), typed)
    wrong = owner.post(reverse("draft_edit", args=[row.id]), {**typed, "creator_email": "half@"})

    sheets = [answer.context["form"]["sheet"].value() for answer in (refused, wrong)]
    told = said(owner, "draft_keep_changes", typed, row.id)

    assert [refused.status_code, wrong.status_code] == [409, 422]
    assert sheets == [typed["sheet"]] * 2
    assert "Saved at" in told


def test_a_form_without_a_name_is_kept_as_ever(owner: Client) -> None:
    owner.post(reverse("draft_new"), TYPED)

    assert "Saved at" in said(owner, "draft_keep", {**TYPED, "name": "Another"})


def test_only_the_latest_sheets_are_remembered(owner: Client) -> None:
    row = factory.draft()
    for n in range(autosave.MOST_SHEETS + 1):
        owner.post(reverse("draft_drop_changes", args=[row.id]), {"sheet": f"{n}" * 50})

    over = Unfinished.objects.get().over
    assert len(over) == autosave.MOST_SHEETS
    assert over[-1] == f"{autosave.MOST_SHEETS}" * 20


@pytest.mark.django_db(transaction=True)
def test_a_save_that_is_not_stored_yet_is_waited_for() -> None:
    person, row = factory.owner(), factory.draft()
    typed = TypedForm(QueryDict("name=Mine&sheet=one"))
    answers: list[Unfinished | None] = []

    def late() -> None:
        answers.append(autosave.keep_meanwhile(person, draft=row, typed=typed))
        connection.close()

    page = threading.Thread(target=late)
    with transaction.atomic():
        autosave.forget(person, draft=row, typed=typed)
        page.start()
        # Without waiting it would be through by now; with it, it is sure to come after the save.
        page.join(timeout=0.5)
    page.join()

    assert answers == [None]
    assert autosave.find(person, draft=row) is None


@pytest.mark.parametrize("page", ["draft_keep_changes", "draft_drop_changes"])
def test_what_arrives_while_the_draft_is_deleted_is_not_found(
    page: str, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = factory.draft()
    hold = update.hold

    def late(draft_id: UUID) -> None:
        update.delete(Lookup(id=row.pk), by=factory.developer())
        hold(draft_id)

    monkeypatch.setattr(update, "hold", late)

    assert owner.post(reverse(page, args=[row.id]), {"name": "Late"}).status_code == 404


@pytest.mark.parametrize("page", ["draft_keep_changes", "draft_drop_changes", "draft_probe_again"])
def test_others_reach_none_of_it(stranger: Client, viewer: Client, page: str) -> None:
    row = factory.draft()

    assert stranger.post(reverse(page, args=[row.id]), {"name": "Mine"}).status_code == 404
    assert viewer.post(reverse(page, args=[row.id]), {"name": "Mine"}).status_code == 403
    assert not Unfinished.objects.exists()
