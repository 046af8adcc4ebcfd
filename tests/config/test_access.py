"""Every path of the portal, asked by everybody: who gets in, who is kept out, and that who is kept out changes nothing.

The paths are those of the URL configuration itself; one that is not in the table of `access` fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.config import access, everything
from tests.config.access import Kept, Path
from tests.config.everything import ADMIN, INSIDER, OWNER, PEOPLE, REVIEWER, STRANGER, VIEWER, VISITOR, Everything

pytestmark = [pytest.mark.django_db, pytest.mark.security]

DOOR = "/accounts/login/"
BOOKKEEPING = frozenset({"django_session", "usersessions_usersession", "cache", "accounts_counter"})
"""Tables that tell who is signed in and how often somebody tried."""

TYPED = frozenset({"certification_unsent"})
"""What a reviewer typed stays theirs when it could not be sent; nobody else sees it."""

CHANGE = re.compile(r'\s*(INSERT|UPDATE|DELETE)(?: OR \w+)?(?: INTO| FROM)? "?(\w+)', re.IGNORECASE)
"""A statement that writes, with its verb and its table."""


ONE_CLICK = frozenset({"invitation_mails_refuse"})
"""What a mail program sends without a page of ours (RFC 8058); its link is signed."""


def page_of(response: Any) -> str:
    """Return the path that a redirect leads to."""
    return urlsplit(response["Location"]).path


def above(path: str) -> Iterator[str]:
    """Yield the paths above one, up to the root."""
    while path := path.rpartition("/")[0]:
        yield path
    yield "/"


@dataclass
class Asked:
    """An answer, and the tables of which it changed rows."""

    response: Any
    changed: set[str] = field(default_factory=set)

    @property
    def status(self) -> int:
        return int(self.response.status_code)

    @property
    def is_for_nobody(self) -> bool:
        """Whether the answer is the one to a method that the path does not have: a GET leads to a page above."""
        if self.response.wsgi_request.method == "POST":
            return self.status == 405
        return self.status == 302 and page_of(self.response) in {*above(self.response.wsgi_request.path), "/projects"}

    @property
    def to_door(self) -> bool:
        return self.leads_to(DOOR)

    def leads_to(self, page: str) -> bool:
        """Return whether the answer leads to a page, and from there back here."""
        return self.status == 302 and unquote(self.response["Location"]).startswith(f"{page}?next=/")


def ask(client: Client, method: str, path: str, sent: Mapping[str, Any]) -> Asked:
    """Ask, and undo what it did."""
    asked = Asked(None)

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if (found := CHANGE.match(sql)) and (found.group(1).upper() == "INSERT" or context["cursor"].rowcount):
            asked.changed.add(found.group(2))
        return done

    with undone(), connection.execute_wrapper(watch):
        asked.response = client.get(path, sent) if method == "GET" else client.post(path, sent)
        if asked.response.streaming:
            whole, headers = b"".join(asked.response.streaming_content), dict(asked.response.headers)
            asked.response = HttpResponse(whole, status=asked.response.status_code, headers=headers)
    asked.changed -= BOOKKEEPING
    return asked


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def walked(patterns: Any, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name and the path of every pattern; one without a name is named by its path."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walked(pattern.url_patterns, path, f"{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            yield (f"{space}{pattern.name}" if pattern.name else path), path


def names() -> set[str]:
    """Return the names of all paths outside the admin."""
    return {name for name, path in walked(get_resolver().url_patterns) if not path.startswith("admin/")}


def address(name: str, of: Everything, *, known: bool = True) -> str:
    """Return where a path leads in this world, or the same with ids that name nothing."""
    path = access.OURS[name]
    ids = [of.ids[arg] for arg in path.args]
    return reverse(name, args=[*(ids if known else map(everything.unknown, ids)), *path.literal])


def test_every_path_is_in_the_table_and_no_other() -> None:
    listed = access.OURS.keys() | access.DOORS | access.ACCOUNT | access.WITHOUT_NAME

    assert names() == listed


@pytest.mark.parametrize("who", PEOPLE)
def test_everybody_gets_where_they_may_and_nowhere_else(world: Everything, who: str) -> None:
    client, wrong = world.client(who), []

    for name, path in access.OURS.items():
        for method, allowed in (("GET", path.reads), ("POST", path.writes)):
            asked = ask(client, method, address(name, world), path.sent(world) if method == "POST" else path.query)
            if problem := judge(path, method, who, asked, let_in=who in allowed, exists=bool(allowed)):
                wrong.append(f"{who} {method} {name}: {problem}, got {asked.status} {sorted(asked.changed)}")

    assert not wrong, "\n".join(wrong)


def judge(path: Path, method: str, who: str, asked: Asked, *, let_in: bool, exists: bool) -> str:
    """Return what is wrong with an answer, or nothing."""
    if let_in:
        if asked.to_door or asked.status >= 400:
            return "may come in"
        return "must change something" if method == "POST" and path.changes and not asked.changed else ""
    if asked.changed - TYPED:
        return "must change nothing"
    if path.kept is Kept.TOKEN:
        return "" if asked.status in {400, 401, 405} else "needs a token"
    if who == VISITOR:
        return "" if asked.to_door or (not exists and asked.is_for_nobody) else "belongs to the door"
    if path.kept is Kept.OWN:
        return "" if asked.status in {404, 200, 422} or (not exists and asked.is_for_nobody) else "is somebody else's"
    if path.kept is Kept.CLOSED:
        refused = {403, 409, 302} if who in access.DESK else {403}
        return "" if asked.status in refused or (not exists and asked.is_for_nobody) else "is closed to the role"
    if who in access.MEMBERS:
        return "" if asked.status == 403 or (not exists and asked.is_for_nobody) else "is not for the role"
    return "" if asked.status == 404 or (not exists and asked.is_for_nobody) else "is hidden"


@pytest.mark.parametrize("who", [OWNER, REVIEWER, ADMIN, STRANGER])
def test_the_address_of_a_button_leads_to_the_page_that_it_is_on(world: Everything, who: str) -> None:
    client, wrong = world.client(who), []

    for name, path in access.OURS.items():
        if who not in path.writes or path.reads:
            continue
        answer = client.get(address(name, world), follow=True)
        if answer.status_code != 200 or not answer.redirect_chain:
            wrong.append(f"{who} {name}: {answer.status_code} {answer.redirect_chain}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", [STRANGER, OWNER, REVIEWER])
def test_a_change_needs_the_token_of_a_page_of_ours(world: Everything, who: str) -> None:
    client, wrong = world.client(who), []
    client.handler.enforce_csrf_checks = True

    for name, path in access.OURS.items():
        if who not in path.writes or name in ONE_CLICK:
            continue
        asked = ask(client, "POST", address(name, world), path.sent(world))
        if asked.status != 403 or asked.changed:
            wrong.append(f"{who} {name}: {asked.status} {sorted(asked.changed)}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", [STRANGER, REVIEWER, VISITOR])
def test_what_is_there_and_what_is_not_look_alike_from_outside(world: Everything, who: str) -> None:
    client, told = world.client(who), []

    for name, path in access.OURS.items():
        if not path.args or who in path.reads | path.writes or path.kept is Kept.TOKEN:
            continue
        if path.kept is Kept.CLOSED and who in access.DESK:
            continue
        for method, sent in (("GET", path.query), ("POST", path.sent(world))):
            answers = []
            for known in (True, False):
                where = address(name, world, known=known)
                answers.append(seen(ask(client, method, where, sent).response, where))
            if answers[0] != answers[1]:
                told.append(f"{who} {method} {name}: {answers[0]} and {answers[1]}")

    assert not told, "\n".join(told)


def seen(response: Any, where: str) -> tuple[Any, ...]:
    """Return all that a caller sees of an answer, but for what differs between any two: the address, random values."""
    text = response.content.decode().replace(where, "WHERE")
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    headers = {name: value for name, value in response.headers.items() if name not in {"X-Correlation-ID"}}
    if headers.get("Location") in above(where):
        headers["Location"] = "ABOVE"
    headers = {name: value.replace(where, "WHERE") for name, value in headers.items() if name != "Content-Length"}
    return response.status_code, text, headers, sorted(response.cookies)


@pytest.mark.parametrize("who", [VISITOR, OWNER, REVIEWER])
def test_only_what_everybody_may_have_is_kept_by_shared_caches(world: Everything, who: str) -> None:
    client, kept = world.client(who), set()

    for name, path in access.OURS.items():
        answer = ask(client, "GET", address(name, world), path.query).response
        if "private" not in answer.headers["Cache-Control"] and "no-store" not in answer.headers["Cache-Control"]:
            kept.add(name)

    assert kept == access.SHARED


@pytest.mark.parametrize("who", [VISITOR, STRANGER, VIEWER, INSIDER])
def test_a_refused_change_leaves_every_row_as_it_is(world: Everything, who: str) -> None:
    client = world.client(who)
    before = rows()

    for name, path in access.OURS.items():
        if who not in path.writes and path.writes:
            client.post(address(name, world), dict(path.sent(world)))

    assert rows() == before


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the portal, but for sessions."""
    return {
        model._meta.label: sorted(model._default_manager.values_list(), key=repr)
        for model in apps.get_models()
        if model._meta.db_table not in BOOKKEEPING | TYPED
    }


@pytest.mark.parametrize("who", [VISITOR, OWNER])
def test_the_pages_of_ones_account_are_ones_own(world: Everything, who: str) -> None:
    client, wrong = world.client(who), []

    for name, path in walked(get_resolver().url_patterns):
        if name not in access.ACCOUNT:
            continue
        where = reverse(name, args=[999_999_999] if "<int" in path else [])
        for method in ("GET", "POST"):
            asked = ask(client, method, where, {})
            if "no-store" not in asked.response.headers["Cache-Control"]:
                wrong.append(f"{who} {method} {name}: may be kept")
            if asked.changed or asked.status >= 500 or asked.to_door != (who == VISITOR):
                wrong.append(f"{who} {method} {name}: {asked.status} {sorted(asked.changed)}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("who", "methods"), [(VISITOR, ["GET"]), (REVIEWER, ["GET", "POST"])])
def test_the_admin_opens_to_operators_only(world: Everything, who: str, methods: list[str]) -> None:
    client, wrong = world.client(who), []

    for _, path in walked(get_resolver().url_patterns):
        if not path.startswith("admin/") or path.startswith(("admin/login/", "admin/logout/")):
            continue
        where = "/" + re.sub(r"<[^>]*>|\^.*|\(.*", "1", path)
        for method in methods:
            asked = ask(client, method, where, {})
            if asked.changed or not (asked.status in {403, 404} or asked.leads_to("/admin/login/")):
                wrong.append(f"{who} {method} {where}: {asked.status} {sorted(asked.changed)}")

    assert not wrong, "\n".join(wrong)
