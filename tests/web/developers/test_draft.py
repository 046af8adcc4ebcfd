"""The page of a draft: whose turn it is, the checks as they run, and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.choices import ConnectorStatus
from connectors.drafts import update
from connectors.drafts.update import Lookup
from connectors.errors import ConnectorError
from connectors.models import CheckResult, ConnectorStaged, Finding, ValidationRun
from connectors.worker import finish
from tests import factory
from web.developers import access
from web.developers import draft as draft_page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("status", "turn"),
    [
        ("Draft", "developer"),
        ("Processing", "system"),
        ("ReadyForCertification", "reviewer"),
        ("InCertification", "reviewer"),
        ("Failed", "developer"),
        ("Published", "nobody"),
    ],
)
def test_the_first_sentence_says_whose_turn_it_is(owner: Client, status: str, turn: str) -> None:
    row = factory.at(status)

    answer = owner.get(reverse("draft", args=[row.id]))

    page = answer.content.decode()
    assert answer.context["turn"].who == turn
    assert page.index(answer.context["turn"].title) < page.index('id="checks"')


def test_a_published_draft_with_changes_is_the_developers_turn(owner: Client) -> None:
    row = factory.at("Published")
    factory.act(row, {"action": "setName", "name": "Newer"})

    answer = owner.get(reverse("draft", args=[row.id]))

    assert answer.context["turn"].who == "developer"


@pytest.mark.parametrize(("certification", "how"), [(True, "certification"), (False, "private")])
def test_a_fault_of_ours_asks_for_another_try_and_not_for_a_new_tag(
    owner: Client, certification: bool, how: str
) -> None:
    row = factory.rejected(factory.publish(factory.draft(), certification=certification))
    ValidationRun.objects.filter(pk=factory.last_run(row).pk).update(state="errored")

    page = owner.get(reverse("draft", args=[row.id])).content.decode()

    banner = page[page.index('id="turn"') : page.index('id="checks"')]
    assert "fault on our side" in banner
    assert f'href="{reverse("draft_publish", args=[row.id])}?how={how}"' in banner
    assert "Choose a new tag" not in banner
    assert "Mend" not in banner


def test_a_fault_of_the_connector_asks_for_a_new_tag(owner: Client) -> None:
    row = factory.draft()
    factory.rejected(factory.publish(row, certification=True))
    ValidationRun.objects.filter(pk=factory.last_run(row).pk).update(state="errored")
    row.refresh_from_db()
    factory.rejected(factory.publish(row, certification=True))

    page = owner.get(reverse("draft", args=[row.id])).content.decode()

    assert "Choose a new tag" in page
    assert "fault on our side" not in page


def preview_given_up(row: ConnectorStaged) -> ConnectorStaged:
    """Ask for a preview whose checks a fault of ours ends."""
    row = factory.act(row, {"action": "updatePreviewable"})
    assert finish.give_up(factory.last_run(row, "preview"), now=timezone.now())
    row.refresh_from_db()
    return row


def banner_of(client: Client, row: ConnectorStaged) -> str:
    page = client.get(reverse("draft", args=[row.id])).content.decode()
    return page[page.index('id="turn"') : page.index('id="checks"')]


@pytest.mark.parametrize("status", ["Draft", "Failed", "Published"])
def test_a_preview_that_a_fault_of_ours_refused_is_asked_for_again(owner: Client, status: str) -> None:
    row = factory.at(status)
    before = owner.get(reverse("draft", args=[row.id])).context["turn"]
    row = preview_given_up(row)

    banner = banner_of(owner, row)

    assert "The preview check failed on our side" in banner
    assert f'href="{reverse("draft_preview", args=[row.id])}"' in banner
    assert owner.get(reverse("draft", args=[row.id])).context["turn"] == before
    again = owner.post(reverse("draft_preview", args=[row.id]), {"version": row.version})
    row.refresh_from_db()
    assert (again.status_code, row.is_previewable) == (302, "pending")
    assert "could not be checked" not in banner_of(owner, row)


def test_a_preview_that_the_connector_failed_is_not_a_fault_of_ours(owner: Client) -> None:
    row = preview_given_up(factory.draft())
    ValidationRun.objects.filter(kind="preview").update(state="failed")

    assert "could not be checked" not in banner_of(owner, row)


def test_a_preview_of_another_tag_is_forgotten(owner: Client) -> None:
    row = preview_given_up(factory.draft())
    factory.act(row, {"action": "setRepository", "tag": "1.0.1"})

    assert "could not be checked" not in banner_of(owner, row)


def test_who_may_only_look_and_who_waits_for_checks_are_not_asked_for_a_preview(owner: Client, viewer: Client) -> None:
    row = preview_given_up(factory.draft())

    assert "could not be checked" not in banner_of(viewer, row)
    factory.publish(row, certification=True)
    assert "could not be checked" not in banner_of(owner, row)


def test_what_stands_in_the_way_is_named_and_linked_at_once(owner: Client) -> None:
    row = factory.at("Failed")
    run = factory.last_run(row)
    rows = (("secrets", "required", "failed"), ("tests", "certify", "failed"), ("osv", "advisory", "did not run"))
    for n, (check, level, outcome) in enumerate(rows):
        CheckResult.objects.create(run=run, check_id=check, position=n, title=check, level=level, outcome=outcome)
    Finding.objects.create(run=run, check_id="secrets", rule="r", severity="error", message="A key", fingerprint="f")

    page = owner.get(reverse("draft", args=[row.id])).content.decode()

    banner = page[page.index('id="turn"') : page.index('id="checks"')]
    assert '<a href="#check-secrets">secrets</a>' in banner
    assert "(1 finding)" in banner
    assert "#check-tests" not in banner
    assert "#check-osv" not in banner
    assert 'id="check-secrets"' in page


def working(row: ConnectorStaged) -> ValidationRun:
    """Return the publishing run of a draft with one check done, one with a finding, one at work and one waiting."""
    run = factory.last_run(row)
    run.state, run.commit, run.started_at = "running", factory.COMMIT, timezone.now()
    run.save()
    row.runs.exclude(pk=run.pk).delete()
    outcomes = ("passed", "failed", "running", "queued")
    for n, outcome in enumerate(outcomes):
        CheckResult.objects.create(
            run=run, check_id=f"check-{n}", position=n, title=f"Check {n}", level="required", outcome=outcome, seconds=n
        )
    Finding.objects.create(
        run=run,
        check_id="check-1",
        rule="secret/key",
        severity="error",
        message="A key",
        fix="Take it out",
        path="src/a b.js",
        line=7,
        snippet="<script>alert(1)</script>",
        fingerprint="f",
    )
    return run


def test_checks_at_work_are_followed(owner: Client) -> None:
    row = factory.at("Processing")
    working(row)

    answer = owner.get(reverse("draft", args=[row.id]))

    page = answer.content.decode()
    assert f'hx-get="{reverse("draft_checks", args=[row.id])}"' in page
    assert "2 of 4 done" in page


def test_the_part_with_the_checks_goes_on_while_they_run_and_then_loads_the_page(owner: Client) -> None:
    row = factory.at("Processing")
    run = working(row)

    during = owner.get(reverse("draft_checks", args=[row.id]))
    ValidationRun.objects.filter(pk=run.pk).update(state="failed", finished_at=timezone.now())
    after = owner.get(reverse("draft_checks", args=[row.id]))

    assert "HX-Refresh" not in during
    assert "<html" not in during.content.decode()
    assert after["HX-Refresh"] == "true"
    assert "hx-get" not in after.content.decode()


@pytest.mark.security
def test_a_finding_has_place_link_and_fix_and_its_snippet_is_text(owner: Client) -> None:
    row = factory.at("Processing")
    working(row)

    page = owner.get(reverse("draft", args=[row.id])).content.decode()

    assert f"https://github.com/acme/payments/blob/{factory.COMMIT}/src/a%20b.js#L7" in page
    assert "src/a b.js:7" in page
    assert "Take it out" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_a_run_of_the_past_has_its_page(owner: Client, stranger: Client) -> None:
    row = factory.at("Processing")
    run = working(row)

    own = owner.get(reverse("draft_run", args=[row.id, run.id]))
    foreign = stranger.get(reverse("draft_run", args=[row.id, run.id]))

    assert own.status_code == 200
    assert "Check 1" in own.content.decode()
    assert foreign.status_code == 404


def test_a_run_of_another_draft_is_not_found(owner: Client) -> None:
    row = factory.draft()
    other = factory.at("Processing", repository={"url": "https://github.com/acme/other.git", "tag": "1"})

    answer = owner.get(reverse("draft_run", args=[row.id, factory.last_run(other).id]))

    assert answer.status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_findings(
    owner: Client, django_assert_max_num_queries: object
) -> None:
    row = factory.at("Processing")
    run = working(row)
    Finding.objects.bulk_create(
        Finding(run=run, check_id=f"check-{n % 4}", rule="r", severity="note", message="m", fingerprint=str(n))
        for n in range(200)
    )

    with django_assert_max_num_queries(14):  # type: ignore[operator]
        owner.get(reverse("draft", args=[row.id]))


@pytest.mark.security
def test_text_of_others_is_shown_as_text(owner: Client) -> None:
    row = factory.at("InCertification", name="<b>Bold</b>", description="<img src=x>")
    factory.act(row, {"action": "addCertificationComment", "comment": "<script>x</script>"})

    page = owner.get(reverse("draft", args=[row.id])).content.decode()

    assert "<script>x" not in page
    assert "&lt;b&gt;Bold" in page


ACTIONS: dict[str, dict[str, Any]] = {
    "edit": {"action": "setName", "name": "Other"},
    "tag": {"action": "setRepository", "tag": "9.9.9"},
    "publish": {"action": "publish", "certification": False},
    "certify": {"action": "publish", "certification": True},
    "preview": {"action": "updatePreviewable"},
    "comment": {"action": "addCertificationComment", "comment": "Hello"},
    "unlist": {"action": "unlist"},
}
STATES: dict[str, Callable[[], ConnectorStaged]] = {
    **{status: partial(factory.at, status) for status in ConnectorStatus},
    "preview pending": lambda: factory.act(factory.draft(), ACTIONS["preview"]),
    "private": lambda: factory.at("Published", certification=False),
    "private once public": lambda: factory.validated(factory.publish(factory.at("Published"), certification=False)),
    "private, next version checked": lambda: factory.publish(
        factory.at("Published", certification=False), certification=True
    ),
    "changed": lambda: factory.act(factory.at("Published"), ACTIONS["edit"]),
    "unlisted": lambda: factory.act(factory.at("Published"), ACTIONS["unlist"]),
    "unlisted and changed": lambda: factory.act(factory.at("Published"), ACTIONS["unlist"], ACTIONS["edit"]),
}


def accepts(row: ConnectorStaged, name: str) -> bool:
    """Return whether the API's own verb does it now; the change is rolled back."""
    try:
        with transaction.atomic():
            if name == "delete":
                update.delete(Lookup(id=row.id), by=factory.developer())
            else:
                factory.act(row, ACTIONS[name])
            transaction.set_rollback(True)
    except ConnectorError:
        return False
    return True


@pytest.mark.parametrize("state", STATES)
def test_the_page_offers_exactly_what_the_api_accepts(state: str) -> None:
    row = STATES[state]()
    seat = access.find(factory.owner(), row.id)

    choices = draft_page.choices(seat)

    expected = {name: accepts(row, name) for name in (*ACTIONS, "delete")}
    assert {name: getattr(choices, name)().possible for name in expected} == expected
    assert bool(choices.list_again) == (state == "unlisted")


def configured(row: ConnectorStaged, state: str) -> ConnectorStaged:
    """End the run that reads connect.yaml at the draft's tag."""
    run = factory.last_run(row, "configuration")
    ValidationRun.objects.filter(pk=run.pk).update(state=state, finished_at=timezone.now())
    return row


@pytest.mark.parametrize(
    ("state", "said", "tag_first"),
    [
        ("queued", "connect.yaml is being read at tag 1.0.0", False),
        ("passed", "Review the configuration from connect.yaml", False),
        ("failed", "connect.yaml at tag 1.0.0 cannot be used. Fix the findings below", True),
        ("errored", "This is a fault on our side", False),
    ],
)
def test_a_draft_says_what_became_of_its_connect_yaml(owner: Client, state: str, said: str, tag_first: bool) -> None:
    banner = banner_of(owner, configured(factory.draft(), state))

    assert said in banner
    assert ("Choose a new tag" in banner) is tag_first
    assert ("Review the configuration from" in banner) is (state == "passed")


@pytest.mark.parametrize("status", ["Failed", "Published"])
def test_a_new_tag_whose_connect_yaml_failed_says_so_whatever_was_before(owner: Client, status: str) -> None:
    row = factory.act(factory.at(status), {"action": "setRepository", "tag": "1.0.1"})

    assert "connect.yaml at tag 1.0.1 cannot be used" in banner_of(owner, configured(row, "failed"))


def test_after_a_new_tag_the_old_report_names_its_own(owner: Client) -> None:
    row = factory.at("Failed")
    before = owner.get(reverse("draft", args=[row.id])).content.decode()
    row = configured(factory.act(row, {"action": "setRepository", "tag": "1.0.1"}), "passed")

    after = owner.get(reverse("draft", args=[row.id])).content.decode()

    assert "before you chose" not in before
    assert "tag 1.0.0, before you chose 1.0.1" in after
    assert "Tag 1.0.0 failed. You have chosen tag 1.0.1" in after
    assert "Choose a new tag" not in banner_of(owner, row)


@pytest.mark.parametrize("status", ["Draft", "Processing", "ReadyForCertification"])
def test_a_comment_that_is_refused_stays_with_the_reason(owner: Client, status: str) -> None:
    row = factory.at(status)

    text = owner.post(reverse("draft_comment", args=[row.id]), {"comment": "A long thought\a."}).content.decode()

    assert "A long thought" in text
    assert 'id="id_comment_error"' in text


def test_a_comment_that_is_refused_is_told_without_the_path_of_its_field(owner: Client) -> None:
    row = factory.at("ReadyForCertification")

    answer = owner.post(reverse("draft_comment", args=[row.id]), {"comment": "x" * 10_001})

    assert answer.status_code == 422
    assert "actions[0]" not in answer.content.decode()
