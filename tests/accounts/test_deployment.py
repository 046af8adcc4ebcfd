"""Settings that leave an installation open are reported by `check --deploy`, each by its name."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks

from accounts import deployment

pytestmark = pytest.mark.security
SAFE: dict[str, Any] = {
    "RATE_LIMITS": True,
    "WEBHOOK_ALLOW_PRIVATE": False,
    "REQUIRE_MFA": True,
    "REQUIRE_MFA_TO_SUBMIT": True,
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST_PASSWORD": "",
    "CERTIFICATE_KEYS": [b"k" * 32],
    "PUBLIC_URL": "https://portal.example.com",
    "ALLOWED_HOSTS": ["portal.example.com"],
    "DEMO": False,
    "SECURITY_CONTACT": ["mailto:security@example.com"],
    "DATABASES": {"default": {"PASSWORD": "Xq81-long-and-random"}},
}

OPEN = [
    ("RATE_LIMITS", False, "RATE_LIMITS"),
    ("WEBHOOK_ALLOW_PRIVATE", True, "WEBHOOK_ALLOW_PRIVATE"),
    ("REQUIRE_MFA", False, "REQUIRE_MFA"),
    ("REQUIRE_MFA_TO_SUBMIT", False, "REQUIRE_MFA_TO_SUBMIT"),
    ("EMAIL_BACKEND", "accounts.mail.log_backend.LogBackend", "EMAIL_HOST"),
    ("CERTIFICATE_KEYS", [], "CERTIFICATE_KEYS"),
    ("PUBLIC_URL", "http://portal.example.com", "PUBLIC_URL"),
    ("ALLOWED_HOSTS", ["portal.example.com", "*"], "ALLOWED_HOSTS"),
    ("DEMO", True, "DEMO"),
    ("SECURITY_CONTACT", [], "SECURITY_CONTACT"),
    ("DATABASES", {"default": {"PASSWORD": "postgres"}}, "DATABASE_URL"),
    ("EMAIL_HOST_PASSWORD", "Change-Me", "EMAIL_HOST_PASSWORD"),
]


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Have the settings of an installation that is closed; what a test sets beside them is seen by the checks alone."""
    monkeypatch.setattr(deployment, "settings", type("Settings", (), dict(SAFE)))
    return monkeypatch


def test_closed_installation_has_no_problem(closed: pytest.MonkeyPatch) -> None:
    assert list(deployment.problems()) == []


@pytest.mark.parametrize(("name", "value", "told"), OPEN)
def test_open_door_is_named(closed: pytest.MonkeyPatch, name: str, value: Any, told: str) -> None:
    closed.setattr(deployment.settings, name, value)

    assert [setting for _, setting, _ in deployment.problems()] == [told]


def test_only_the_check_of_a_deployment_reports_them(closed: pytest.MonkeyPatch) -> None:
    closed.setattr(deployment.settings, "RATE_LIMITS", False)

    usual, deploying = (
        {message.id for message in run_checks(tags=["installation"], include_deployment_checks=deploy)}
        for deploy in (False, True)
    )

    assert deploying - usual == {"accounts.W001"}
