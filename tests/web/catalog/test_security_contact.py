"""Whom to tell of a vulnerability: a file that programs find and read (RFC 9116)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

pytestmark = pytest.mark.security

PATH = "/.well-known/security.txt"


@pytest.fixture(autouse=True)
def operator(settings: Any) -> None:
    """Have an operator who reads mail."""
    settings.PUBLIC_URL = "https://portal.example.com"
    settings.SECURITY_CONTACT = ["mailto:security@example.com", "https://example.com/report"]
    settings.SECURITY_POLICY_URL = ""


@time_machine.travel(datetime(2026, 5, 3, 14, 7, tzinfo=UTC), tick=False)
def test_the_file_names_contacts_in_their_order_and_until_when_it_holds(client: Client) -> None:
    answer = client.get(PATH)

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        "Contact: mailto:security@example.com",
        "Contact: https://example.com/report",
        "Expires: 2026-08-01T14:00:00Z",
        "Preferred-Languages: en",
        "Canonical: https://portal.example.com/.well-known/security.txt",
    ]


def test_a_copy_in_a_cache_has_not_expired(client: Client) -> None:
    answer = client.get(PATH)
    expires = datetime.fromisoformat(answer.text.partition("Expires: ")[2].split()[0])

    assert "public" in answer.headers["Cache-Control"]
    assert timedelta(days=1) < expires - datetime.now(UTC) < timedelta(days=365)


def test_the_rules_for_reports_are_named_where_there_are_some(client: Client, settings: Any) -> None:
    settings.SECURITY_POLICY_URL = "https://example.com/rules"

    assert "\nPolicy: https://example.com/rules\n" in client.get(PATH).text


@pytest.mark.django_db
def test_without_a_contact_there_is_no_file(client: Client, settings: Any) -> None:
    settings.SECURITY_CONTACT = []

    assert client.get(PATH).status_code == 404


def test_the_file_is_read_only(client: Client) -> None:
    assert client.post(PATH).status_code == 405
