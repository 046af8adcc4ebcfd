"""The portal's cookies under HTTPS and without."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.test import Client

from tests import factory
from tests.root import ROOT

pytestmark = pytest.mark.security

READ = "import json; from config import settings as s; print(json.dumps([s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME]))"


def names(**environment: str) -> list[str]:
    """Return the cookies' names in an installation with this environment."""
    told = {**os.environ, "SECRET_KEY": "only-for-tests-" + "x" * 50, "DEBUG": "off", **environment}
    done = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=True, env=told, cwd=ROOT)
    return list(json.loads(done.stdout))


def test_under_https_the_names_bind_the_cookies_to_this_host() -> None:
    assert names(HTTPS="on") == ["__Host-sessionid", "__Host-csrftoken"]
    assert names(HTTPS="off") == ["sessionid", "csrftoken"]


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["__Host-", ""])
def test_every_cookie_of_the_portal_has_the_prefix(settings: pytest.FixtureRequest, prefix: str) -> None:
    https = bool(prefix)
    for name, value in {
        "COOKIE_PREFIX": prefix,
        "HTTPS": https,
        "SESSION_COOKIE_SECURE": https,
        "CSRF_COOKIE_SECURE": https,
        "SESSION_COOKIE_NAME": f"{prefix}sessionid",
        "CSRF_COOKIE_NAME": f"{prefix}csrftoken",
    }.items():
        setattr(settings, name, value)
    user = factory.owner()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    browser = Client()

    browser.get("/accounts/login/")
    browser.post("/accounts/login/", {"login": user.email, "password": factory.PASSWORD})
    browser.post("/accounts/theme", {"theme": "dark", "next": "/"})
    browser.post("/profile", {"name": "Olive"})

    assert {*browser.cookies} == {
        f"{prefix}{name}" for name in ("sessionid", "csrftoken", "theme", "browser", "messages")
    }
    for cookie in browser.cookies.values():
        assert (bool(cookie["secure"]), cookie["path"], cookie["domain"]) == (https, "/", "")
    assert 'data-bs-theme="dark"' in browser.get("/drafts").content.decode()
    assert get_user_model().objects.get().name == "Olive"
