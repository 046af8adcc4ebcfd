"""Counting failed attempts."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from accounts.access import rate_limits

pytestmark = [pytest.mark.django_db, pytest.mark.security]


def request(address: str = "203.0.113.7") -> HttpRequest:
    """Return a request from an address."""
    return RequestFactory(REMOTE_ADDR=address).post("/oauth/token")


@pytest.fixture(autouse=True)
def limits_on(settings: Settings) -> None:
    """Count, whatever the environment says."""
    settings.RATE_LIMITS = True


def fail(times: int, *, address: str = "203.0.113.7", client_id: str = "client") -> None:
    """Count failures."""
    for _ in range(times):
        rate_limits.failed(request(address), client_id=client_id)


def test_nobody_waits_before_the_limit() -> None:
    fail(rate_limits.BY_CLIENT.times - 1)

    assert rate_limits.seconds_to_wait(request(), client_id="client") == 0


def test_the_client_waits_for_the_rest_of_the_window_at_the_limit() -> None:
    start = datetime.now(tz=UTC)
    with time_machine.travel(start, tick=False):
        fail(rate_limits.BY_CLIENT.times)
    with time_machine.travel(start + timedelta(seconds=20), tick=False):
        fail(1)

        assert rate_limits.seconds_to_wait(request(), client_id="client") == 41
    with time_machine.travel(start + timedelta(seconds=61), tick=False):
        assert rate_limits.seconds_to_wait(request(), client_id="client") == 0


def test_the_same_client_from_another_address_does_not_wait() -> None:
    fail(rate_limits.BY_CLIENT.times)

    assert rate_limits.seconds_to_wait(request("203.0.113.8"), client_id="client") == 0


def test_the_address_waits_whatever_names_it_tried() -> None:
    for n in range(rate_limits.BY_ADDRESS.times):
        fail(1, client_id=f"client-{n}")

    assert rate_limits.seconds_to_wait(request(), client_id="another") > 0
    assert rate_limits.seconds_to_wait(request(), client_id="") > 0


def test_the_addresses_of_one_ipv6_network_are_one_caller() -> None:
    for n in range(rate_limits.BY_ADDRESS.times):
        fail(1, address=f"2001:db8:0:1::{n + 1:x}")

    assert rate_limits.seconds_to_wait(request("2001:db8:0:1:ffff::1")) > 0
    assert rate_limits.seconds_to_wait(request("2001:db8:0:2::1")) == 0


def test_addresses_of_ipv4_on_a_socket_for_both_versions_are_callers_of_their_own() -> None:
    for _ in range(rate_limits.BY_ADDRESS.times):
        fail(1, address="::ffff:203.0.113.7")

    assert rate_limits.seconds_to_wait(request("203.0.113.7")) > 0
    assert rate_limits.seconds_to_wait(request("::ffff:203.0.113.8")) == 0


def test_callers_without_an_address_are_counted_together() -> None:
    for _ in range(rate_limits.BY_ADDRESS.times):
        fail(1, address="")

    assert rate_limits.seconds_to_wait(request("")) > 0


def test_what_servers_of_the_version_before_count_is_left_to_them() -> None:
    theirs = (1, time.time() + 60)
    cache.set("attempts:203.0.113.7", theirs)

    fail(1)

    assert rate_limits.seconds_to_wait(request(), client_id="client") == 0
    assert cache.get("attempts:203.0.113.7") == theirs


def test_a_flood_of_failures_makes_no_other_limit_forget() -> None:
    cache.set("allauth:rl:login_failed", [time.time()])

    for n in range(150):
        fail(1, address=f"203.0.113.{n}", client_id=f"client-{n}")

    assert cache.get("allauth:rl:login_failed") is not None


def test_nothing_is_counted_while_limits_are_off(settings: Settings) -> None:
    settings.RATE_LIMITS = False
    fail(rate_limits.BY_CLIENT.times)
    settings.RATE_LIMITS = True

    assert rate_limits.seconds_to_wait(request(), client_id="client") == 0


def test_failures_that_do_not_see_each_other_are_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    read = cache.get_many
    fail(1)
    with monkeypatch.context() as blind:
        blind.setattr(cache, "get_many", lambda keys, version=None: {} if len(keys) > 1 else read(keys, version))
        fail(rate_limits.BY_CLIENT.times - 2)

    assert rate_limits.seconds_to_wait(request(), client_id="client") == 0
    fail(1)
    assert rate_limits.seconds_to_wait(request(), client_id="client") > 0


def test_what_is_taken_at_the_same_moment_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = rate_limits.Limit(times=3, seconds=60)
    with time_machine.travel(datetime.now(tz=UTC), tick=False):
        with monkeypatch.context() as blind:
            blind.setattr(cache, "get_many", lambda keys, version=None: {})
            taken = [rate_limits.take(limit, "looks:1") for _ in range(5)]

        assert taken == [0, 0, 0, 61, 61]
        assert rate_limits.take(limit, "looks:2") == 0
