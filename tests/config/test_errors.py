"""What Django itself answers: JSON below the API's paths, a page everywhere else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse

from config import urls
from tests.api import Api

pytestmark = pytest.mark.security

API_PATHS = ["/connectors", "/connectors/", "/connectors/drafts/", "/connectors/a/b/c", "/oauth", "/oauth/x", "/api/x"]


def broken(request: HttpRequest) -> HttpResponse:
    """Fail in a way that nobody foresaw."""
    raise RuntimeError("a secret detail")


urlpatterns = [path("connectors/broken", broken), path("oauth/broken", broken), path("broken", broken)]
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
