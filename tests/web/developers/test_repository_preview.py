"""The pages that ask for another tag offer the repository's tags, and wait for nobody."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from connectors.drafts import repository_preview
from connectors.fetches import repository_previews
from connectors.models import ConnectorStaged
from tests import factory, repositories

pytestmark = pytest.mark.django_db

PAGES = [("Failed", "draft_tag"), ("InCertification", "draft_resubmit")]
EITHER_PAGE = pytest.mark.parametrize(("status", "page"), PAGES)


@pytest.fixture
def repository(tmp_path: Path, settings: Any) -> None:
    """The repository of the factory's drafts, with three tags that their names do not sort."""
    settings.GIT_URL_REWRITES = {"https://github.com/": f"file://{tmp_path}/"}
    settings.CHECKOUT_DIR = tmp_path / "checkouts"
    for tag in ("1.0.0", "1.10.0", "1.9.0"):
        repositories.make(tmp_path / "acme" / "payments.git", tag=tag)


@pytest.fixture
def silent(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A repository that takes the question for its tags and never answers."""
    monkeypatch.setattr(repository_preview, "FETCH_SECONDS", 0.5)
    settings.CHECKOUT_DIR = tmp_path / "checkouts"
    with repositories.silent_server() as address:
        settings.GIT_URL_REWRITES = {"https://github.com/": address}
        yield


def tags_of(client: Client, row: ConnectorStaged, **typed: str) -> Any:
    """Ask for the part of the page that shows the tags, as its script does, until a worker has read them."""
    page = reverse("draft_tags", args=[row.pk])
    answer = client.post(page, typed)
    waits_for = answer.context["waits_for"] if answer.status_code == 200 and "waits_for" in answer.context else None
    if waits_for is None:
        return answer
    repository_previews.work(waits_for)
    return client.get(page, {"asked": waits_for})


def pressed(client: Client, page: str, typed: Mapping[str, Any]) -> Any:
    """Press the button of a browser without scripts, and again when a worker has read the repository."""
    waits_for = client.post(page, {**typed, "look": "1"}).context["waits_for"]
    repository_previews.work(waits_for)
    return client.post(page, {**typed, "look": "1", "asked": str(waits_for)})


def test_the_tags_come_newest_first_for_the_field_of_another_tag(owner: Client, repository: None) -> None:
    answer = tags_of(owner, factory.at("Failed"))

    part = answer.content.decode()
    assert answer.context["look"].tags == ("1.10.0", "1.9.0", "1.0.0")
    assert '<datalist id="tags"><option value="1.10.0">' in part
    assert 'data-suggest="id_tag" data-value="1.10.0"' in part
    assert 'data-fill="id_tag" data-value="1.9.0"' in part
    assert "id_repository_tag" not in part
    assert "<html" not in part


def test_the_tag_that_is_chosen_already_is_not_suggested(owner: Client, repository: None) -> None:
    row = factory.at("Failed", repository={"url": repositories.URL, "tag": "1.10.0"})

    assert 'data-suggest="id_tag"' not in tags_of(owner, row).content.decode()


def test_a_typed_tag_is_read_or_missed_at_once(owner: Client, repository: None) -> None:
    row = factory.at("Failed")

    there, missing = tags_of(owner, row, tag="1.9.0"), tags_of(owner, row, tag="2.0.0")

    assert "Configuration in connect.yaml at 1.9.0" in there.content.decode()
    assert "Tag not found" in missing.content.decode()


@EITHER_PAGE
def test_the_page_comes_before_anybody_asks_the_repository(owner: Client, silent: None, status: str, page: str) -> None:
    row = factory.at(status)

    answer = owner.get(reverse(page, args=[row.pk]))

    assert "look" not in answer.context
    assert f'hx-post="{reverse("draft_tags", args=[row.pk])}"' in answer.content.decode()


@EITHER_PAGE
def test_without_a_script_a_button_offers_the_tags_and_takes_the_newest(
    owner: Client, repository: None, status: str, page: str
) -> None:
    row = factory.at(status)

    answer = pressed(owner, reverse(page, args=[row.pk]), {"version": row.version, "tag": ""})

    form = answer.context["form"]
    assert answer.status_code == 200
    assert not form.errors
    assert (form["tag"].value(), form["version"].value()) == ("1.10.0", str(row.version))
    assert '<datalist id="tags"><option value="1.10.0">' in answer.content.decode()


def test_without_a_script_a_look_keeps_what_was_chosen(owner: Client, repository: None) -> None:
    row = factory.at("Failed")
    typed = {"version": "1", "tag": "1.9.0", "then": "private"}

    form = pressed(owner, reverse("draft_tag", args=[row.pk]), typed).context["form"]

    assert {name: form[name].value() for name in ("version", "tag", "then")} == {
        "version": "1",
        "tag": "1.9.0",
        "then": "private",
    }
    row.refresh_from_db()
    assert (row.status, row.repository_tag) == ("Failed", "1.0.0")


@EITHER_PAGE
def test_a_repository_that_does_not_answer_leaves_the_tag_to_be_typed(
    owner: Client, silent: None, status: str, page: str
) -> None:
    row = factory.at(status)

    looked = pressed(owner, reverse(page, args=[row.pk]), {"version": row.version, "tag": "1.0.1"})
    typed = {"version": row.version, "tag": "1.0.1", "then": "certification"}
    chosen = owner.post(reverse(page, args=[row.pk]), typed)

    assert "did not answer in time" in looked.content.decode()
    assert "You can still enter a tag" in looked.content.decode()
    assert looked.context["form"]["tag"].value() == "1.0.1"
    assert chosen.status_code == 302


def test_looking_for_tags_is_limited_too(owner: Client, repository: None, settings: Settings) -> None:
    settings.LIMITS = {"previews": 0}

    answer = tags_of(owner, factory.at("Failed"))

    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)
    assert "Try again in" in answer.content.decode()


def test_others_get_no_tags(stranger: Client, viewer: Client, client: Client, repository: None) -> None:
    row = factory.at("Failed")

    assert tags_of(stranger, row).status_code == 404
    assert tags_of(viewer, row).status_code == 403
    assert tags_of(client, row).status_code == 302
