"""Counting what requests do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from accounts.limits import counting, ledger
from accounts.limits.counting import Exceeded
from accounts.limits.table import DRAFTS, MAILS, PROJECTS
from accounts.models import Counter

pytestmark = [pytest.mark.django_db, pytest.mark.security]


def answered(times: int, *, of: object = 1, status: int = 200) -> HttpResponse:
    """Return the answer to a request that creates several drafts."""

    def view(request: HttpRequest) -> HttpResponse:
        try:
            for _ in range(times):
                counting.spend(DRAFTS, of=of)
        except Exceeded as exceeded:
            return HttpResponse(str(exceeded), status=status)
        return HttpResponse("made")

    return ledger.tell(view)(RequestFactory().get("/"))


@pytest.fixture(autouse=True)
def three(settings: Settings) -> None:
    settings.RATE_LIMITS, settings.LIMITS = True, {"drafts": 3}


def test_an_answer_tells_what_is_left_and_of_a_refusal_how_long_to_wait() -> None:
    with time_machine.travel(datetime.now(tz=UTC), tick=False) as clock:
        within = answered(2)
        clock.shift(timedelta(seconds=100))
        refused = answered(2)

    assert (within.status_code, within["RateLimit-Policy"]) == (200, '"drafts";q=3;w=3600')
    assert within["RateLimit"] == '"drafts";r=1;t=3600'
    assert (refused.status_code, refused["Retry-After"]) == (429, "3500")
    assert refused["RateLimit"] == '"drafts";r=0;t=3500'
    text = "This Project has created 3 drafts in an hour, which is the limit. Try again in 59 minutes."
    assert refused.content.decode() == text


@pytest.mark.parametrize(("status", "answer"), [(200, 429), (409, 429), (422, 429), (302, 302)])
def test_a_refusal_that_a_view_shows_is_a_refusal_but_a_redirect_stays_one(status: int, answer: int) -> None:
    assert answered(4, status=status).status_code == answer


def test_a_refused_attempt_is_not_counted_and_the_window_ends() -> None:
    start = datetime.now(tz=UTC)
    with time_machine.travel(start, tick=False):
        answered(9)
    with time_machine.travel(start + timedelta(hours=1), tick=False):
        assert answered(3).status_code == 200


def test_each_is_counted_alone() -> None:
    answered(3, of=1)

    assert answered(1, of=2).status_code == 200
    assert answered(1, of=1).status_code == 429


def test_only_requests_are_counted() -> None:
    for _ in range(5):
        counting.spend(DRAFTS, of=1)

    assert not Counter.objects.exists()


def test_nothing_is_counted_while_limits_are_off(settings: Settings) -> None:
    settings.RATE_LIMITS = False

    assert "RateLimit" not in answered(5).headers
    assert counting.count(MAILS, of="a") and counting.look((DRAFTS, 1)) == [0]
    assert not Counter.objects.exists()


def test_what_must_stay_secret_is_counted_without_a_word() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        counting.count(MAILS, of="a", told=False)
        return HttpResponse()

    assert "RateLimit" not in ledger.tell(view)(RequestFactory().get("/")).headers
    assert Counter.objects.exists()


def test_a_flood_that_fills_the_cache_drops_no_counter() -> None:
    answered(3)
    cache.clear()

    assert answered(1).status_code == 429


@pytest.mark.parametrize("name", ["x" * 5000, "é", "\ud800", "a:b"])
def test_any_name_fits_a_counter(name: str) -> None:
    assert [answered(1, of=name).status_code for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 second"), (1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (61, "2 minutes"), (7200, "2 hours")],
)
def test_times_to_wait_are_rounded_up(seconds: int, words: str) -> None:
    assert counting.in_words(seconds) == words


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:0:1::1", "2001:db8:0:1::"),
        ("2001:db8:0:1:ffff::1", "2001:db8:0:1::"),
        ("", "unknown"),
    ],
)
def test_callers_are_counted_by_address_or_network(address: str, counted: str) -> None:
    assert counting.address_of(RequestFactory(REMOTE_ADDR=address).get("/")) == counted


@pytest.mark.parametrize(
    ("proxies", "counted"), [(0, "198.51.100.9"), (1, "192.0.2.7"), (2, "192.0.2.6")], ids=["none", "one", "two"]
)
def test_as_many_forwarded_addresses_count_as_the_operator_has_proxies(
    proxies: int, counted: str, settings: Settings
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    forwarded = "192.0.2.5, 192.0.2.6, 192.0.2.7"

    request = RequestFactory(REMOTE_ADDR="198.51.100.9").get("/", headers={"X-Forwarded-For": forwarded})

    assert counting.address_of(request) == counted


def test_two_limits_of_a_request_are_told_together(settings: Settings) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        counting.spend(DRAFTS, of=1)
        counting.spend(PROJECTS, of=1)
        return HttpResponse()

    answer = ledger.tell(view)(RequestFactory().get("/"))

    assert answer["RateLimit-Policy"] == '"drafts";q=3;w=3600, "projects";q=10;w=86400'
