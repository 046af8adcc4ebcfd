"""Looking at a repository while the form is filled in, and keeping what is typed."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from accounts.models import Membership, User
from accounts.roles import ProjectRole
from accounts.signals import swept
from connectors.drafts import repository_preview
from connectors.fetches import fetching, repository_previews
from connectors.models import ConnectorStaged, PreviewFetch, Unfinished
from tests import factory
from tests.web.developers.test_editing import TYPED
from web.developers import autosave

pytestmark = pytest.mark.django_db

SPECIFICATION = """\
deployAs:
  - name: service
    applicationType: service
    endpoint: /service
    configuration:
      standardConfiguration:
        - key: MERCHANT
          description: The merchant's id
          required: true
"""


@pytest.fixture
def repository(tmp_path: Path, settings: Any) -> Path:
    """A repository on this machine under the address of acme/payments, with one good and one bad tag."""
    settings.GIT_URL_REWRITES = {"https://github.com/": f"file://{tmp_path}/"}
    settings.CHECKOUT_DIR = tmp_path / "checkouts"
    folder = tmp_path / "acme" / "payments.git"
    folder.mkdir(parents=True)

    def git(*argv: str) -> None:
        who = ("-c", "user.name=Dev", "-c", "user.email=dev@acme.example", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *argv], cwd=folder, check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch=main")
    for tag, text in (("1.0.0", SPECIFICATION), ("1.1.0", "deployAs: nonsense\n")):
        (folder / "connect.yaml").write_text(text)
        git("add", "--all")
        git("commit", "--quiet", "-m", tag)
        git("tag", tag)
    return folder


def looked(client: Client, url: str, tag: str = "", project: str = "acme") -> Any:
    """Ask for a preview, as the page does, let a worker make it, and ask what came of it."""
    answer = asked(client, url, tag, project)
    return later(client, answer) if answer.status_code == 200 else answer


def asked(client: Client, url: str, tag: str = "", project: str = "acme") -> Any:
    typed = {"repository_url": url, "repository_tag": tag, "project": project}
    return client.post(reverse("draft_probe"), typed)


def later(client: Client, answer: Any) -> Any:
    """Return the part that replaces the one that waits."""
    waits_for = answer.context.get("waits_for")
    if waits_for is None:
        return answer
    repository_previews.work(waits_for)
    return client.get(reverse("draft_probe"), {"asked": waits_for})


def test_the_tags_of_a_repository_are_listed_newest_first(owner: Client, repository: Path) -> None:
    answer = looked(owner, "github.com/acme/payments")

    look = answer.context["look"]
    assert look.tags == ("1.1.0", "1.0.0")
    assert '<option value="1.1.0">' in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_connect_yaml_at_the_tag_is_shown(owner: Client, repository: Path) -> None:
    answer = looked(owner, "acme/payments", "1.0.0")

    assert [row["applicationName"] for row in answer.context["look"].configurations] == ["service"]
    assert "MERCHANT" in answer.content.decode()


def test_problems_of_connect_yaml_are_told(owner: Client, repository: Path) -> None:
    look = looked(owner, "acme/payments", "1.1.0").context["look"]

    assert look.specification_problems
    assert look.configurations == ()


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("tree/1.0.0", "1.0.0"),
        ("tree/release/0.7/service", "release/0.7"),
        ("blob/release/0.7/connect.yaml", "release/0.7"),
        ("tree/main", "1.1.0"),
    ],
)
def test_the_tag_that_a_pasted_page_is_of_is_chosen(owner: Client, repository: Path, path: str, tag: str) -> None:
    subprocess.run(["git", "tag", "release/0.7", "1.0.0"], cwd=repository, check=True)

    look = looked(owner, f"https://github.com/acme/payments/{path}").context["look"]

    assert look.tag == tag


@pytest.mark.parametrize(
    ("address", "tag", "told"),
    [
        ("https://github.com/acme/payments/tree/1.0.0", "1.1.0", True),
        ("https://github.com/acme/payments/releases/tag/1.0.0", "9.9.9", True),
        ("git+https://github.com/acme/payments.git#1.0.0", "1.1.0", True),
        ("https://github.com/acme/payments/tree/1.0.0", "1.0.0", False),
        ("https://github.com/acme/payments/tree/1.0.0", "", False),
        ("https://github.com/acme/payments/tree/main", "1.1.0", False),
        ("acme/payments", "1.0.0", False),
    ],
)
def test_an_address_that_names_another_tag_than_the_form_is_told(
    owner: Client, repository: Path, address: str, tag: str, told: bool
) -> None:
    text = looked(owner, address, tag).content.decode()

    assert ("The address names another tag" in text) == told
    assert ('data-value="1.0.0">Use 1.0.0</button>' in text) == told


def test_a_tag_that_is_not_there_is_told(owner: Client, repository: Path) -> None:
    assert looked(owner, "acme/payments", "9.9.9").context["look"].unknown_tag


def test_a_repository_that_cannot_be_read_says_how_to_give_access(owner: Client, repository: Path) -> None:
    answer = looked(owner, "acme/secret")

    assert answer.context["look"].problem
    assert f"{reverse('project_keys', args=['acme'])}?repository=acme/secret" in answer.content.decode()


@pytest.mark.parametrize("url", ["", "nonsense", "https://example.com/a/b", "file:///etc/passwd"])
def test_what_is_no_repository_is_not_fetched(owner: Client, url: str) -> None:
    assert looked(owner, url).context["look"].problem


def test_a_project_of_others_gives_no_look(owner: Client, repository: Path) -> None:
    factory.project("other")

    assert "look" not in looked(owner, "acme/payments", project="other").context


def test_looking_is_limited(owner: Client, repository: Path, settings: Settings) -> None:
    settings.LIMITS = {"previews": 1}
    looked(owner, "acme/payments")

    same = looked(owner, "acme/payments")
    other = looked(owner, "acme/other")

    assert same.context["look"].tags
    assert (other.status_code, other["RateLimit-Policy"]) == (429, '"previews";q=1;w=60')
    assert "Try again in" in other.content.decode()


def test_the_third_open_look_of_one_person_is_told_to_try_again(owner: Client, repository: Path) -> None:
    waiting = [asked(owner, "acme/payments"), asked(owner, "acme/payments", "1.1.0")]

    third = asked(owner, "acme/payments", "1.0.0")
    same = asked(owner, "acme/payments")
    for answer in waiting:
        later(owner, answer)

    assert third.context["refused"] == "Your last repositories are still being read. Try again in a few seconds."
    assert same.context["waits_for"] == waiting[0].context["waits_for"]
    assert looked(owner, "acme/payments", "1.0.0").context["look"].read


def test_looks_of_others_take_no_ones_place(owner: Client, repository: Path) -> None:
    person, ada = factory.user("ada@example.com"), Client()
    Membership.objects.create(project=factory.project(), user=person, role=ProjectRole.DEVELOPER)
    ada.force_login(person)
    for tag in ("1.0.0", "1.1.0"):
        asked(ada, "acme/payments", tag)

    assert looked(owner, "acme/payments").context["look"].tags


def test_a_look_that_no_worker_takes_ends_and_gives_its_place_back(owner: Client, repository: Path) -> None:
    waiting = [asked(owner, "acme/payments", tag) for tag in ("1.0.0", "1.1.0")]

    with time_machine.travel(timezone.now() + repository_previews.PATIENCE + timedelta(seconds=1)):
        late = owner.get(reverse("draft_probe"), {"asked": waiting[0].context["waits_for"]})
        again = looked(owner, "acme/payments", "1.0.0")

    assert "The repository was not read in time." in late.content.decode()
    assert again.context["look"].read


def test_a_look_is_shown_to_who_asked_for_it(owner: Client, stranger: Client, repository: Path) -> None:
    waits_for = asked(owner, "acme/payments").context["waits_for"]
    repository_previews.work(waits_for)

    answer = stranger.get(reverse("draft_probe"), {"asked": waits_for})

    assert answer.status_code == 200
    assert "look" not in answer.context


@pytest.mark.parametrize("nonsense", ["", "0", "-1", "x", "9" * 30, "²"])
def test_a_look_that_is_none_shows_nothing(owner: Client, nonsense: str) -> None:
    answer = owner.get(reverse("draft_probe"), {"asked": nonsense})

    assert answer.status_code == 200
    assert "look" not in answer.context


def test_what_was_just_read_is_not_read_again(owner: Client, repository: Path) -> None:
    looked(owner, "acme/payments")

    again = asked(owner, "acme/payments")
    with time_machine.travel(timezone.now() + repository_previews.REMEMBERED + timedelta(seconds=1)):
        afterward = asked(owner, "acme/payments")

    assert again.context["look"].tags
    assert afterward.context["waits_for"]
    assert PreviewFetch.objects.count() == 2


def test_a_sweep_sends_lost_looks_again_and_forgets_old_ones(owner: Client, repository: Path) -> None:
    waits_for = asked(owner, "acme/payments").context["waits_for"]
    now = timezone.now()

    swept.send(sender=None, now=now + fetching.GRACE + timedelta(seconds=1))
    assert DBTaskResult.objects.get().args_kwargs["args"] == [waits_for]

    swept.send(sender=None, now=now + repository_previews.KEPT + timedelta(seconds=1))
    assert not PreviewFetch.objects.exists()
    assert repository_previews.work(waits_for) == "nothing to do"


def test_a_visitor_looks_at_nothing(client: Client) -> None:
    assert looked(client, "acme/payments").status_code == 302


def pressed(client: Client, page: str, typed: Mapping[str, Any]) -> Any:
    """Press the button of a browser without scripts, and again when a worker has read the repository."""
    first = client.post(page, {**typed, "look": "1"})
    waits_for = first.context["waits_for"]
    assert f'name="asked" value="{waits_for}"' in first.content.decode()
    repository_previews.work(waits_for)
    return client.post(page, {**typed, "look": "1", "asked": str(waits_for)})


def test_without_a_script_a_button_looks_and_keeps_what_was_typed(owner: Client, repository: Path) -> None:
    typed = {**TYPED, "repository_url": "acme/payments", "repository_tag": "1.0.0", "name": ""}

    waiting = owner.post(reverse("draft_new"), {**typed, "look": "1"})
    answer = pressed(owner, reverse("draft_new"), typed)

    for shown in (waiting, answer):
        assert shown.status_code == 200
        assert 'value="acme-payments"' in shown.content.decode()
        assert not shown.context["form"].errors
    assert "Reading the repository…" in waiting.content.decode()
    assert "MERCHANT" in answer.content.decode()
    assert not ConnectorStaged.objects.exists()


def test_a_form_is_finished_later(owner: Client) -> None:
    owner.post(reverse("draft_new"), {**TYPED, "name": "", "creator_email": "half@", "later": "1"})

    form = owner.get(reverse("draft_new")).context["form"]

    assert form["creator_email"].value() == "half@"
    assert form["integration_types"].value() == ["psp", "tax"]
    assert form["key"].value() == "acme-payments"
    assert not ConnectorStaged.objects.exists()


def test_what_is_typed_is_kept_and_forgotten_when_it_is_saved(owner: Client) -> None:
    owner.post(reverse("draft_keep"), {**TYPED, "name": "Half\0way"})
    assert Unfinished.objects.get().typed["name"] == ["Halfway"]

    owner.post(reverse("draft_new"), TYPED)

    assert autosave.find(factory.owner(), draft=None) is None
    assert Unfinished.objects.get().typed == {}


def test_somebody_starts_over(owner: Client) -> None:
    owner.post(reverse("draft_keep"), TYPED)

    owner.post(reverse("draft_start_over"))

    assert owner.get(reverse("draft_new")).context["form"]["name"].value() is None


def test_what_somebody_types_is_theirs_alone(owner: Client, stranger: Client) -> None:
    owner.post(reverse("draft_keep"), TYPED)

    assert stranger.get(reverse("draft_new")).context["kept"] is None
    assert Unfinished.objects.get().user == User.objects.get(email="owner@example.com")


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("acme/payment-connector", "Payment connector"),
        ("acme/Acme_Tax.v2", "Acme Tax v2"),
        ("acme/-", ""),
        ("", ""),
    ],
)
def test_a_repository_suggests_the_connectors_name(slug: str, name: str) -> None:
    assert repository_preview.RepositoryPreview(slug=slug).name == name


def test_the_newest_tag_is_read_when_none_was_chosen(owner: Client, repository: Path) -> None:
    page = looked(owner, "acme/payments").content.decode()

    assert 'data-suggest="id_repository_tag" data-value="1.1.0"' in page
    assert 'data-suggest="id_name" data-value="Payments"' in page
    assert "connect.yaml at 1.1.0" in page


def test_a_repository_that_cannot_be_read_suggests_nothing(owner: Client, repository: Path) -> None:
    assert "data-suggest" not in looked(owner, "acme/secret").content.decode()


def test_without_a_script_empty_fields_take_what_the_repository_suggests(owner: Client, repository: Path) -> None:
    typed = {**TYPED, "repository_url": "acme/payments", "repository_tag": "", "name": ""}

    form = pressed(owner, reverse("draft_new"), typed).context["form"]

    assert (form["repository_tag"].value(), form["name"].value()) == ("1.1.0", "Payments")


def test_without_a_script_a_typed_name_stays(owner: Client, repository: Path) -> None:
    typed = {**TYPED, "repository_url": "acme/payments", "name": "Mine"}

    form = pressed(owner, reverse("draft_new"), typed).context["form"]

    assert (form["repository_tag"].value(), form["name"].value()) == ("1.0.0", "Mine")


def test_the_form_of_a_draft_looks_at_the_repository_too(owner: Client, repository: Path) -> None:
    row = factory.draft()
    typed = {"repository_url": "acme/payments", "repository_tag": "1.0.0"}

    page = reverse("draft_probe_again", args=[row.id])

    waiting = owner.post(page, typed)
    repository_previews.work(waiting.context["waits_for"])
    answer = owner.get(page, {"asked": waiting.context["waits_for"]})

    assert f'hx-get="{page}?asked={waiting.context["waits_for"]}"' in waiting.content.decode()
    assert "MERCHANT" in answer.content.decode()


def test_a_part_of_a_page_whose_session_ended_says_so(client: Client) -> None:
    answer = client.post(reverse("draft_keep"), TYPED, headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert "You are signed out. Your input is still here" in answer.content.decode()
    assert "<html" not in answer.content.decode()
