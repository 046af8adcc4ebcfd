"""What Django itself answers: JSON below the API's paths, a page everywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse

from accounts.requests import outages
from config import urls
from tests import factory
from tests.api import FORM, Api

pytestmark = pytest.mark.security

API_PATHS = ["/connectors", "/connectors/", "/connectors/drafts/", "/connectors/a/b/c", "/oauth", "/oauth/x", "/api/x"]


def broken(request: HttpRequest) -> HttpResponse:
    """Fail in a way that nobody foresaw."""
    raise RuntimeError("a secret detail")


def locked(request: HttpRequest) -> HttpResponse:
    """Fail because the database is busy."""
    raise OperationalError("database is locked")


urlpatterns = [path("connectors/broken", broken), path("oauth/broken", broken), path("broken", broken)]
urlpatterns += [path("connectors/locked", locked), path("oauth/locked", locked), path("locked", locked)]
urlpatterns += urls.urlpatterns
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


@pytest.fixture
def broken_paths() -> Iterator[None]:
    """Serve three paths that fail."""
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "NONSENSE"])
@pytest.mark.parametrize("path_", API_PATHS)
def test_unknown_path_of_the_api_is_404_in_the_envelope(path_: str, method: str) -> None:
    answer = Api().send(method, path_)

    assert (answer.status, answer.codes) == (404, ["ResourceNotFound"])


@pytest.mark.django_db
@pytest.mark.parametrize("path_", ["/deployments", "/api/v2", "/demo/connectors/drafts"])
def test_caller_with_a_token_gets_the_envelope_everywhere(path_: str) -> None:
    answer = Api("some-token").get(path_)

    assert (answer.status, answer.codes) == (404, ["ResourceNotFound"])


@pytest.mark.django_db
def test_unknown_page_is_404_as_a_page() -> None:
    response = Client().get("/no-such-page")

    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["evil.example", "a b", "x" * 300, "[::1", ""])
def test_unknown_host_is_400_in_the_envelope_for_the_api(host: str) -> None:
    answer = Api().get("/connectors/drafts", Host=host)

    assert (answer.status, answer.codes) == (400, ["General"])
    assert "evil" not in answer.text


@pytest.mark.django_db
def test_unknown_host_is_400_as_a_page_elsewhere() -> None:
    response = Client().get("/accounts/login/", headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.django_db
@pytest.mark.parametrize("path_", ["/connectors/broken", "/oauth/broken"])
def test_failure_of_the_api_is_500_in_the_envelope_and_tells_nothing(path_: str, broken_paths: None) -> None:
    answer = Api().get(path_)

    assert (answer.status, answer.codes) == (500, ["General"])
    assert "secret detail" not in answer.text


@pytest.mark.django_db
def test_failure_of_a_page_is_500_as_a_page_and_tells_nothing(broken_paths: None) -> None:
    response = Client(raise_request_exception=False).get("/broken")

    assert response.status_code == 500
    assert response.headers["Content-Type"].startswith("text/html")
    assert b"secret detail" not in response.content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path_", "status", "words"), [("/no-such-page", 404, "no longer here"), ("/broken", 500, "Nothing was saved")]
)
def test_a_part_of_a_page_that_fails_is_answered_by_a_part(
    path_: str, status: int, words: str, broken_paths: None
) -> None:
    response = Client(raise_request_exception=False).get(path_, headers={"HX-Request": "true"})

    text = response.content.decode()
    assert response.status_code == status
    assert words in text
    assert "<html" not in text


@pytest.mark.django_db
def test_an_expired_form_in_a_part_is_answered_by_a_part() -> None:
    forms = Client(enforce_csrf_checks=True)

    part = forms.post(reverse("theme"), {"theme": "dark"}, headers={"HX-Request": "true"})
    page = forms.post(reverse("theme"), {"theme": "dark"})

    assert (part.status_code, page.status_code) == (403, 403)
    assert "<html" not in part.content.decode()
    assert "This form has expired" in part.content.decode()
    assert "This form has expired" in page.content.decode()


@pytest.mark.parametrize("path_", ["/connectors/locked", "/oauth/locked"])
def test_a_service_that_is_away_is_503_in_the_envelope_with_the_time_to_wait(path_: str, broken_paths: None) -> None:
    answer = Api().get(path_)

    assert (answer.status, answer.codes, answer.headers["Retry-After"]) == (503, ["General"], "10")


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_page_says_that_it_is_interrupted(headers: dict[str, str], broken_paths: None) -> None:
    answer = Client(raise_request_exception=False).get("/locked", headers=headers)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "Try again in a moment." in answer.text


NO_REDIS = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:1/0",
        "OPTIONS": {"socket_connect_timeout": 2},
    }
}


@pytest.mark.django_db
def test_without_the_cache_the_token_service_goes_on_and_the_sign_in_is_interrupted(settings: Any) -> None:
    settings.RATE_LIMITS, settings.CACHES = True, NO_REDIS
    credentials = factory.api_client()
    sent = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    form = urlencode({"grant_type": "client_credentials", **sent}).encode()
    wrong = {"login": "ann@portal.example", "password": "not-the-password"}

    token = Api().send("POST", "/oauth/token", form, content_type=FORM)
    page = Client(raise_request_exception=False).post("/accounts/login/", wrong)

    assert token.status == 200
    assert (page.status_code, page.headers["Retry-After"]) == (503, "10")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("database is locked"),
        OperationalError("too many SQL variables"),
        OperationalError("no such table: x"),
        IntegrityError("duplicate key"),
        None,
    ],
)
def test_a_fault_of_the_portal_is_no_outage(error: Exception | None) -> None:
    assert not outages.is_outage(error)


@pytest.mark.parametrize(
    ("cause", "is_outage"),
    [
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.TooManyConnections(), True),
        (psycopg.OperationalError("server closed the connection"), True),
        (psycopg.errors.StatementTooComplex(), False),
    ],
)
def test_an_outage_is_known_by_what_caused_it(cause: Exception, is_outage: bool) -> None:
    error = OperationalError("It did not work.")
    error.__cause__ = cause

    assert outages.is_outage(error) is is_outage
