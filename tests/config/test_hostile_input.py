"""Every path of the portal, sent what a database or `int` chokes on: in the path, the query and the form.

The names that a page reads are not listed here; the walk takes them down while the page answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import get_resolver

from tests.config import access
from tests.config.everything import ADMIN, DEVELOPER, INSIDER, OWNER, REVIEWER, STRANGER, VISITOR, Everything
from tests.config.test_access import address, undone, walked

pytestmark = [pytest.mark.django_db, pytest.mark.security]

NUL = "a\0b"
HOSTILE = {
    "NUL": NUL,
    "superscript": "²",
    "5,000 digits": "9" * 5000,
    "beyond bigint": str(2**63),
    "beyond integer": str(2**31),
    "surrogate": "\ud800",
}
BY_RIGHTS = (OWNER, ADMIN, REVIEWER, INSIDER, DEVELOPER, STRANGER, VISITOR)
"""People, in the order in which they are asked to visit a page."""


def ask(client: Client, method: str, path: str, sent: Mapping[str, Any] | None = None) -> Any:
    """Ask with a query (GET) or a form (POST), and undo what it did."""
    text = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in (sent or {}).items())
    with undone():
        if method == "GET":
            return client.get(f"{path}?{text}" if text else path)
        return client.post(path, text, content_type="application/x-www-form-urlencoded")


def encoded(text: object) -> str:
    return quote(str(text).encode("utf-8", "surrogatepass"), safe="")


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


def visits() -> Iterator[tuple[str, str, str]]:
    """Yield each path of ours with a method that it answers, and somebody who may come."""
    for name, path in access.OURS.items():
        for method, allowed in (("GET", path.reads), ("POST", path.writes)):
            if allowed:
                yield name, method, next(who for who in BY_RIGHTS if who in allowed)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_no_parameter_and_no_field_breaks_a_page(world: Everything, value: str) -> None:
    clients, wrong = {who: world.client(who) for who in BY_RIGHTS}, []

    for name, method, who in visits():
        client, where = clients[who], address(name, world)
        path = access.OURS[name]
        sent = {**(path.query if method == "GET" else path.sent(world))}
        with reads() as known:
            ask(client, method, where, sent)
        for field in sorted(known - {"csrfmiddlewaretoken"}):
            answer = ask(client, method, where, {**sent, field: value})
            if answer.status_code >= 500:
                wrong.append(f"{who} {method} {name} {field}: {answer.status_code}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_no_part_of_a_path_breaks_a_page(world: Everything, value: str) -> None:
    clients, wrong = {who: world.client(who) for who in (OWNER, ADMIN)}, []

    for name, pattern in walked(get_resolver().url_patterns):
        count = len(re.findall("<[^>]*>", pattern))
        given = access.OURS.get(name)
        known = [str(world.ids[arg]) for arg in given.args] + list(given.literal) if given else []
        for place in range(count):
            parts = [encoded(value) if n == place or n >= len(known) else known[n] for n in range(count)]
            where = "/" + re.sub("<[^>]*>", "{}", pattern).format(*parts)
            for who, client in clients.items():
                for method in ("GET", "POST"):
                    answer = ask(client, method, where, given.query if given else {})
                    if answer.status_code >= 500:
                        wrong.append(f"{who} {method} {where[:60]}: {answer.status_code}")

    assert not wrong, "\n".join(wrong)
