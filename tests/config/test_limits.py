"""Each limit at its verbs: once more than allowed is refused, says so in its fields, and stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.limits.table import LIMITS
from accounts.projects.clients import Credentials
from connectors.models import ConnectorStaged
from tests import factory
from tests.api import FORM, Answer, Api, basic, signed_in
from tests.config import access
from tests.config.everything import ADMIN, DEVELOPER, OWNER, REVIEWER, STRANGER, VISITOR, Everything
from tests.config.test_access import address, rows
from web.developers.connector_form import EditForm

pytestmark = [pytest.mark.django_db, pytest.mark.security]

Sent = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One request of a page: who sends what where; without anything sent it is a GET."""

    who: str
    name: str
    sent: Callable[[Everything], Sent] | Sent | None = None
    literal: tuple[str, ...] = ()
    query: str = ""

    def take(self, of: Everything, client: Client) -> Any:
        path = address(self.name, of) if not self.literal else self._literal(of)
        if self.sent is None:
            return client.get(path + self.query)
        return client.post(path + self.query, dict(self.sent(of) if callable(self.sent) else self.sent))

    def _literal(self, of: Everything) -> str:
        return reverse(self.name, args=[*(of.ids[arg] for arg in access.OURS[self.name].args), *self.literal])


def named(name: str) -> Callable[[Everything], Sent]:
    """Return what the form of a draft sends with another name."""

    def sent(of: Everything) -> Sent:
        bound = EditForm(draft=ConnectorStaged.objects.get(pk=of.ids["plain"]))
        values = {field: bound[field].value() for field in bound.fields}
        return {**{field: "" if value is None else value for field, value in values.items()}, "name": name}

    return sent


def usual(name: str) -> Callable[[Everything], Sent]:
    """Return what the table of paths sends."""
    return access.OURS[name].sent


def text(**fields: str) -> Sent:
    return fields


OWNER_DOES = {name: Step(OWNER, name, usual(name)) for name in access.OURS if name.startswith("draft_")}
NOTES = Step(OWNER, "draft_notes", text(notes="Before"))
SAID = ("draft_appeal", "draft_hand_back", "draft_request")
NOTE = Step(REVIEWER, "review_note", text(message="Before"))
REVIEW_SAID = ("review_comment", "review_note", "review_remark", "review_request")
INVITED = [Step(OWNER, "project_invite", text(email=f"n{n}@example.com", role="viewer")) for n in (1, 2)]
CLIENT = Step(OWNER, "client_create", text(name="ci", scope="view_connectors"))
PROJECTS = [Step(STRANGER, "project_new", text(name="N", key=f"new-{n}", region=factory.REGION)) for n in (1, 2)]

WRITTEN = {"name", "comment", "message", "notes", "text", "reply", "email", "url", "repository", "key", "tag"}
"""The fields that people write."""

PAGES: list[tuple[str, list[Step]]] = [
    ("drafts", [Step(DEVELOPER, "draft_new", access.NEW_DRAFT), Step(OWNER, "draft_new", access.NEW_DRAFT)]),
    ("changes", [Step(DEVELOPER, "draft_edit", named("One")), Step(OWNER, "draft_edit", named("Two"))]),
    ("changes", [Step(OWNER, "draft_unlist", usual("draft_unlist")), Step(OWNER, "draft_edit", named("Two"))]),
    ("runs", [OWNER_DOES["draft_publish"], OWNER_DOES["draft_resubmit"]]),
    ("runs", [OWNER_DOES["draft_resubmit"], OWNER_DOES["draft_preview"]]),
    ("runs", [OWNER_DOES["draft_resubmit"], OWNER_DOES["draft_publish"]]),
    *(("comments", [NOTES, OWNER_DOES[name]]) for name in (*SAID, "draft_comment", "draft_notes")),
    ("comments", [OWNER_DOES["draft_comment"], NOTES]),
    ("projects", PROJECTS),
    ("clients", [CLIENT, CLIENT]),
    ("clients", [CLIENT, Step(OWNER, "client_rotate", {})]),
    ("keys", [Step(OWNER, "key_create", text(repository=f"acme/{n}")) for n in (1, 2)]),
    ("webhooks", [Step(OWNER, "webhook_create", text(url=f"https://example.com/{n}")) for n in (1, 2)]),
    ("webhooks", [Step(OWNER, "webhook_act", {}), Step(OWNER, "webhook_act", {})]),
    ("deliveries", [Step(OWNER, "webhook_replay", {}), Step(OWNER, "webhook_act", {}, literal=("ping",))]),
    ("deliveries", [Step(OWNER, "webhook_act", {}, literal=("ping",)), Step(DEVELOPER, "webhook_replay", {})]),
    ("invitations", INVITED),
    ("invitations-project", INVITED),
    ("searches", [Step(OWNER, "catalog", query="?q=pay"), Step(OWNER, "drafts", query="?q=pay")]),
    ("searches", [Step(ADMIN, "queue", query="?q=pay"), Step(ADMIN, "queue_table", query="?q=pay")]),
    ("searches", [Step(ADMIN, "history", query="?q=pay"), Step(ADMIN, "history_lines", query="?q=pay")]),
    ("searches", [Step(ADMIN, "history", query="?q=pay"), Step(ADMIN, "catalog", query="?q=pay")]),
    ("searches-address", [Step(VISITOR, "catalog", query="?q=pay")] * 2),
    ("rechecks", [Step(REVIEWER, "review_recheck", {})] * 2),
    *(("review-comments", [NOTE, Step(REVIEWER, name, usual(name))]) for name in REVIEW_SAID),
    ("fetches", [Step(REVIEWER, "review_fetch", text(tag="1.0.0"))] * 2),
]  # fmt: skip
"""The limit, and the requests of which the last is refused when one is allowed."""


@pytest.mark.parametrize(("limit", "steps"), PAGES, ids=[f"{limit}-{steps[-1].name}" for limit, steps in PAGES])
def test_a_page_refuses_what_is_once_too_much(
    world: Everything, settings: Settings, limit: str, steps: list[Step]
) -> None:
    settings.LIMITS = {limit: len(steps) - 1}
    clients = [world.client(step.who) for step in steps]
    answers = [step.take(world, client) for step, client in zip(steps[:-1], clients, strict=False)]
    before = rows()

    refused = steps[-1].take(world, clients[-1])

    assert [answer.status_code < 400 for answer in answers] == [True] * len(answers)
    assert_told(refused.status_code, refused.headers, limit=limit)
    assert rows() == before
    sent = steps[-1].sent(world) if callable(steps[-1].sent) else steps[-1].sent or {}
    page = unescape(refused.content.decode())
    lost = [value for name, value in sent.items() if name in WRITTEN and str(value) not in page]
    assert not lost, "what was typed is kept"


def assert_told(status: int, headers: Mapping[str, str], *, limit: str) -> None:
    """Assert that an answer is a refusal with the three fields, of which one names the limit."""
    assert status == 429
    assert int(headers["Retry-After"]) >= 1
    assert f'"{limit}";q=' in headers["RateLimit-Policy"]
    assert f'"{limit}";r=0;t=' in headers["RateLimit"]


def test_the_quota_of_checks_under_way_refuses_alike(world: Everything, settings: Settings) -> None:
    settings.VALIDATION_QUOTA, client = 0, world.client(OWNER)
    before = rows()

    refused = Step(OWNER, "draft_publish", usual("draft_publish")).take(world, client)

    assert_told(refused.status_code, refused.headers, limit="open-runs")
    assert rows() == before


@pytest.mark.parametrize("path", ["/admin/accounts/project/", "/admin/connectors/connectorstaged/"])
def test_a_list_of_the_admin_counts_its_searches(world: Everything, settings: Settings, path: str) -> None:
    settings.LIMITS = {"searches": 1}
    client = world.client(ADMIN)
    assert client.get(path, {"q": "acme"}).status_code == 200

    refused = client.get(path, {"q": "acme"})

    assert_told(refused.status_code, refused.headers, limit="searches")
    assert client.get(path).status_code == 200


def test_a_part_of_a_page_is_refused_as_a_part(world: Everything, settings: Settings) -> None:
    settings.LIMITS = {"searches": 1}
    client = world.client(OWNER)
    client.get("/catalog?q=pay")

    refused = client.get("/catalog?q=pay", headers={"HX-Request": "true"})

    assert_told(refused.status_code, refused.headers, limit="searches")
    assert "<html" not in refused.content.decode()


def test_the_page_of_a_refusal_sends_what_was_typed_again_but_no_secret(world: Everything, settings: Settings) -> None:
    settings.LIMITS, client = {"fetches": 1}, world.client(REVIEWER)
    Step(REVIEWER, "review_fetch", text(tag="1.0.0")).take(world, client)

    page = Step(REVIEWER, "review_fetch", text(tag="1.0.0", note="é" * 60)).take(world, client).content.decode()
    secret = Step(REVIEWER, "review_fetch", text(tag="1.0.0", password="hunter2")).take(world, client).content.decode()

    assert 'name="tag" value="1.0.0"' in page
    assert f"{'é' * 60}</textarea>" in page
    assert "csrfmiddlewaretoken" in page
    assert "hunter2" not in secret


@pytest.fixture
def api(db: None) -> Api:
    """Return a caller of the API, who has a token."""
    return signed_in(factory.api_client())


def created(api: Api) -> Answer:
    return api.post("/connectors/drafts", factory.body(key=None))


def updated(*actions: Sent) -> Callable[[Api], Answer]:
    """Return a request that updates a new draft, whose creation counts elsewhere."""

    def send(api: Api) -> Answer:
        row = factory.draft(factory.project())
        return api.post(f"/connectors/drafts/{row.pk}", {"version": 1, "actions": [dict(one) for one in actions]})

    return send


def commented(api: Api) -> Answer:
    row = factory.at("ReadyForCertification", factory.project())
    comment = {"action": "addCertificationComment", "comment": "Hello"}
    return api.post(f"/connectors/drafts/{row.pk}", {"version": row.version, "actions": [comment]})


API: list[tuple[str, Callable[[Api], Answer], int]] = [
    ("drafts", created, 201),
    ("changes", updated({"action": "setName", "name": "Other"}), 201),
    ("runs", updated({"action": "publish", "certification": False}), 201),
    ("runs", updated({"action": "updatePreviewable"}), 201),
    ("comments", commented, 201),
    ("searches-client", lambda api: api.get("/connectors/drafts"), 200),
    ("searches-client", lambda api: api.get("/connectors/search", ("text", "pay")), 200),
]


@pytest.mark.parametrize(("limit", "send", "status"), API)
def test_the_api_refuses_what_is_once_too_much(
    api: Api, settings: Settings, limit: str, send: Callable[[Api], Answer], status: int
) -> None:
    settings.LIMITS = {limit: 2}
    answers = [send(api) for _ in range(2)]

    refused = send(api)

    assert [answer.status for answer in answers] == [status] * 2
    left = [answer.headers["RateLimit"].partition(f'"{limit}";r=')[2][:1] for answer in answers]
    assert left == ["1", "0"], "an answer within the limit says what is left"
    assert_told(refused.status, refused.headers, limit=limit)
    assert (refused.json["statusCode"], refused.codes) == (429, ["General"])
    assert "Try again in" in refused.json["message"]


def test_a_refused_create_stores_nothing(api: Api, settings: Settings) -> None:
    settings.LIMITS = {"drafts": 1}
    created(api)
    before = rows()

    assert created(api).status == 429
    assert rows() == before


def test_the_quota_is_answered_with_429_by_the_api(api: Api, settings: Settings) -> None:
    settings.VALIDATION_QUOTA, settings.RATE_LIMITS = 0, False

    refused = updated({"action": "publish", "certification": False})(api)

    assert_told(refused.status, refused.headers, limit="open-runs")


@pytest.mark.parametrize(("limit", "path"), [("tokens", "/oauth/token"), ("token-checks", "/oauth/introspect")])
def test_the_token_service_counts_what_a_client_gets_done(db: None, settings: Settings, limit: str, path: str) -> None:
    settings.LIMITS = {limit: 1}
    client, other = factory.api_client(), factory.api_client(factory.project("other"))
    form = {"grant_type": "client_credentials"} if limit == "tokens" else {"token": "x"}

    def send(credentials: Credentials) -> Answer:
        auth = basic(credentials.client_id, credentials.client_secret)
        return Answer(Client().post(path, urlencode(form), content_type=FORM, headers={"Authorization": auth}))

    first, refused, others = send(client), send(client), send(other)

    assert (first.status, others.status) == (200, 200)
    assert_told(refused.status, refused.headers, limit=limit)


def test_every_limit_is_tried() -> None:
    tried = {limit for limit, _ in PAGES} | {limit for limit, *_ in API}
    elsewhere = {
        "tokens",
        "token-checks",
        "bad-credentials",
        "unknown-clients",
        "mails",
        "reads",
        "open-runs",
        "previews",
    }

    assert tried | elsewhere == {limit.name for limit in LIMITS}


def test_nothing_is_counted_nor_told_while_limits_are_off(api: Api, settings: Settings) -> None:
    settings.RATE_LIMITS, settings.LIMITS = False, {"drafts": 1}

    answers = [created(api) for _ in range(3)]

    assert [answer.status for answer in answers] == [201] * 3
    assert "RateLimit" not in answers[-1].headers
