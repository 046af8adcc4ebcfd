"""The review page and its buttons."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Event, User
from accounts.roles import Role
from certification.comparison import tag_fetches
from certification.decisions import certificate, changes, failure, question
from certification.desk import claims, prepared_answers
from certification.errors import Obstructed, Stale
from certification.models import (
    Answer,
    ApprovalRule,
    ChangeRequest,
    LineComment,
    Look,
    Note,
    Round,
    Unsent,
    Verdict,
)
from certification.rounds import approvals, conversation, reruns, submissions
from certification.rounds.abilities import abilities
from certification.verdicts import verdicts
from connectors.models import CheckResult, ConnectorStaged, Finding, Waiver
from tests import factory
from tests.certification.world import FILES, Problem, World, finish, report
from web.reviewers.review import overview

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(world: World) -> ConnectorStaged:
    return world.submitted(problems=[Problem(severity="warning")])


@pytest.fixture
def page(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


@pytest.fixture
def begun(draft: ConnectorStaged, reviewer: User) -> ConnectorStaged:
    claims.start(draft.pk, by=reviewer)
    return draft


def shown(client: Client, draft: ConnectorStaged, **query: str) -> str:
    return client.get(reverse("review", args=[draft.pk]), query).content.decode()


def sent(client: Client, name: str, *args: Any, **fields: Any) -> Any:
    return client.post(reverse(name, args=args), fields)


def decided(client: Client, draft: ConnectorStaged, kind: str, **fields: Any) -> Any:
    """Send a decision from a page that was drawn just now."""
    seen = overview.last_event(Round.objects.filter(draft=draft).latest("number"))
    return sent(client, "review_decide", draft.pk, **{"kind": kind, "token": uuid4(), "seen": seen, **fields})


def test_a_reviewer_reads_everything_about_the_round(page: Client, begun: ConnectorStaged) -> None:
    until = timezone.now() + timedelta(days=3)
    submissions.keep(
        begun, by=factory.developer(), notes="Try a refund.", credentials="pa55", credentials_expire_at=until
    )

    text = shown(page, begun)

    for words in (
        "validation check succeeded",
        "Static analysis",
        "A token is in the code.",
        "API_KEY",
        "1.0.0",
        "Endpoints know who calls them",
        "service/src/index.js",
        "Try a refund.",
        "Reveal credentials",
        "This submission cannot be certified yet",
    ):
        assert words in text
    assert "pa55" not in text


@pytest.mark.parametrize(("role", "status"), [("", 403), (Role.AUDITOR, 200), (Role.REVIEWER, 200)])
def test_the_pages_open_by_role(client: Client, world: World, draft: ConnectorStaged, role: str, status: int) -> None:
    client.force_login(world.person("Ann", role))
    places = [
        reverse("review", args=[draft.pk]),
        reverse("review_files", args=[draft.pk]),
        reverse("review_file", args=[draft.pk]) + "?path=README.md",
        reverse("review_packages", args=[draft.pk]),
        reverse("review_documents", args=[draft.pk]),
        reverse("review_here", args=[draft.pk]),
        reverse("review_keys"),
        reverse("review_answers"),
        reverse("queue"),
        reverse("figures"),
    ]

    assert {place: client.get(place).status_code for place in places} == dict.fromkeys(places, status)


def test_somebody_unknown_is_sent_to_sign_in(client: Client, draft: ConnectorStaged) -> None:
    answer = client.get(reverse("review", args=[draft.pk]))

    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_an_unknown_connector_file_or_verb_is_not_found(page: Client, begun: ConnectorStaged) -> None:
    assert page.get(reverse("review", args=[uuid4()])).status_code == 404
    assert page.get(reverse("review_file", args=[begun.pk]), {"path": "../etc/passwd"}).status_code == 404
    assert sent(page, "review_settle", begun.pk, 1, "burn").status_code == 404
    assert sent(page, "review_decide", begun.pk, kind="burn").status_code == 404


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("review_start", ()),
        ("review_comment", ()),
        ("review_note", ()),
        ("review_remark", ()),
        ("review_request", ()),
        ("review_settle", (1, "accept")),
        ("review_evidence", ()),
        ("review_verdict", ("tests",)),
        ("review_waiver", (1,)),
        ("review_decide_waiver", (1, "approve")),
        ("review_escalate", ()),
        ("review_recheck", ()),
        ("review_fetch", ()),
        ("review_reveal", ()),
        ("review_unsent", ()),
        ("review_preview", ()),
        ("review_decide", ()),
        ("review_assign", ()),
        ("review_release", ()),
    ],
)
def test_an_auditor_changes_nothing(
    client: Client, world: World, draft: ConnectorStaged, name: str, args: tuple[Any, ...]
) -> None:
    client.force_login(world.person("Ann", Role.AUDITOR))
    before = Event.objects.count()

    assert client.post(reverse(name, args=[draft.pk, *args]), {"message": "x"}).status_code == 403
    assert client.get(reverse(name, args=[draft.pk, *args])).status_code in {302, 403}
    assert Event.objects.count() == before
    assert "<textarea" not in shown(client, draft)


def test_start_comment_and_certify_by_the_buttons(
    page: Client, world: World, draft: ConnectorStaged, reviewer: User
) -> None:
    sent(page, "review_start", draft.pk)
    sent(page, "review_comment", draft.pk, message="Looks good.", token=uuid4())
    world.decided(draft, reviewer)

    preview = sent(page, "review_preview", draft.pk, kind="certified", message="Welcome.").content.decode()
    answer = decided(page, draft, "certified", message="Welcome.")

    draft.refresh_from_db()
    assert "connect-certification" in preview
    assert answer["Location"] == reverse("queue")
    assert draft.status == "Published"
    assert [c.text for c in draft.comments.all()] == ["Looks good.", "Welcome."]


def test_a_decision_that_is_obstructed_says_by_what_and_keeps_the_text(page: Client, begun: ConnectorStaged) -> None:
    answer = decided(page, begun, "certified", message="My long text")

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "My long text" in text
    assert "criteria are not decided" in text
    assert "My long text" in shown(page, begun)
    assert Round.objects.get().is_open


def test_what_others_did_is_shown_and_the_text_kept(
    page: Client, world: World, begun: ConnectorStaged, reviewer: User
) -> None:
    world.decided(begun, reviewer)
    seen = overview.last_event(Round.objects.get())
    factory.act(begun, {"action": "addCertificationComment", "comment": "Wait!"})

    refused = decided(page, begun, "certified", message="Welcome.", seen=seen)
    again = decided(page, begun, "certified", message="Welcome.")

    assert refused.status_code == 409
    for words in ("Something changed since", "API client test-client commented.", "Welcome."):
        assert words in refused.content.decode()
    assert again.status_code == 302


def test_the_same_decision_sent_twice_is_done_once(page: Client, begun: ConnectorStaged) -> None:
    token = uuid4()
    first = decided(page, begun, "question", message="Why?", token=token)
    second = page.post(
        reverse("review_decide", args=[begun.pk]), {"kind": "question", "message": "Why?", "token": token}
    )

    assert (first.status_code, second.status_code) in ((302, 302), (302, 409))
    assert Answer.objects.count() == begun.comments.count() == 1


def test_changes_are_requested_and_failing_needs_a_reason(page: Client, begun: ConnectorStaged) -> None:
    sent(page, "review_request", begun.pk, message="Read the port.", path="service/src/index.js", line="1")
    prepared = shown(page, begun)
    assert decided(page, begun, "failed", message="No.", reason="").status_code == 409

    answer = decided(page, begun, "changes", message="Please.")

    row = Round.objects.get()
    assert "service/src/index.js:1: Read the port." in prepared
    assert answer.status_code == 302
    assert (row.turn, row.awaits) == ("developer", "changes")
    assert "Decide" not in shown(page, begun).split("<main")[1].split("cr-review")[0]


def test_notes_and_comments_look_different_and_stay_apart(page: Client, begun: ConnectorStaged) -> None:
    sent(page, "review_note", begun.pk, message="Smells.")
    sent(page, "review_comment", begun.pk, message="Nice.")

    text = shown(page, begun)

    assert Note.objects.get().text == "Smells."
    assert [c.text for c in begun.comments.all()] == ["Nice."]
    assert "Only reviewers see these notes" in text
    assert "Public: the developer and the API show it" in text
    begun.refresh_from_db()
    assert "Smells." not in begun.document


def test_a_line_is_commented_and_the_comment_taken_back(page: Client, begun: ConnectorStaged) -> None:
    place = {"path": "service/src/index.js", "line": "2"}
    answer = page.post(reverse("review_remark", args=[begun.pk]) + "?base=nothing", {**place, "message": "Why log?"})
    file = page.get(answer["Location"].partition("#")[0]).content.decode()

    assert answer["Location"].endswith("#L2")
    assert "Why log?" in file
    sent(page, "review_drop_remark", begun.pk, LineComment.objects.get().pk)
    assert not LineComment.objects.exists()


def test_an_empty_line_comment_shows_the_file_again(page: Client, begun: ConnectorStaged) -> None:
    answer = sent(page, "review_remark", begun.pk, path="README.md", line="1", message="  ")

    assert answer.status_code == 409
    assert "Write the comment first." in answer.content.decode()


def test_a_file_is_shown_unified_and_side_by_side_with_what_was_said(page: Client, begun: ConnectorStaged) -> None:
    place = reverse("review_file", args=[begun.pk])
    unified = page.get(place, {"path": "service/src/index.js"}).content.decode()
    split = page.get(place, {"path": "service/src/index.js", "view": "split"}).content.decode()
    part = page.get(place, {"path": "service/src/index.js"}, headers={"HX-Request": "true"}).content.decode()

    for text in (unified, split, part):
        assert "console.log(port)" in text
        assert "A token is in the code." in text
        assert 'id="L2"' in text
    assert "cr-diff-split" in split
    assert "<html" not in part


def test_how_differences_are_drawn_is_remembered(page: Client, begun: ConnectorStaged) -> None:
    place, file = reverse("review_file", args=[begun.pk]), {"path": "service/src/index.js"}

    assert b"cr-diff-split" in page.get(place, {**file, "view": "split"}).content
    assert b"cr-diff-split" in page.get(place, file).content
    assert b"view=split" in page.get(reverse("review", args=[begun.pk])).content
    assert b"cr-diff-split" in page.get(place, {**file, "view": "sideways"}).content
    assert b"cr-diff-split" not in page.get(place, {**file, "view": "unified"}).content
    assert b"cr-diff-split" not in page.get(place, file).content


def uncolored(page: str) -> str:
    """Return a page without the marks that color code."""
    return re.sub(r"</?span[^>]*>", "", page)


def test_code_is_shown_and_never_interpreted(page: Client, world: World, reviewer: User) -> None:
    world.tag("1.0.0", {**FILES, "a.js": "<script>alert(1)</script>\n", "b<img src=x>.js": "1\n"})
    hostile = world.begun(reviewer, name="<script>alert(2)</script>")

    text = shown(page, hostile)
    file = page.get(reverse("review_file", args=[hostile.pk]), {"path": "a.js"}).content.decode()

    for page_text in (text, file):
        assert "<script>alert" not in page_text
        assert "<img src=x>" not in page_text
    assert "&lt;script&gt;alert(1)" in uncolored(file)


def test_verdicts_are_given_and_a_stale_one_is_refused_with_the_text_kept(
    page: Client, world: World, begun: ConnectorStaged
) -> None:
    sent(page, "review_verdict", begun.pk, "tests", value="fail", message="There are none.", version="0")
    stale = sent(page, "review_verdict", begun.pk, "tests", value="pass", message="I saw some.", version="0")

    assert Verdict.objects.get().comment == "There are none."
    assert stale.status_code == 409
    assert "I saw some." in stale.content.decode()
    assert "Rita said “Fail”" in stale.content.decode()


def test_the_checks_evidence_is_accepted_at_once(page: Client, begun: ConnectorStaged) -> None:
    answer = page.post(reverse("review_evidence", args=[begun.pk]), follow=True)

    assert "2 criteria passed by the checks." in answer.content.decode()


def test_a_waiver_is_proposed_here_and_approved_by_somebody_else(
    page: Client, client: Client, world: World, begun: ConnectorStaged
) -> None:
    finding = Finding.objects.get()
    refused = sent(page, "review_waiver", begun.pk, finding.pk, scope="finding", message="No.")
    sent(page, "review_waiver", begun.pk, finding.pk, scope="finding", message="A public key of the vendor.")
    waiver = Waiver.objects.get()

    client.force_login(world.person("Sam", Role.SECURITY_REVIEWER))
    assert "Waiver proposed" in shown(client, begun)
    sent(client, "review_decide_waiver", begun.pk, waiver.pk, "approve")

    assert refused.status_code == 409
    waiver.refresh_from_db()
    assert waiver.approved_by_label == "Sam"
    assert "Waived until" in shown(client, begun)


@pytest.mark.parametrize("days", [0, 1, 90])
def test_a_waiver_holds_to_the_end_of_the_day_that_was_chosen(page: Client, begun: ConnectorStaged, days: int) -> None:
    day = timezone.localdate() + timedelta(days=days)

    sent(
        page, "review_waiver", begun.pk, Finding.objects.get().pk,
        scope="finding", message="A public key of the vendor.", until=day.isoformat(),
    )  # fmt: skip

    assert Waiver.objects.get().expires_at == datetime.combine(day, datetime.max.time(), tzinfo=UTC)


def test_a_date_that_cannot_be_read_is_no_waiver_of_a_year(page: Client, begun: ConnectorStaged) -> None:
    answer = sent(
        page, "review_waiver", begun.pk, Finding.objects.get().pk,
        scope="finding", message="A public key of the vendor.", until="11.12.2026",
    )  # fmt: skip

    assert answer.status_code == 409
    assert not Waiver.objects.exists()


def test_credentials_are_shown_once_asked_for_and_not_kept_by_the_browser(page: Client, begun: ConnectorStaged) -> None:
    until = timezone.now() + timedelta(days=3)
    submissions.keep(begun, by=factory.developer(), credentials="shop / pa55", credentials_expire_at=until)

    asked = sent(page, "review_reveal", begun.pk)
    answer = page.get(asked["Location"])
    again = page.get(asked["Location"])

    assert asked.status_code == 302
    assert "shop / pa55" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert again["Location"] == reverse("review", args=[begun.pk])
    assert Event.objects.filter(name="credentials:revealed").count() == 1


def test_what_is_typed_is_kept_for_its_writer_only(
    page: Client, client: Client, world: World, begun: ConnectorStaged
) -> None:
    quiet = page.post(
        reverse("review_unsent", args=[begun.pk]),
        {"slot": "comment", "message": "Half a thou"},
        headers={"HX-Request": "true"},
    )
    by_button = sent(page, "review_unsent", begun.pk, slot="note", message="Half a note")

    assert (quiet.status_code, by_button.status_code) == (200, 302)
    assert quiet.content.decode() == "Draft saved. Only you see it until you send it.\n"
    assert "Half a thou" in shown(page, begun)
    assert "Half a note" in shown(page, begun)
    sent(page, "review_comment", begun.pk, message="Half a thought, whole.")
    assert list(Unsent.objects.values_list("slot", flat=True)) == ["note"]
    client.force_login(world.person("Rob"))
    assert "Half a note" not in shown(client, begun)


def test_a_prepared_answer_is_put_in_without_script(page: Client, begun: ConnectorStaged) -> None:
    answers = page.get(reverse("review_answers"), {"q": "scope"}).content.decode()
    pk = prepared_answers.search("scopes")[0].pk

    sent(page, "review_preview", begun.pk, message="Hello.", insert="yes", answer=pk)

    assert "Scopes too wide" in answers
    assert Unsent.objects.get().text.startswith("Hello.\n\nThe API client asks for more scopes")


def test_who_else_is_here_and_that_something_happened_is_said(
    page: Client, client: Client, world: World, begun: ConnectorStaged
) -> None:
    seen = overview.last_event(Round.objects.get())
    other = Client()
    other.force_login(world.person("Rob"))
    shown(other, begun)

    before = page.get(reverse("review_here", args=[begun.pk]), {"seen": seen}).content.decode()
    factory.act(begun, {"action": "addCertificationComment", "comment": "Wait!"})
    after = page.get(reverse("review_here", args=[begun.pk]), {"seen": seen}).content.decode()

    assert "Rob has this review open too." in before
    assert "Since you opened the page" not in before
    assert "Since you opened the page" in after


def test_an_old_round_is_read_by_its_number_and_nothing_can_be_done(
    page: Client, begun: ConnectorStaged, reviewer: User
) -> None:
    failure.fail(begun.pk, by=reviewer, reason="other", message="No.")

    text = shown(page, begun, round="1")

    assert "Send comment" not in text
    assert "Failed" in text


def test_a_second_signature_is_asked_for(page: Client, world: World, begun: ConnectorStaged, reviewer: User) -> None:
    ApprovalRule.objects.create(name="Two pairs of eyes")
    world.decided(begun, reviewer)

    preview = sent(page, "review_preview", begun.pk, kind="certified", message="").content.decode()
    answer = decided(page, begun, "certified")

    assert "needs two signatures" in preview
    assert answer.status_code == 302
    assert approvals.is_signed(Round.objects.get())


def test_requests_are_settled_here(page: Client, begun: ConnectorStaged) -> None:
    sent(page, "review_request", begun.pk, message="Read the port.", criterion="tests")
    asked = ChangeRequest.objects.get()

    states = []
    for how in ("drop", "reopen", "accept"):
        sent(page, "review_settle", begun.pk, asked.pk, how)
        asked.refresh_from_db()
        states.append(asked.state)

    assert states == ["dropped", "open", "accepted"]


def test_a_lead_assigns_and_releases_here(client: Client, world: World, begun: ConnectorStaged) -> None:
    client.force_login(world.person("Lea", Role.LEAD_REVIEWER))
    other = world.person("Rob")

    sent(client, "review_assign", begun.pk, to=other.pk)
    assert Round.objects.get().assignee == other
    sent(client, "review_release", begun.pk)
    assert Round.objects.get().assignee is None


def test_two_thousand_changed_files_open_in_well_under_a_second(
    page: Client, world: World, reviewer: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    world.tag("1.0.0", {**FILES, **{f"service/src/m{n}/a.js": f"let n = {n}\n" for n in range(2000)}})
    large = world.begun(reviewer)
    shown(page, large)

    started = time.process_time()
    with django_assert_max_num_queries(60):
        text = shown(page, large)

    assert time.process_time() - started < 1
    assert "1704 more files" in text
    assert conversation.unsent_of(Round.objects.get(), reviewer) == {}


def test_two_tags_are_fetched_and_compared(page: Client, world: World, begun: ConnectorStaged) -> None:
    world.tag("0.8.0", {"only-once.js": "let a = 1\n"})
    world.tag("0.9.0", {"only-once.js": "let a = 2\n"})
    address = f"{reverse('review_files', args=[begun.pk])}?from=0.8.0&to=0.9.0"

    before = page.get(address).content.decode()
    assert "Tag 0.8.0 has to be fetched first" in before
    answer = page.post(f"{reverse('review_fetch', args=[begun.pk])}?from=0.8.0&to=0.9.0", {"tag": ["0.8.0", "0.9.0"]})
    assert answer["Location"] == address
    waiting = page.get(address).content.decode()
    assert waiting.count("waiting for a worker") == 2
    assert 'hx-trigger="every 2s"' in waiting
    for row in Look.objects.exclude(tag=""):
        tag_fetches.work(row.pk)

    after = page.get(address).content.decode()
    part = page.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "only-once.js" in after
    assert 'hx-trigger="every 2s"' not in part
    assert "only-once.js" in part
    assert "<html" not in part
    compared = {"path": "only-once.js", "base": "tag:0.8.0", "head": "tag:0.9.0"}
    shown_file = page.get(reverse("review_file", args=[begun.pk]), compared).content.decode()
    assert "let a = 2" in uncolored(shown_file)
    assert "Comment on line" not in shown_file


def test_a_tag_that_cannot_be_fetched_says_why_and_offers_to_try_again(page: Client, begun: ConnectorStaged) -> None:
    tag_fetches.work(tag_fetches.ask(begun, tag="7.0.0", by="Rita").pk)

    text = page.get(reverse("review_files", args=[begun.pk]), {"from": "7.0.0", "to": "1.0.0"}).content.decode()

    assert "Tag 7.0.0 could not be fetched." in text
    assert "Fetch 7.0.0" in text


def test_a_tag_that_can_be_none_is_refused_with_a_sentence(page: Client, begun: ConnectorStaged) -> None:
    answer = page.post(reverse("review_fetch", args=[begun.pk]), {"tag": "--exec=x"}, follow=True)

    assert answer.status_code == 200
    assert "dash" in answer.content.decode()
    assert not Look.objects.exclude(tag="").exists()


def test_the_lock_files_stand_with_the_code(page: Client, world: World, reviewer: User) -> None:
    lock = '{"lockfileVersion": 3, "packages": {"node_modules/express": {"version": "4.18.0"}}}'
    world.tag("1.0.0", {**FILES, "service/package-lock.json": lock})
    problem = Problem(
        check="dependencies",
        severity="warning",
        path="service/package-lock.json",
        package="pkg:npm/express",
        advisory="GHSA-abcd",
    )
    begun = world.begun(reviewer, problems=[problem])

    part = page.get(reverse("review_packages", args=[begun.pk]), headers={"HX-Request": "true"}).content.decode()

    assert reverse("review_packages", args=[begun.pk]) in shown(page, begun)
    for words in ("express", "4.18.0", "added", "GHSA-abcd", f"#finding-{Finding.objects.get().pk}"):
        assert words in part
    assert f'id="finding-{Finding.objects.get().pk}"' in shown(page, begun)


PART = {"HX-Request": "true"}


def test_script_gets_the_criteria_and_what_a_verdict_changes_elsewhere(page: Client, begun: ConnectorStaged) -> None:
    address = reverse("review_verdict", args=[begun.pk, "tests"])

    answer = page.post(address, {"value": "pass", "message": "I ran them.", "version": 0}, headers=PART)

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in text
    for part in ('id="criteria"', 'id="undecided"', 'id="decide-state"'):
        assert part in text
    assert Verdict.objects.get().value == "pass"
    assert "13 undecided" in text


def test_script_is_told_why_a_verdict_is_refused_and_the_text_stays(page: Client, begun: ConnectorStaged) -> None:
    address = reverse("review_verdict", args=[begun.pk, "tests"])
    page.post(address, {"value": "pass", "message": "I ran them.", "version": 0})

    answer = page.post(address, {"value": "fail", "message": "There are none.", "version": 0}, headers=PART)

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Rita said “Pass”." in text
    assert 'value="There are none."' in text
    assert Verdict.objects.get().value == "pass"


def test_a_pass_without_a_reason_is_refused_where_the_check_did_not_run(page: Client, begun: ConnectorStaged) -> None:
    answer = page.post(reverse("review_verdict", args=[begun.pk, "tests"]), {"value": "pass", "version": 0})

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Say how you checked it" in text
    assert "Not checked by machine: tests did not run." in text
    assert not Verdict.objects.exists()


def test_enter_in_a_comment_decides_nothing_and_keeps_it(page: Client, begun: ConnectorStaged) -> None:
    answer = page.post(reverse("review_verdict", args=[begun.pk, "tests"]), {"message": "Half.", "version": 0})

    assert answer.status_code == 409
    assert 'value="Half."' in answer.content.decode()
    assert not Verdict.objects.exists()


def test_a_verdict_takes_the_place_of_what_was_typed(page: Client, begun: ConnectorStaged, reviewer: User) -> None:
    slot = "verdict:tests"
    conversation.keep_unsent(Round.objects.get(), by=reviewer, slot=slot, text="None", now=timezone.now())

    sent(page, "review_verdict", begun.pk, "tests", value="fail", message="None at all.", version=0)

    assert not Unsent.objects.exists()
    assert 'value="None at all."' in shown(page, begun)


def test_an_appeal_shows_the_refusal_and_what_the_developer_says(page: Client, world: World) -> None:
    draft = world.begun(world.person("Sam"))
    failure.fail(draft.pk, by=world.person("Sam"), reason="security", message="Anybody can call it.")
    submissions.appeal(draft.pk, by=factory.developer(), text="The signature is checked in line 4.")

    text = shown(page, draft)

    why = text[text.index('id="why"') : text.index('id="requests"')]
    assert "Why it failed" in why
    assert ": security" in why
    assert "Anybody can call it." in why
    assert "The signature is checked in line 4." in why
    # Compared with the same commit nothing would differ.
    assert "service/src/index.js" in text[text.index('id="code"') :]


def test_a_new_tag_shows_what_was_asked_for_before(page: Client, world: World, reviewer: User) -> None:
    draft = world.begun(reviewer)
    conversation.request(draft.pk, by=reviewer, text="Read the port.")
    changes.request_changes(draft.pk, by=reviewer, message="Two small things.")
    world.tag("1.0.1", {"README.md": "# Better\n"})
    submissions.resubmit(draft.pk, tag="1.0.1", by=factory.developer())
    world.admitted(draft)

    text = shown(page, draft)

    why = text[text.index('id="why"') : text.index('id="requests"')]
    assert "Changes requested in round 1" in why
    assert "Two small things." in why


def test_script_gets_the_form_of_a_line_and_then_the_file_with_the_comment(
    page: Client, begun: ConnectorStaged
) -> None:
    query = "?path=README.md&base=nothing&line=1"
    form = page.get(reverse("review_file", args=[begun.pk]) + query + "&form=yes", headers=PART).content.decode()
    assert 'name="slot" value="line:README.md:1"' in form
    assert "<html" not in form

    fields = {"path": "README.md", "line": "1", "message": "Which version?"}
    kept = page.post(reverse("review_remark", args=[begun.pk]) + query, fields, headers=PART)

    text = kept.content.decode()
    assert kept.status_code == 200
    assert "Which version?</p>" in text
    assert 'data-suggest="decide-message" data-value="Also\n- README.md:1: Which version?" data-renews' in text


def test_script_is_told_why_a_comment_is_refused(page: Client, begun: ConnectorStaged) -> None:
    fields = {"path": "README.md", "line": "1", "message": "x" * 20_000}

    answer = page.post(reverse("review_remark", args=[begun.pk]) + "?base=nothing", fields, headers=PART)

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "The limit is 10000" in text
    assert "x" * 20_000 in text
    assert not LineComment.objects.exists()


def test_a_failed_criterion_joins_the_prepared_message_at_once(page: Client, begun: ConnectorStaged) -> None:
    fields = {"value": "fail", "message": "There are none.", "version": 0}

    text = page.post(reverse("review_verdict", args=[begun.pk, "tests"]), fields, headers=PART).content.decode()

    assert '- There are none." data-renews' in text


def test_a_preview_tells_what_others_did_since_the_review_was_opened(
    page: Client, world: World, begun: ConnectorStaged
) -> None:
    seen = overview.last_event(Round.objects.get())
    verdicts.decide(begun.pk, "tests", "fail", by=world.person("Sam"), comment="There are none.")

    answer = sent(page, "review_preview", begun.pk, kind="question", message="Where are the tests?", seen=seen)

    text = answer.content.decode()
    assert "Since you opened the review:" in text
    assert "Sam gave a verdict (The important paths have tests, – → fail)." in text
    assert "Where are the tests?</textarea>" in text
    assert f'name="seen" value="{overview.last_event(Round.objects.get())}"' in text


def test_an_open_page_is_told_what_others_did(page: Client, world: World, begun: ConnectorStaged) -> None:
    seen = overview.last_event(Round.objects.get())
    conversation.remark(begun.pk, by=world.person("Sam"), path="README.md", line=2, text="Typo.")

    text = page.get(reverse("review_here", args=[begun.pk]), {"seen": seen}).content.decode()

    assert "Sam commented on a line (README.md:2)." in text


def test_a_requested_fix_is_shown_at_its_finding(page: Client, begun: ConnectorStaged) -> None:
    finding = Finding.objects.get()
    fields = {"message": "A token is in the code.", "fingerprint": finding.fingerprint, "finding": finding.pk}

    answer = sent(page, "review_request", begun.pk, **fields)

    assert answer["Location"].endswith(f"#finding-{finding.pk}")
    text = shown(page, begun)
    assert "Fix requested, open" in text
    assert "Request fix" not in text


def test_a_refused_waiver_keeps_its_reason(page: Client, begun: ConnectorStaged) -> None:
    finding = Finding.objects.get()

    answer = sent(page, "review_waiver", begun.pk, finding.pk, scope="nonsense", message="It is a test key.")

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "It is a test key.</textarea>" in text
    slot = f"waiver:{finding.pk}"
    sent(page, "review_unsent", begun.pk, slot=slot, message="It is a test key.")
    sent(page, "review_waiver", begun.pk, finding.pk, scope="finding", message="It is a test key.")
    assert Waiver.objects.get().reason == "It is a test key."
    assert "It is a test key.</textarea>" not in shown(page, begun)


def test_a_member_of_the_project_is_led_to_the_page_of_its_developers(
    page: Client, draft: ConnectorStaged, reviewer: User, world: World
) -> None:
    conversation.note(draft.pk, by=world.person("Rob"), text="Between reviewers")
    before = shown(page, draft)
    world.member(reviewer, draft.project)

    answers = [
        page.get(reverse("review", args=[draft.pk])),
        *(page.post(reverse(name, args=[draft.pk]), {"message": "Mine"}) for name in ("review_note", "review_recheck")),
    ]

    assert "Between reviewers" in before
    assert {answer["Location"] for answer in answers} == {reverse("draft", args=[draft.pk])}
    assert Note.objects.count() == 1


FORMS: dict[str, tuple[str, tuple[str, ...], dict[str, str], tuple[str, ...]]] = {
    "request": (
        "review_request",
        (),
        {"path": "service/src/index.js", "line": "2", "criterion": "callers"},
        (
            'value="service/src/index.js" class="form-control" id="request-path"',
            'name="line" value="2" class="form-control" inputmode="numeric"',
            '<option value="callers" selected>',
        ),
    ),
    "waiver:{finding}": (
        "review_waiver",
        ("{finding}",),
        {"scope": "place", "path": "service/*.js", "false_alarm": "yes", "until": "2027-03-01"},
        (
            'value="place" checked',
            'name="path" value="service/*.js"',
            'value="yes" checked',
            'name="until" value="2027-03-01"',
        ),
    ),
    "line:service/src/index.js:2": (
        "review_remark",
        (),
        {"path": "service/src/index.js", "line": "2", "as": "request"},
        ('<option value="request" selected>', 'name="line" value="2" class="form-control" inputmode="numeric"'),
    ),
}


def form_page(page: Client, draft: ConnectorStaged, slot: str) -> str:
    if not slot.startswith("line:"):
        return shown(page, draft)
    query = {"path": "service/src/index.js", "line": "2"}
    return page.get(reverse("review_file", args=[draft.pk]), query).content.decode()


@pytest.mark.parametrize(("slot", "text"), [*((slot, "Read it from elsewhere.") for slot in FORMS), ("request", "")])
def test_a_form_saved_for_later_comes_back_whole(page: Client, begun: ConnectorStaged, slot: str, text: str) -> None:
    _, _, fields, kept = FORMS[slot]
    slot = slot.format(finding=Finding.objects.get().pk)

    sent(page, "review_unsent", begun.pk, slot=slot, message=text, **fields)

    form = form_page(page, begun, slot)
    assert text in form
    for part in kept:
        assert part in form


@pytest.mark.parametrize("slot", FORMS)
def test_a_form_that_is_refused_comes_back_whole(page: Client, begun: ConnectorStaged, slot: str) -> None:
    name, args, fields, kept = FORMS[slot]
    finding = str(Finding.objects.get().pk)

    answer = sent(page, name, begun.pk, *(arg.format(finding=finding) for arg in args), **fields, message=" ")

    assert answer.status_code == 409
    for part in kept:
        assert part in answer.content.decode()


def test_a_refused_escalation_keeps_whom_it_was_for(page: Client, begun: ConnectorStaged) -> None:
    answer = sent(page, "review_escalate", begun.pk, to="security", message=" ")

    assert answer.status_code == 409
    assert '<option value="security" selected>' in answer.content.decode()


def test_what_was_sent_takes_its_own_draft_along_and_no_other(page: Client, begun: ConnectorStaged) -> None:
    line = "line:service/src/index.js:2"
    for slot in ("request", line):
        sent(page, "review_unsent", begun.pk, slot=slot, message="Half a sentence")
    finding = Finding.objects.get()
    place = {"path": "service/src/index.js", "line": "2"}

    sent(page, "review_request", begun.pk, message="The fix.", fingerprint=finding.fingerprint, finding=finding.pk)
    assert set(Unsent.objects.values_list("slot", flat=True)) == {"request", line}
    sent(page, "review_remark", begun.pk, message="The line.", slot=line, **{"as": "request"}, **place)
    assert set(Unsent.objects.values_list("slot", flat=True)) == {"request"}
    sent(page, "review_request", begun.pk, message="The whole.", slot="request")
    assert not Unsent.objects.exists()


@pytest.mark.parametrize("fingerprint", ["f" * 64, "9" * 5000, "²", "é" * 65])
def test_a_request_about_a_finding_that_is_not_there_is_refused(
    page: Client, begun: ConnectorStaged, fingerprint: str
) -> None:
    answer = sent(page, "review_request", begun.pk, message="The fix.", fingerprint=fingerprint)

    assert answer.status_code == 409
    assert "There is no such finding" in answer.content.decode()
    assert not ChangeRequest.objects.exists()


@pytest.mark.parametrize("field", ["seen", "days", "line"])
@pytest.mark.parametrize("value", ["²", "9" * 5000, "-1", "soon"])
def test_a_number_that_cannot_be_read_is_refused_and_nothing_is_done(
    page: Client, begun: ConnectorStaged, field: str, value: str
) -> None:
    name = "review_request" if field == "line" else "review_decide"

    answer = sent(page, name, begun.pk, kind="changes", message="The fix.", **{field: value})

    assert answer.status_code == 409
    assert "Fix the fields below" in answer.content.decode()
    assert "The fix.</textarea>" in answer.content.decode()
    assert not ChangeRequest.objects.exists()
    assert not Answer.objects.exists()


def test_a_refusal_stands_beside_the_field_and_is_summed_up_at_the_top(page: Client, begun: ConnectorStaged) -> None:
    text = sent(page, "review_note", begun.pk, slot="note", message=" ").content.decode()

    assert '<a href="#note-message">Private note</a>: Write the note first.' in text
    assert 'aria-invalid="true"' in text[text.index('id="notes"') :]
    assert "Write the note first." in text[text.index('id="notes"') :]


def test_what_was_typed_is_shown_where_its_form_is_gone(
    client: Client, world: World, begun: ConnectorStaged, reviewer: User
) -> None:
    failure.fail(begun.pk, by=reviewer, reason="other", message="No.")
    client.force_login(reviewer)

    answer = sent(client, "review_request", begun.pk, message="A long request.")

    assert answer.status_code == 409
    assert "What you typed was not sent." in answer.content.decode()
    assert "A long request." in answer.content.decode()


def test_a_line_comment_on_a_closed_round_is_shown_again(page: Client, begun: ConnectorStaged, reviewer: User) -> None:
    failure.fail(begun.pk, by=reviewer, reason="other", message="No.")

    answer = sent(page, "review_remark", begun.pk, path="service/src/index.js", line="2", message="A long comment.")

    assert answer.status_code == 409
    assert "A long comment." in answer.content.decode()


CLEAR = "Ready to certify."


def move_tag(world: World) -> None:
    world.tag("1.0.0", {"README.md": "Other words."})


def delete_tag(world: World) -> None:
    world.git("tag", "--delete", "1.0.0")


def lose_repository(world: World) -> None:
    world.repository.rename(world.folder / "gone.git")


@pytest.mark.parametrize(
    ("happens", "banner"),
    [
        (move_tag, "The tag moved"),
        (delete_tag, "The tag could not be looked up"),
        (lose_repository, "The tag could not be looked up"),
    ],
)
def test_what_a_refused_certificate_found_out_about_the_tag_is_shown_until_it_is_over(
    world: World,
    reviewer: User,
    page: Client,
    begun: ConnectorStaged,
    happens: Callable[[World], None],
    banner: str,
) -> None:
    world.decided(begun, reviewer)
    assert CLEAR in shown(page, begun)
    commit = Round.objects.get().commit
    happens(world)
    world.looked_up(begun, reviewer)

    refused = decided(page, begun, "certified")

    assert refused.status_code == 409
    for _ in range(2):
        text = shown(page, begun)
        assert banner in text
        assert CLEAR not in text
    if happens is lose_repository:
        (world.folder / "gone.git").rename(world.repository)
    world.git("tag", "--force", "1.0.0", commit)
    world.looked_up(begun, reviewer)
    text = shown(page, begun)
    assert banner not in text
    assert CLEAR in text
    assert certificate.certify(begun.pk, by=reviewer).round.decision == "certified"


def test_a_tag_that_moved_is_an_event_and_news_to_whoever_else_decides(
    world: World, reviewer: User, begun: ConnectorStaged
) -> None:
    seen = overview.last_event(Round.objects.get())
    move_tag(world)
    for _ in range(2):
        world.looked_up(begun, reviewer)
        with pytest.raises(Obstructed, match="leads to"):
            certificate.certify(begun.pk, by=reviewer, last_event_id=seen)

    event = Event.objects.get(name="round:tag-moved")
    assert event.details["to"] == world.git("rev-parse", "HEAD")[:10]
    with pytest.raises(Stale, match="found that the tag had moved"):
        failure.fail(
            begun.pk, by=world.person("Lea", Role.LEAD_REVIEWER), reason="other", message="No.", last_event_id=seen
        )


def test_checks_that_saw_the_reviewed_commit_later_end_what_was_found_out(
    world: World, reviewer: User, page: Client, begun: ConnectorStaged
) -> None:
    world.decided(begun, reviewer)
    move_tag(world)
    world.looked_up(begun, reviewer)
    commit = Round.objects.get().commit
    run = reruns.recheck(begun.pk, by=reviewer)
    finish(run, commit=commit, tree=Round.objects.get().tree)
    report(run, problems=(), outcomes={})

    text = shown(page, begun)

    assert "The tag moved" not in text
    assert CLEAR in text


def test_the_list_of_tags_tells_of_a_move_too(
    world: World, reviewer: User, page: Client, begun: ConnectorStaged
) -> None:
    world.decided(begun, reviewer)
    move_tag(world)
    tag_fetches.work(tag_fetches.ask(begun, by="Rita").pk)

    text = shown(page, begun)

    assert "The tag moved" in text
    assert CLEAR not in text


@pytest.mark.parametrize(
    ("level", "named"),
    [
        ("required", "The required check “Documentation”"),
        ("certify", "The check “Documentation”, which a certificate needs,"),
    ],
)
def test_a_needed_check_that_did_not_run_is_told_at_the_top_and_an_advisory_one_is_not(
    world: World, reviewer: User, page: Client, level: str, named: str
) -> None:
    draft = world.begun(reviewer, outcomes={"documentation": "did not run", "static-analysis": "did not run"})
    CheckResult.objects.filter(check_id="documentation").update(level=level)

    text = shown(page, draft)

    banner = text.partition("A check that a certificate needs did not run")[2].partition("</div>")[0]
    assert "Documentation" in banner
    assert "Static analysis" not in banner
    assert f"{named} did not run." in text


def offered(row: Round, by: User) -> set[str]:
    """Return what the page offers of a review's start and decision."""
    can = abilities(row, by)
    return {name for name, ability in (("claim", can.claim()), ("decide", can.decide())) if ability}


def test_the_first_signer_is_not_offered_the_review_again(world: World, reviewer: User, begun: ConnectorStaged) -> None:
    ApprovalRule.objects.create(name="Two pairs of eyes")
    world.decided(begun, reviewer)
    certificate.certify(begun.pk, by=reviewer)
    client, second = Client(), world.person("Rob")
    client.force_login(reviewer)

    assert "You signed this commit." in shown(client, begun)
    assert reverse("review_start", args=[begun.pk]) not in shown(client, begun)
    assert begun.name not in client.get(reverse("queue")).content.decode()
    assert offered(Round.objects.get(), second) == {"claim"}

    claims.start(begun.pk, by=second)
    question.ask(begun.pk, by=second, message="Which shop?")
    submissions.answer(begun.pk, by=factory.developer(), text="Shop 12.")
    claims.release(begun.pk, by=second)

    assert reverse("review_start", args=[begun.pk]) not in shown(client, begun)
    assert offered(Round.objects.get(), second) == {"claim"}
