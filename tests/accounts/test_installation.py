"""Settings that would break requests are reported before the first one comes."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client

from accounts import installation

pytestmark = pytest.mark.security

REDIS = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}}
NO_SECRET = {"github": {"APPS": [{"client_id": "id", "secret": ""}]}}

WRONG = [
    ("CACHES", {"default": {**REDIS["default"], "LOCATION": "127.0.0.1:6379"}}, "REDIS_URL must begin with"),
    ("CACHES", {"default": {**REDIS["default"], "LOCATION": "redis://a,http://b"}}, "REDIS_URL must begin with"),
    ("TASKS", {"default": {"BACKEND": "no_such.Backend"}}, "TASKS_BACKEND"),
    ("TASKS", {"default": {"BACKEND": "json.JSONDecoder"}}, "TASKS_BACKEND"),
    ("PUBLIC_URL", "portal.example.com", "PUBLIC_URL"),
    ("PUBLIC_URL", "https://[portal", "PUBLIC_URL"),
    ("OSV_API_URL", "osv.intern", "OSV_API_URL"),
    ("GITHUB_API_URL", "ftp://api.github.com", "GITHUB_API_URL"),
    ("SECURITY_POLICY_URL", "policy", "SECURITY_POLICY_URL"),
    ("SECURITY_CONTACT", ["mailto:security@example.com", "security@example.com"], "'security@example.com'"),
    ("DEFAULT_FROM_EMAIL", "Connector Certification", "DEFAULT_FROM_EMAIL"),
    ("SOCIALACCOUNT_PROVIDERS", NO_SECRET, "GITHUB_LOGIN_CLIENT_SECRET"),
]


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the package redis out, whether it is installed or not."""
    monkeypatch.setattr(installation, "find_spec", lambda name: None if name == "redis" else find_spec(name))


def test_the_settings_of_the_tests_are_right() -> None:
    assert installation.problems() == []


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_a_wrong_setting_is_named(settings: Any, name: str, value: Any, said: str) -> None:
    setattr(settings, name, value)

    assert any(said in problem for problem in installation.problems())


def test_redis_without_its_driver_is_told_by_the_check(settings: Any, no_driver: None) -> None:
    settings.CACHES = REDIS

    with pytest.raises(SystemCheckError, match="REDIS_URL is set, but the Python package redis is not installed"):
        call_command("check")


@pytest.mark.django_db
def test_redis_without_its_driver_is_not_ready(settings: Any, no_driver: None, client: Client) -> None:
    settings.CACHES = REDIS

    answer = client.get("/readyz")

    assert (answer.status_code, answer.content) == (
        503,
        b"REDIS_URL is set, but the Python package redis is not installed.\n",
    )


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_every_problem_is_an_error_of_the_check(settings: Any, name: str, value: Any, said: str) -> None:
    setattr(settings, name, value)

    assert any(said in str(error) for error in run_checks(tags=["installation"]))
