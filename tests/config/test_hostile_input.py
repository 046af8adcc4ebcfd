"""Every path of the portal, with every verb, sent what a database or `int` chokes on: in path, query, form and JSON.

The names that a page reads are not listed here: the walk takes them down while the page answers. Nothing is answered
with a server error, what is refused stores nothing, and no statement carries what PostgreSQL cannot store.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import get_resolver, reverse

from connectors.drafts import actions
from connectors.drafts.payloads import ConnectorStagedDraft
from connectors.models import ConnectorStaged
from tests import factory
from tests.api import Api, signed_in
from tests.config import access, bad_values
from tests.config.everything import ADMIN, DEVELOPER, INSIDER, OWNER, REVIEWER, STRANGER, VISITOR, Everything
from tests.config.test_access import address, rows, undone, walked
from tests.log_secrets import WATCH

pytestmark = [pytest.mark.django_db, pytest.mark.security]

FORM = "application/x-www-form-urlencoded"
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
BY_RIGHTS = (OWNER, ADMIN, REVIEWER, INSIDER, DEVELOPER, STRANGER, VISITOR)
"""People, in the order in which they are asked to visit a page."""

PUBLISH = {"action": "publish", "certification": False}
VERBS = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "NONSENSE")
PATHS = (
    "/%00", "/%ff", "/catalogue/%00", "/catalog/%00", "/catalog/%2e%2e/%2e%2e/etc/passwd", "/static/%2e%2e/manage.py",
    "/static/%00", "/static/%ff", "//example.com/%2e%2e", "/drafts/%0d%0aSet-Cookie:%20a=b", "/connectors/%00",
    "/connectors/drafts/%ff", "/connectors/key=%00", "/oauth/%00", "/accounts/%00/", "/admin/%00/", "/admin/%ff/",
    "/" + "a/" * 3000, "/connectors/" + "a" * 7000, "/accounts/password/reset/key/%00-%00/", "/scans/%00",
    "/accounts/confirm-email/%00/", "/.well-known/%00", "/invitations/%00", "/%EF%BF%BE", "/drafts/%u0000",
)  # fmt: skip


@pytest.fixture(autouse=True)
def no_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take no value down as a secret because a walk sends it as a password."""
    monkeypatch.setattr(WATCH, "take", lambda *_: None)


class Wrong(list[str]):
    """What was answered wrongly, and the checks that every answer has to pass."""

    def __init__(self) -> None:
        super().__init__()
        self.before = rows()

    def check(self, what: str, client: Client, method: str, path: str, **sent: Any) -> Any:
        """Ask, judge the answer, and undo what it did."""
        statements: list[Any] = []

        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            statements.append((sql, params))
            return execute(sql, params, many, context)

        with undone(), connection.execute_wrapper(watch):
            answer = client.generic(method, path, **sent)
            if answer.status_code >= 500:
                self.append(f"{what}: {answer.status_code}")
            if any(UNSTORABLE.search(text) for _, params in statements for text in texts(params)):
                self.append(f"{what}: a statement with NUL or half a character")
            is_written = any(sql.startswith(("INSERT", "UPDATE", "DELETE")) for sql, _ in statements)
            if answer.status_code >= 400 and is_written and rows() != self.before:
                self.append(f"{what}: refused with {answer.status_code}, but something was stored")
        return answer


def texts(params: Any) -> Iterator[str]:
    """Yield the texts among the values of a statement."""
    for value in params.values() if isinstance(params, Mapping) else params or ():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | tuple):
            yield from texts(value)


def form(sent: Mapping[str, Any]) -> str:
    """Return fields as a query or a form sends them."""
    return "&".join(f"{quote(name)}={bad_values.encoded(str(value))}" for name, value in sent.items())


@contextmanager
def reads() -> Iterator[set[str]]:
    """Take down the names that are read from queries and forms."""
    names: set[str] = set()
    patch = pytest.MonkeyPatch()

    def watched(name: str) -> Any:
        known = getattr(QueryDict, name)

        def read(self: QueryDict, key: str | None, *args: Any) -> Any:
            if isinstance(key, str):
                names.add(key)
            return known(self, key, *args)

        return read

    for method in ("__getitem__", "getlist", "get", "__contains__"):
        patch.setattr(QueryDict, method, watched(method))
    try:
        yield names
    finally:
        patch.undo()
        names.discard("csrfmiddlewaretoken")


def walk(
    wrong: Wrong,
    client: Client,
    method: str,
    path: str,
    sent: Mapping[str, Any],
    *,
    what: str,
    seldom: bool = False,
) -> set[str]:
    """Ask once to learn which names are read, then with bad values for each of them. Return the names."""

    def ask(text: str, *, kind: str) -> None:
        if method == "GET":
            wrong.check(f"{what} {kind}", client, "GET", f"{path}?{text}" if text else path)
        else:
            wrong.check(f"{what} {kind}", client, method, path, data=text, content_type=FORM)

    with reads() as names:
        ask(form(sent), kind="as it is")
    for field in sorted(names):
        others = form({name: value for name, value in sent.items() if name != field})
        for kind, value in bad_values.for_field(f"{what} {field}", seldom=seldom):
            ask(f"{others}&{quote(field)}={value.replace('{name}', quote(field))}", kind=f"{field}: {kind}")
    return names


def visits() -> Iterator[tuple[str, str, str]]:
    """Yield each path of ours with a method that it answers, and somebody who may come."""
    for name, path in access.OURS.items():
        for method, allowed in (("GET", path.reads), ("POST", path.writes)):
            if allowed:
                yield name, method, next(who for who in BY_RIGHTS if who in allowed)


def test_no_parameter_and_no_field_breaks_a_page(world: Everything) -> None:
    clients, wrong = {who: world.client(who) for who in BY_RIGHTS}, Wrong()

    for name, method, who in visits():
        path = access.OURS[name]
        sent = path.query if method == "GET" else path.sent(world)
        walk(wrong, clients[who], method, address(name, world), sent, what=f"{who} {method} {name}")

    assert not wrong, "\n".join(wrong)


def test_no_field_breaks_a_page_of_an_account(world: Everything) -> None:
    clients, wrong = {who: world.client(who) for who in (VISITOR, OWNER)}, Wrong()
    arguments = {"account_reset_password_from_key": ["1", "abc-def"], "account_confirm_email": ["key"]}

    for name, path in walked(get_resolver().url_patterns):
        if name in access.DOORS | access.ACCOUNT:
            who = VISITOR if name in access.DOORS else OWNER
            where = reverse(name, args=arguments.get(name, [999_999_999] if "<int" in path else []))
            for method in ("GET", "POST"):
                walk(wrong, clients[who], method, where, {}, what=f"{who} {method} {name}")

    assert not wrong, "\n".join(wrong)


def test_no_field_breaks_a_form_of_the_admin(world: Everything) -> None:
    client, wrong = world.client(ADMIN), Wrong()

    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = model._default_manager.first()
        pages = [reverse(f"{name}_add"), *([reverse(f"{name}_change", args=[row.pk])] if row else [])]
        for path in pages:
            walk(wrong, client, "POST", path, {}, what=f"POST {path}", seldom=True)

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind", ["NUL", "superscript", "5,000 digits"])
def test_no_part_of_a_path_breaks_a_page(world: Everything, kind: str) -> None:
    value = bad_values.TEXTS[kind]
    clients, wrong = {who: world.client(who) for who in (OWNER, ADMIN)}, Wrong()

    for name, pattern in walked(get_resolver().url_patterns):
        count = len(re.findall("<[^>]*>", pattern))
        given = access.OURS.get(name)
        known = [str(world.ids[arg]) for arg in given.args] + list(given.literal) if given else []
        for place in range(count):
            parts = [bad_values.encoded(value) if n == place or n >= len(known) else known[n] for n in range(count)]
            where = "/" + re.sub("<[^>]*>", "{}", pattern).format(*parts)
            for who, client in clients.items():
                for method in ("GET", "POST"):
                    wrong.check(f"{who} {method} {where[:60]}", client, method, where)

    assert not wrong, "\n".join(wrong)


def test_no_path_and_no_verb_breaks_anything(world: Everything) -> None:
    client, wrong = world.client(ADMIN), Wrong()
    known = [address(name, world) for name in access.OURS]

    for path in PATHS:
        for method in ("GET", "POST"):
            wrong.check(f"{method} {path[:60]}", client, method, path)
    for path in known:
        for method in VERBS:
            wrong.check(f"{method} {path}", client, method, path)

    assert not wrong, "\n".join(wrong)


BODIES = {
    "no form": (b"\xff\xfe\x00%", FORM),
    "form of half an escape": (b"a=%&%=%", FORM),
    "JSON": (b'{"a": 1}', "application/json"),
    "deep JSON": (b"[" * 100_000, "application/json"),
    "no JSON": (b"{", "application/json"),
    "half a form in parts": (
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n",
        "multipart/form-data; boundary=x",
    ),
    "form in parts without a boundary": (b"--x", "multipart/form-data"),
    "a file": (
        b'--x\r\nContent-Disposition: form-data; name="name"; filename="\x00/../x"\r\n\r\nabc\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "5,000 fields": (b"&".join(b"a%d=1" % n for n in range(5000)), FORM),
    "wrong type": (b"<a/>", "text/xml; charset=utf-16"),
    "no type": (b"abc", ""),
}


def test_no_body_breaks_anything(world: Everything) -> None:
    api = signed_in(factory.api_client())
    clients, wrong = {who: world.client(who) for who in BY_RIGHTS}, Wrong()

    for kind, (body, type_) in BODIES.items():
        for name, path in access.OURS.items():
            if path.kept is access.Kept.TOKEN:
                token = {"Authorization": f"Bearer {api.token}"}
                sent = {"data": body, "content_type": type_, "headers": token}
                wrong.check(f"{name}: {kind}", api.client, "POST", address(name, world), **sent)
            elif path.writes:
                who = next(who for who in BY_RIGHTS if who in path.writes)
                sent = {"data": body, "content_type": type_}
                wrong.check(f"{who} {name}: {kind}", clients[who], "POST", address(name, world), **sent)

    assert not wrong, "\n".join(wrong)


def places(serializer: Any) -> Iterator[tuple[str, ...]]:
    """Yield the place of each field of a body, those within others as well, and of one that is unknown."""
    yield ("unknown",)
    for name, field in serializer.fields.items():
        yield (name,)
        if hasattr(field, "fields"):
            yield from ((name, *place) for place in places(field))


def put(body: object, place: tuple[str, ...], value: object) -> object:
    """Return the body with another value at a place."""
    if not place:
        return value
    known = body if isinstance(body, dict) else {}
    return {**known, place[0]: put(known.get(place[0]), place[1:], value)}


@pytest.fixture
def program(world: Everything) -> Iterator[Api]:
    """Return a caller of the API, in the world."""
    with undone():
        yield signed_in(factory.api_client())


def send(wrong: Wrong, program: Api, what: str, path: str, body: object) -> int:
    text = json.dumps(body)
    token = {"Authorization": f"Bearer {program.token}"}
    sent = {"data": text, "content_type": "application/json", "headers": token}
    return int(wrong.check(what, program.client, "POST", path, **sent).status_code)


def test_no_field_of_an_update_action_breaks_the_api(world: Everything, program: Api) -> None:
    wrong, draft = Wrong(), ConnectorStaged.objects.get(pk=world.ids["plain"])
    path = f"/connectors/drafts/{draft.pk}"

    assert send(wrong, program, "as it is", path, {"version": draft.version, "actions": [PUBLISH]}) == 201

    def update(what: str, *requested: object, version: object = draft.version) -> None:
        send(wrong, program, what, path, {"version": version, "actions": list(requested)})

    for kind, value in bad_values.JSON.items():
        update(f"version: {kind}", {"action": "publish"}, version=value)
        update(f"an action: {kind}", value)
        update(f"action: {kind}", {"action": value})
        send(wrong, program, f"actions: {kind}", path, {"version": draft.version, "actions": value})
        send(wrong, program, f"body: {kind}", path, value)
    for name, action in actions.REGISTRY.items():
        for field in set(action.payload().fields) - {"action"}:
            for kind in bad_values.turns(f"{name} {field}", list(bad_values.JSON)):
                update(f"{name}.{field}: {kind}", {"action": name, field: bad_values.JSON[kind]})

    assert not wrong, "\n".join(wrong)


def test_no_field_of_a_new_draft_breaks_the_api(world: Everything, program: Api) -> None:
    wrong = Wrong()
    good = {
        "key": "from-the-walk",
        "name": "Walk",
        "creator": {"email": "dev@acme.example"},
        "repository": {"url": "https://github.com/acme/walk", "tag": "1.0.0"},
    }

    assert send(wrong, program, "as it is", "/connectors/drafts", good) == 201
    for place in sorted(places(ConnectorStagedDraft())):
        for kind in bad_values.turns(str(place), list(bad_values.JSON)):
            body = put(good, place, bad_values.JSON[kind])
            send(wrong, program, f"{place}: {kind}", "/connectors/drafts", body)

    assert not wrong, "\n".join(wrong)


def test_no_parameter_breaks_the_api(world: Everything, program: Api) -> None:
    wrong = Wrong()
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {program.token}"})

    for name in ("api_drafts", "api_draft", "api_search", "api_connector", "api_runs", "api_run", "api_run_sarif"):
        names = walk(wrong, client, "GET", address(name, world), {}, what=f"GET {name}")
        assert names if name in ("api_drafts", "api_search") else True
        walk(wrong, client, "DELETE", address(name, world), {}, what=f"DELETE {name}")

    assert not wrong, "\n".join(wrong)


def test_no_field_breaks_the_token_service(world: Everything) -> None:
    made = factory.api_client()
    wrong = Wrong()
    good = {
        "grant_type": "client_credentials",
        "client_id": made.client_id,
        "client_secret": made.client_secret,
        "scope": "manage_project:acme",
        "token": "some-token",
        "token_type_hint": "access_token",
    }

    for name in ("oauth_token", "oauth_introspect", "oauth_revoke"):
        walk(wrong, Client(raise_request_exception=False), "POST", reverse(name), good, what=name)

    assert not wrong, "\n".join(wrong)
