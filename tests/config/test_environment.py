"""Settings from environment variables."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.middleware.security import SecurityMiddleware

from accounts.requests.middleware import Https
from config import environment as env
from tests.root import ROOT

pytestmark = pytest.mark.security


def set_to(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the variable X."""
    if value is None:
        monkeypatch.delenv("X", raising=False)
    else:
        monkeypatch.setenv("X", value)


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (env.text, None, ""),
        (env.text, "  word ", "word"),
        (env.flag, None, False),
        (env.flag, "on", True),
        (env.flag, "True", True),
        (env.flag, "1", True),
        (env.flag, "off", False),
        (env.flag, "", False),
        (env.flag, "no", False),
        (lambda name: env.flag(name, default=True), " ", True),
        (lambda name: env.flag(name, default=True), "off", False),
        (env.words, None, []),
        (env.words, "a, b,,c ", ["a", "b", "c"]),
        (env.secrets, None, []),
        (env.secrets, "+/" * 21 + "8=", [b"\xfb\xff\xbf" * 10 + b"\xfb\xff"]),
        (env.secrets, "-_" * 21 + "8, " + "A" * 43 + "=", [b"\xfb\xff\xbf" * 10 + b"\xfb\xff", bytes(32)]),
        (env.mapping, None, {}),
        (env.mapping, '{"https://a/": "file:///b/"}', {"https://a/": "file:///b/"}),
        (env.rows, None, []),
        (env.rows, '[{"name": "x"}]', [{"name": "x"}]),
        (lambda name: env.number(name, 5), None, 5),
        (lambda name: env.number(name, 5), "0", 0),
        (lambda name: env.number(name, 5, largest=23), "23", 23),
        (lambda name: env.choice(name, "line", ["line", "json"]), None, "line"),
        (lambda name: env.choice(name, "line", ["line", "json"]), "json", "json"),
        (lambda name: env.number(name, 5), "2.5", 2.5),
    ],
)
def test_good_value_is_read(
    read: Callable[[str], Any], value: str | None, expected: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_to(value, monkeypatch)

    assert read("X") == expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (env.flag, "maybe"),
        (env.secrets, "A" * 42),
        (env.secrets, "A" * 44),
        (env.secrets, "A" * 86),
        (env.secrets, "A" * 42 + "!"),
        (env.secrets, "A" * 43 + "=, secret"),
        (env.mapping, "https://a/=b"),
        (env.mapping, "[]"),
        (env.mapping, '{"a": 1}'),
        (env.rows, "{}"),
        (env.rows, "[1]"),
        (env.rows, "["),
        (lambda name: env.number(name, 5), "many"),
        (lambda name: env.number(name, 5), "-1"),
        (lambda name: env.number(name, 5, smallest=1), "0"),
        (lambda name: env.number(name, 5, largest=23), "24"),
        (lambda name: env.choice(name, "line", ["line", "json"]), "xml"),
        (lambda name: env.number(name, 5), "inf"),
        (lambda name: env.number(name, 5), "nan"),
        (lambda name: env.whole(name, 5), "1.5"),
        (lambda name: env.whole(name, 5), "1e400"),
        (lambda name: env.whole(name, 587, smallest=1, largest=65_535), "99999"),
        (lambda name: env.whole(name, 587, smallest=1, largest=65_535), "0"),
    ],
)
def test_bad_value_stops_the_start_with_the_name_of_the_variable(
    read: Callable[[str], Any], value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_to(value, monkeypatch)

    with pytest.raises(ImproperlyConfigured, match=r"\bX\b"):
        read("X")


class TestDatabase:
    @pytest.mark.parametrize(
        ("url", "name"),
        [
            ("sqlite:///portal.db", Path("/base/portal.db")),
            ("sqlite:////data/portal.db", Path("/data/portal.db")),
            ("sqlite:///:memory:", ":memory:"),
        ],
    )
    def test_sqlite_takes_relative_and_absolute_files(self, url: str, name: object) -> None:
        entry = env.database(url, base=Path("/base"))

        assert entry["ENGINE"] == "django.db.backends.sqlite3"
        assert entry["NAME"] == name
        assert entry["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        assert "journal_mode=WAL" in entry["OPTIONS"]["init_command"]

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
    def test_postgresql_takes_what_libpq_takes(self, scheme: str) -> None:
        url = f"{scheme}://us%40er:pass%2Fword@db.example:6432/portal?sslmode=require&connect_timeout=3"

        entry = env.database(url, base=Path("/base"))

        assert entry["ENGINE"] == "django.db.backends.postgresql"
        assert {name: entry[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
            "NAME": "portal",
            "USER": "us@er",
            "PASSWORD": "pass/word",
            "HOST": "db.example",
            "PORT": "6432",
        }
        assert entry["DISABLE_SERVER_SIDE_CURSORS"] is True
        assert entry["CONN_HEALTH_CHECKS"] is True
        assert entry["OPTIONS"] == {
            "sslmode": "require",
            "connect_timeout": "3",
            "server_side_binding": True,
            "prepare_threshold": 3,
        }

    def test_nothing_is_prepared_where_that_is_off(self) -> None:
        entry = env.database("postgresql:///portal", base=Path("/base"), prepare=False)

        assert "prepare_threshold" not in entry["OPTIONS"]

    def test_pool_needs_connections_that_do_not_outlive_a_request(self) -> None:
        entry = env.database("postgresql:///portal", base=Path("/base"), pool=8)

        assert entry["CONN_MAX_AGE"] == 0
        assert entry["OPTIONS"]["pool"]["max_size"] == 8

    @pytest.mark.parametrize(
        "url", ["", "mysql://host/name", "sqlite:", "sqlite:///", "postgresql://host", "postgresql://host/name?what=1"]
    )
    def test_other_urls_stop_the_start(self, url: str) -> None:
        with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
            env.database(url, base=Path("/base"))


class TestStart:
    """The settings in a process of their own, as an operator meets them."""

    def start(self, tmp_path: Path, *, shown: str = "DEBUG", **variables: str) -> subprocess.CompletedProcess[str]:
        """Start the settings with only these variables, and print the named ones."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        code = f"from config import settings as s; print(*(getattr(s, name) for name in {shown.split()}))"
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**kept, "VAR_DIR": str(tmp_path), **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_without_a_secret_key_there_is_none(self, tmp_path: Path) -> None:
        done = self.start(tmp_path)

        assert done.returncode != 0
        assert "SECRET_KEY" in done.stderr

    def test_with_the_example_key_there_is_none(self, tmp_path: Path) -> None:
        done = self.start(tmp_path, SECRET_KEY="change-me-to-50-random-characters")

        assert done.returncode != 0
        assert "SECRET_KEY" in done.stderr

    def test_defaults_are_those_of_production(self, tmp_path: Path) -> None:
        shown = (
            "DEBUG DEMO SECURE_SSL_REDIRECT SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SECURE_HSTS_INCLUDE_SUBDOMAINS "
            "SECURE_HSTS_PRELOAD SECURE_HSTS_SECONDS SECURE_REFERRER_POLICY X_FRAME_OPTIONS"
        )

        done = self.start(tmp_path, shown=shown, SECRET_KEY="x" * 50)

        assert done.stdout.split() == [
            *["False"] * 2,
            *["True"] * 5,
            "31536000",
            "same-origin",
            "DENY",
        ], done.stderr

    def test_middleware_sends_every_page_the_headers_of_django_security(self) -> None:
        assert issubclass(Https, SecurityMiddleware)
        assert "accounts.requests.middleware.Https" in settings.MIDDLEWARE

    def test_development_has_to_be_asked_for(self, tmp_path: Path) -> None:
        done = self.start(tmp_path, shown="DEBUG HTTPS SESSION_COOKIE_SECURE SECURE_SSL_REDIRECT", DEBUG="on")

        assert done.stdout.split() == ["True", "False", "False", "False"], done.stderr

    def test_bad_variable_is_named(self, tmp_path: Path) -> None:
        done = self.start(tmp_path, SECRET_KEY="x" * 50, GIT_URL_REWRITES="nonsense")

        assert done.returncode != 0
        assert "GIT_URL_REWRITES" in done.stderr


def test_numbers_are_read_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to(" drafts=600, runs = 300 ", monkeypatch)

    assert env.numbers("X", {"drafts", "runs"}) == {"drafts": 600, "runs": 300}


@pytest.mark.parametrize("value", ["draft=1", "drafts", "drafts=", "drafts=0", "drafts=-1", "drafts=1.5", "drafts=²"])
def test_a_number_for_no_limit_stops_the_start(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_to(value, monkeypatch)

    with pytest.raises(ImproperlyConfigured, match="X must be like drafts=600,runs=300"):
        env.numbers("X", {"drafts", "runs"})
