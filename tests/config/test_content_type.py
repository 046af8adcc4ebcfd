"""No charset of a content type changes how a request is read, or breaks it."""

from __future__ import annotations

import io
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from config.content_type import FORM, readable
from config.wsgi import application

pytestmark = pytest.mark.security

OTHERS = ["utf-7", "utf-16", "latin-1", "rot13", "base64", "zlib", "idna", "punycode", "undefined"]
BROKEN = ["charset*=x''%FF", "charset*=undefined''%41", "a*=rot13''%41", "charset=", "charset", '"', ";;=;"]
UTF8 = ["utf-8", "UTF8", '"utf-8"', "utf_8", "nonsense", "²"]


def status(target: str, content_type: str, *, method: str = "GET", body: bytes = b"", **headers: str) -> int:
    """Return what the WSGI application answers, as the web server calls it."""
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, **headers}
    environ |= {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    setup_testing_defaults(environ)
    answers: list[str] = []
    list(application(environ, lambda answer, headers: answers.append(answer)))
    return int(answers[0][:3])


@pytest.mark.parametrize("parameter", [*[f"charset={name}" for name in OTHERS + UTF8], *BROKEN])
@pytest.mark.parametrize("kind", ["text/plain", "application/json", FORM, "multipart/form-data"])
def test_request_is_answered_whatever_it_says(kind: str, parameter: str) -> None:
    assert status("/healthz?q=%2B2AA-%FF", f"{kind}; {parameter}") == 200
    assert status("/connectors/search?key=%FF", f"{kind}; {parameter}") == 401
    assert "charset=" not in readable(f"{kind}; {parameter}", "GET")


@pytest.mark.parametrize("charset", OTHERS)
def test_form_of_another_charset_is_refused(charset: str) -> None:
    body = b"resource=x"

    assert status("/oauth/token", f"{FORM}; charset={charset}", method="POST", body=body) == 400
    assert readable(f"{FORM}; charset={charset}", "POST") == f"{FORM}; charset=latin-1"


@pytest.mark.parametrize("charset", UTF8)
def test_form_may_say_that_it_is_utf8(charset: str) -> None:
    assert readable(f"{FORM}; charset={charset}", "POST") == FORM


@pytest.mark.parametrize("charset", OTHERS + UTF8)
def test_form_in_parts_keeps_its_boundary(charset: str) -> None:
    kept = 'multipart/form-data; boundary="a b"'

    assert readable(f'multipart/form-data; charset={charset}; boundary="a b"', "POST") == kept


@pytest.mark.parametrize("content_type", ["", "application/json", "multipart/form-data; boundary=x", "a/b; c=d", "²;é"])
def test_what_names_no_charset_stays(content_type: str) -> None:
    assert readable(content_type, "POST") == content_type


@pytest.mark.parametrize("parameter", BROKEN[:2])
def test_parameters_that_cannot_be_read_are_left_out(parameter: str) -> None:
    assert readable(f"application/json; {parameter}", "POST") == "application/json"
