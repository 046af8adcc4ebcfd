"""Reviewing from the command line."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import User
from certification.models import Criterion, Verdict
from tests.certification.world import World

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("certification", *arguments, stdout=out)
    return out.getvalue()


def test_a_connector_goes_its_way_to_the_certificate(world: World, reviewer: User) -> None:
    draft = world.submitted(key="acme-payments")

    started = run("start", "acme-payments", "--by", reviewer.email.upper())
    world.decided(draft, reviewer)
    certified = run("certify", str(draft.pk), "--by", reviewer.email, "--message", "Welcome.")

    assert (started, certified) == ("acme-payments: InCertification\n", "acme-payments: Published\n")
    assert draft.comments.get().text == "Welcome."


def test_certify_lists_what_is_undecided_and_changes_nothing(world: World, reviewer: User) -> None:
    draft = world.begun(reviewer, key="acme-payments")
    world.decided(draft, reviewer, but=["secrets", "callers"])

    with pytest.raises(CommandError) as refused:
        run("certify", "acme-payments", "--by", reviewer.email)

    lines = str(refused.value).splitlines()
    assert lines[0] == "Not certified."
    assert "2 criteria are not decided: No secret is in the repository, Endpoints know who calls them." in lines
    assert lines[-2:] == ["  secrets: No secret is in the repository", "  callers: Endpoints know who calls them"]
    draft.refresh_from_db()
    assert draft.status == "InCertification"
    assert not Verdict.objects.filter(criterion__key__in=["secrets", "callers"]).exists()


def test_one_verdict_is_given_on_the_command_line(world: World, reviewer: User) -> None:
    world.begun(reviewer, key="acme-payments")

    said = run(
        "verdict", "acme-payments", "--by", reviewer.email, "--criterion", "function", "--value", "n/a",
        "--message", "It has none.",
    )  # fmt: skip

    verdict = Verdict.objects.get()
    assert said == "acme-payments: function n/a\n"
    assert (verdict.criterion.key, verdict.value, verdict.comment) == ("function", "n/a", "It has none.")


def test_a_file_of_verdicts_decides_before_it_is_certified(world: World, reviewer: User, tmp_path: Path) -> None:
    draft = world.begun(reviewer, key="acme-payments")
    rows = {key: {"verdict": "pass", "reason": f"Read {key}."} for key in required()}
    (tmp_path / "verdicts.json").write_text(json.dumps(rows), encoding="utf-8")

    said = run("certify", "acme-payments", "--by", reviewer.email, "--verdicts", str(tmp_path / "verdicts.json"))

    assert said == "acme-payments: Published\n"
    assert {v.criterion.key: v.comment for v in Verdict.objects.all()} == {key: f"Read {key}." for key in required()}
    assert draft.rounds.get().decision == "certified"


def required() -> list[str]:
    return list(Criterion.objects.filter(level="must").values_list("key", flat=True))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not valid JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "must be a JSON object"),
        ('{"nothing": {"verdict": "pass", "reason": "x"}}', "There is no criterion “nothing”"),
        ('{"secrets": "pass"}', "secrets: must be an object"),
        ('{"secrets": {"verdict": "carried", "reason": "x"}}', "secrets: verdict must be one of pass, fail, n/a"),
        ('{"secrets": {"verdict": ["pass"], "reason": "x"}}', "secrets: verdict must be one of"),
        ('{"secrets": {"verdict": "pass"}}', "secrets: reason must say"),
        ('{"secrets": {"verdict": "pass", "reason": " "}}', "secrets: reason must say"),
        ('{"secrets": {"verdict": "pass", "reason": "x", "by": "me"}}', "secrets: unknown field “by”"),
        ('{"secrets": {"verdict": "pass", "reason": "x"}, "secrets": {}}', "“secrets” occurs twice"),
        ("[" * 100_000, "nested too deeply"),
        (b"\xff\xfe", "is not UTF-8"),
        (
            '{"secrets": {"verdict": "fail", "reason": "A key."}}',
            "The criterion “No secret is in the repository” failed",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(
    world: World, reviewer: User, tmp_path: Path, content: str | bytes, said: str
) -> None:
    draft = world.begun(reviewer, key="acme-payments")
    file = tmp_path / "verdicts.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(CommandError, match=re.escape(said)):
        run("certify", "acme-payments", "--by", reviewer.email, "--verdicts", str(file))

    draft.refresh_from_db()
    assert draft.status == "InCertification"


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
        (("certify", "acme-payments", "--by", "rita@portal.example", "--verdicts", "/nothing"), "cannot be read"),
        (
            ("certify", "acme-payments", "--by", "rita@portal.example", "--value", "pass"),
            "--value belongs to the verb verdict",
        ),
        (
            ("start", "acme-payments", "--by", "rita@portal.example", "--verdicts", "a"),
            "--verdicts belongs to the verb cert",
        ),
        (("fail", "acme-payments", "--by", "rita@portal.example", "--criterion", "code"), "Nothing was changed"),
        (("verdict", "acme-payments", "--by", "rita@portal.example"), "Choose pass, fail or not applicable"),
    ],
)
def test_what_is_not_possible_is_said(world: World, reviewer: User, arguments: tuple[str, ...], said: str) -> None:
    world.submitted(key="acme-payments")

    with pytest.raises(CommandError, match=said):
        run(*arguments)
